"""`gateway loadtest`: SIPp rings a gateway, and everything is measured on the wire.

    SIPp  ---- SIP, RTP (speech) ---->  gateway  ---- WebSocket ---->  embedded server (tone engine)
      |                                    |
      +---------- loopback, both ways -----+------> capture -> per call: who said what when

What a call heard is read from captured packets with the kernel's own times, so that neither SIPp's nor our
own slowness is blamed on the gateway. `scenarios/` holds SIPp's scenario files, of use with plain `sipp` too.
"""
