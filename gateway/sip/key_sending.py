"""Sends keys in a call, as events in its audio or as INFO. On the SIP thread."""

from __future__ import annotations

from typing import Literal

import pjsua2 as pj
import structlog

log = structlog.get_logger(__name__)

SendsKeys = Literal["auto", "rfc4733", "info"]
"""How keys are sent: as events in the audio (RFC 4733), as INFO, or as what the far end has said it takes."""

HELD_MS = 160
"""How long an INFO says that a key was held: PBXs take less than 100 ms for a slip."""


def send_keys(call: pj.Call, digits: str, way: SendsKeys) -> None:
    """Send them; where the far end has not said that it takes events (RFC 4733), `auto` is INFO."""
    if way != "info":
        try:
            call.dialDtmf(digits)
        except pj.Error as error:
            log.debug("sip.not_done", operation="dialDtmf", error=error.info())
            if way == "rfc4733":
                return
        else:
            return
    prm = pj.CallSendDtmfParam()
    prm.method, prm.duration, prm.digits = pj.PJSUA_DTMF_METHOD_SIP_INFO, HELD_MS, digits
    try:
        call.sendDtmf(prm)
    except pj.Error as error:
        log.debug("sip.not_done", operation="sendDtmf", error=error.info())
