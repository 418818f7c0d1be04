"""A call that we make, as PJSIP knows it. See `dialog`."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

import pjsua2 as pj
import structlog

from gateway.call import REDIRECTED, Ending, Ringing
from gateway.sip import codecs
from gateway.sip.contained import contained
from gateway.sip.dialog import Dialog, sip_headers
from gateway.sip.endings import callee_ending, q850
from gateway.sip.headers import parse_headers
from gateway.sip.own_hold import audio_alone
from gateway.sip.redirections import Redirections, nowhere
from gateway.sip.wire_text import decoded

log = structlog.get_logger(__name__)


class OutgoingDialog(Dialog):
    """Every method runs on the SIP thread."""

    _redirections = Redirections()

    def dial(
        self,
        uri: str,
        caller: str = "",
        headers: Mapping[str, str] | None = None,
        follows: Callable[[str], bool] = nowhere,
        sip_call_id: str = "",
        offered: Sequence[str] = (),
    ) -> str:
        """Send an INVITE, as `caller` if given (a name-addr), and return its Call-ID. Raises pj.Error.

        `follows`: whether to go to the address that a redirection names. `sip_call_id`: what its Call-ID is
        to be (RFC 3261 section 8.1.1.4); PJSIP makes one without. `offered`: the only codecs it has.
        """
        self._redirections = Redirections(follows)
        prm = audio_alone()
        prm.txOption.localUri, prm.txOption.headers = caller, sip_headers(headers or {})
        prm.opt.customCallId = sip_call_id
        with codecs.offering(self._account, offered):
            self.makeCall(uri, prm)
        if offered:
            codecs.use(self.getId(), offered)
        return str(self.getInfo().callIdString)

    @contained
    def onCallState(self, prm: pj.OnCallStateParam) -> None:  # noqa: N802 - PJSIP's name
        """Tell of ringing, and let what is played leave in time for the first packet after the ACK."""
        info = self.getInfo()
        if info.state == pj.PJSIP_INV_STATE_EARLY:
            self._tell(Ringing(info.lastStatusCode))
        elif info.state in (pj.PJSIP_INV_STATE_CONNECTING, pj.PJSIP_INV_STATE_CONFIRMED):
            self._gate.answered()  # as a rule before the ACK
        elif info.state == pj.PJSIP_INV_STATE_DISCONNECTED:
            self._cause = _cause(prm)
        super().onCallState(prm)

    @contained
    def onCallMediaState(self, prm: pj.OnCallMediaStateParam) -> None:  # noqa: N802 - PJSIP's name
        """Tell of early media, which comes with the answer to our offer (RFC 3261 section 13.2.1)."""
        super().onCallMediaState(prm)
        info = self.getInfo()
        if info.state == pj.PJSIP_INV_STATE_EARLY and self._audio is not None and self._audio.receives:
            self._tell(Ringing(info.lastStatusCode, sounds=True))

    def _named(self, status: int) -> Ending:
        return callee_ending(self._confirmed, status)

    def onCallRedirected(self, prm: pj.OnCallRedirectedParam) -> int:  # noqa: N802 - PJSIP's name
        """Go elsewhere, or not: then PJSIP would say that we had cancelled the call."""
        try:
            if self._redirections.take(to := prm.targetUri):
                log.info("call.redirect_followed", call=self._call_id, to=to)
                return int(pj.PJSIP_REDIRECT_ACCEPT)
            event = prm.e  # held: its parts are views into it
            self._ending = replace(REDIRECTED, status=event.body.tsxState.tsx.statusCode)
        except Exception:  # the last line before C++
            log.exception("sip.callback_failed", callback="onCallRedirected")
        return int(pj.PJSIP_REDIRECT_STOP)


def _cause(prm: pj.OnCallStateParam) -> int | None:
    """Return why the network says that a call has ended (RFC 3326), by the message that ended it."""
    event = prm.e  # held: its parts are views into it
    if event.type != pj.PJSIP_EVENT_TSX_STATE or event.body.tsxState.type != pj.PJSIP_EVENT_RX_MSG:
        return None
    message = decoded(event.body.tsxState.src.rdata.wholeMsg)
    return q850(parse_headers(message.partition("\r\n")[2]).get("reason", ""))
