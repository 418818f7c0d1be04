"""What WebRTC asks of both who answer a browser's call, the gateway and the embedded server.

aiortc does ICE, DTLS and SRTP; it is an optional part, which `offer` alone does without.
"""
