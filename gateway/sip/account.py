"""The account to which all calls come. Its object belongs to the SIP thread."""

from __future__ import annotations

from collections.abc import Callable

import pjsua2 as pj

from gateway.sip.contained import contained
from gateway.sip.key_sending import SendsKeys
from gateway.sip.wire_text import decoded


class Account(pj.Account):  # type: ignore[misc] # SWIG classes have no types
    """Takes INVITEs; registers nowhere."""

    sends_keys: SendsKeys = "auto"
    encrypts: bool = False
    """Whether its calls may have encrypted audio."""

    def __init__(self, incoming: Callable[[int, str, str, str], None]) -> None:
        super().__init__()
        self._incoming = incoming

    @contained
    def onIncomingCall(self, prm: pj.OnIncomingCallParam) -> None:  # noqa: N802 - PJSIP's name
        """Hand an INVITE over with its text and where it came from."""
        rdata = prm.rdata  # a view into it
        message = decoded(rdata.wholeMsg)
        via = message.partition("SIP/2.0/")[2][:3].lower()
        self._incoming(prm.callId, message, rdata.srcAddress, via)
