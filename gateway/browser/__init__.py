"""Calls from a browser (WebRTC), as a telephone of the gateway's: a process of its own beside it.

ICE, DTLS and SRTP towards the browser are aiortc's, in Python; towards the gateway it is a SIP phone like any
other, so that such a call has the same conversation, interruptions, records and recordings. Python stands
between two packets here, and nowhere in the gateway: there may be ten such calls, for trying and for support.
"""
