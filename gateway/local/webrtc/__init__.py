"""Sessions over WebRTC, as OpenAI's service has them: sound as RTP, events on a data channel.

The server plays what the agent says, and so knows what was heard of it: it truncates by itself.
"""
