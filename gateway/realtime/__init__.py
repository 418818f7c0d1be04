"""Realtime speech-to-speech sessions over WebSocket: the wire, providers, one session, continuity."""
