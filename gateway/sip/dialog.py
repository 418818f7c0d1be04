"""A call as PJSIP knows it: lives on the SIP thread, turns callbacks into facts for its leg.

Dangers measured in PJSIP's defaults and closed here: an incoming REFER is obeyed unless refused (in
`attached_call`), an INVITE with Replaces takes a call over unless refused, and a `Call` object that outlives
its slot hangs up the next call in it, so it is let go inside the callback that reports the end (`release`),
never later.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import pjsua2 as pj
import structlog

from gateway.call import (
    KEYS,
    REDIRECTED,
    TRANSFERRED,
    Answer,
    Answered,
    AnswerRefer,
    Digit,
    Ending,
    ExpectMedia,
    Held,
    Hold,
    LegEnded,
    LegFact,
    LegState,
    Redirect,
    Refer,
    Resume,
    Resumed,
    Ring,
    SendDigits,
    SignallingOrder,
    UseCodecs,
    Withhold,
)
from gateway.media.media_port import MediaPort
from gateway.sip import codecs
from gateway.sip.attached_call import AttachedCall
from gateway.sip.audio_line import announced, audio_line, expected, lacks_keys
from gateway.sip.contained import contained
from gateway.sip.endings import (
    NO_CODEC,
    NO_MEDIA,
    NOTHING_LEFT,
    UNACKNOWLEDGED,
    caller_ending,
)
from gateway.sip.headers import lacks_audio
from gateway.sip.key_presses import KeyPresses
from gateway.sip.key_sending import SendsKeys, send_keys
from gateway.sip.named_hosts import named_media
from gateway.sip.offer import goes_to_hosts, speaks_our_codec
from gateway.sip.own_hold import Later, OwnHold, audio_alone
from gateway.sip.referral import Referral
from gateway.sip.takeover import Takeover
from gateway.sip.unheard import Unheard
from gateway.sip.wire_text import decoded

log = structlog.get_logger(__name__)

RETRY_AFTER_S = "5"
"""Seconds after which a caller refused with 503 may try again (RFC 3261 section 20.33)."""

MOST_OFFERS = 50
"""New offers of one call that are logged one by one: whoever makes more may do so for the log's sake."""

ACK_S = 32.0
"""A 200 is given up that nobody has acknowledged for so long (RFC 3261 section 13.3.1.4). In native mode
PJSIP does that itself; in portable mode its place in PJSIP is taken for as long again."""


class Dialog(AttachedCall):
    """One SIP dialog and its media. Every method runs on the SIP thread.

    `release` is told when the dialog is gone for good; `call_id` is ours, for the log; `known`: somebody
    vouches for whom audio is sent to; `takeover`: REFER is taken.
    """

    def __init__(
        self,
        account: pj.Account,
        port: MediaPort,
        on_fact: Callable[[LegFact], None],
        release: Callable[[], None],
        unheard: Unheard,
        spoken: Sequence[str],
        call_id: str = "",
        pj_call_id: int = pj.PJSUA_INVALID_ID,
        later: Later = lambda _seconds, _do: None,
        known: bool = False,
        takeover: Takeover | None = None,
    ) -> None:
        super().__init__(account, pj_call_id, port, on_fact, takeover)
        self._account, self._release = account, release
        self._unheard, self._known = unheard, known
        self._progress = False  # 183: audio flows before the answer
        self._codecs, self._call_id = spoken, call_id
        self._sends_keys: SendsKeys = getattr(account, "sends_keys", "auto")
        self._encrypts = bool(getattr(account, "encrypts", False))
        self._offers = 0
        self._keys = KeyPresses()
        self._ending: Ending | None = None
        self._accepted_at: float | None = None
        self._cause: int | None = None
        self._no_answer = False  # to an offer of ours, or none that an edge could relay audio for
        self._own_hold = OwnHold(later, is_caller=pj_call_id == pj.PJSUA_INVALID_ID)
        self._referral = Referral()

    # --- what a leg orders ---------------------------------------------------------------------------

    def execute(self, order: SignallingOrder) -> None:
        """Do one order; what comes too late is not done."""
        match order:
            case Ring(early):
                self._ring(early=early)
            case Answer():
                self._gate.accepts(hears=self._progress)
                self.accept()
            case UseCodecs() if codecs.use(self.getId(), order.codecs):
                pass
            case Withhold(on):
                self._gate.withhold(on=on)
            case Redirect(contact):
                self._ending = REDIRECTED
                self._answer(pj.PJSIP_SC_MOVED_TEMPORARILY, {"Contact": f"<{contact}>"})
            case SendDigits(digits):
                send_keys(self, digits, self._sends_keys)
            case Hold() | Resume():
                self._own_hold.order(self, order)
            case Refer() | AnswerRefer():
                self.refer(order) if isinstance(order, Refer) else self.answer_refer(order)
            case ExpectMedia():
                self._watchdog.limit = order.seconds
            case _:
                self.end(NO_CODEC if isinstance(order, UseCodecs) else order.ending)

    def accept(self) -> None:
        """Send 200 OK; 488 if there is no codec for it, 503 if there is nothing left to answer with.

        The RTP sockets of a caller who sent no offer are made now; PJSIP would let him ring on.
        """
        if not codecs.settle(self.getId()):
            self.end(NO_CODEC)
        elif self._answer(pj.PJSIP_SC_OK):
            self._accepted_at = time.monotonic()
        elif not self._gone and self._ending is None:
            self.end(NOTHING_LEFT)

    def _ring(self, *, early: bool) -> None:
        """Let it ring; or answer the offer before the call (RFC 3261 13.2.1), with the codec that 200 has."""
        if early and not codecs.settle(self.getId()):
            self.end(NO_CODEC)
        else:
            self._progress = early
            self._answer(pj.PJSIP_SC_PROGRESS if early else pj.PJSIP_SC_RINGING)

    def end(self, ending: Ending) -> None:
        """End the call: BYE when answered, else CANCEL or the ending's status, 503 if that is none."""
        if self._gone or self._ending is not None:
            return
        if self._takeover is not None:
            self._takeover.stop()
        self._ending = ending
        prm = pj.CallOpParam()
        if not self._confirmed:
            # Left to itself PJSIP says 603 (RFC 3261 section 21.6.2), and no proxy tries another gateway.
            refuses = ending.status >= pj.PJSIP_SC_MULTIPLE_CHOICES
            prm.statusCode = ending.status if refuses else pj.PJSIP_SC_SERVICE_UNAVAILABLE
        if prm.statusCode == pj.PJSIP_SC_SERVICE_UNAVAILABLE and self._accepted_at is None:
            prm.txOption.headers = sip_headers({"Retry-After": RETRY_AFTER_S})
        _try(self.hangup, prm)

    def refer(self, order: Refer, replaced: Dialog | None = None) -> None:
        """Ask the far side to call somebody else; `replaced`: another call of ours, whose place it takes."""
        if (refusal := self._referral.ask(self, order, replaced)) is not None:
            self._tell(refusal)

    def _answer(self, status: int, headers: dict[str, str] | None = None) -> bool:
        if self._gone:
            return False
        prm = audio_alone() if status in (pj.PJSIP_SC_OK, pj.PJSIP_SC_PROGRESS) else pj.CallOpParam()
        prm.statusCode = status
        if headers:
            prm.txOption.headers = sip_headers(headers)
        return _try(self.answer, prm)

    # --- what PJSIP reports --------------------------------------------------------------------------

    @contained
    def onCallState(self, prm: pj.OnCallStateParam) -> None:  # noqa: N802 - PJSIP's name
        """Follow the INVITE session (RFC 3261 section 13) to its confirmation and its end."""
        info = self.getInfo()
        state = info.state  # read once: for each look PJSIP's bindings let go of the interpreter
        if state == pj.PJSIP_INV_STATE_CONFIRMED and (self._audio is None or not self._relayed(prm)):
            # No answer to our offer (RFC 3261 section 13.2.2.4): `watch` ends the call; PJSIP one of no use.
            self._no_answer = True
        elif state == pj.PJSIP_INV_STATE_CONFIRMED:
            self._gate.answered()
            self._tell(Answered())
            self._tell_hold()
        elif state == pj.PJSIP_INV_STATE_DISCONNECTED and not self._gone:
            ending = self._ending or self._told_ending(info.lastStatusCode)
            self._over(LegEnded(ending, cause=self._cause))
            self._release()

    def _relayed(self, prm: pj.OnCallStateParam) -> bool:
        """Return whether audio will come, as far as an edge knows that had to relay it."""
        event = prm.e  # held: its parts are views into it
        if event.type != pj.PJSIP_EVENT_RX_MSG or not lacks_audio(decoded(event.body.rxMsg.rdata.wholeMsg)):
            return True
        log.warning("audio.not_relayed", call=self._call_id)
        return False

    def _told_ending(self, status: int) -> Ending:
        """Name an end that came from elsewhere; the status is PJSIP's, 200 for a BYE."""
        if self._no_answer:
            return NO_MEDIA
        if self._referral.accepted and status < pj.PJSIP_SC_MULTIPLE_CHOICES:
            return TRANSFERRED
        return self._named(status)

    def _named(self, status: int) -> Ending:
        if self._accepted_at is not None and status == pj.PJSIP_SC_REQUEST_TERMINATED:
            status = pj.PJSIP_SC_REQUEST_TIMEOUT  # nobody can cancel what was accepted: no ACK came in time
        return caller_ending(self._confirmed or self._accepted_at is not None, status)

    @contained
    def onCallMediaState(self, _prm: pj.OnCallMediaStateParam) -> None:  # noqa: N802 - PJSIP's name
        """Join the port to the call's stream; a re-INVITE makes another, or holds the call (RFC 3264)."""
        self._own_hold.settled()
        self._audio = audio = audio_line(info := self.getInfo())
        if audio is None and self._encrypts and lacks_keys(info, self._call_id):
            self.end(NO_MEDIA)
        if audio is None or (audio.held and not audio.plays):
            self._port.disconnect()
        else:  # what comes instead of the caller is heard by the leg that is joined, if one is
            # Before the answer no ACK can come; after it one is due, wherever SDP points.
            self._port.connect(audio.slot, audio.held, self._known and self._progress)
        self._tell_hold()

    def _tell_hold(self) -> None:
        """Tell of a hold that began or ended; of one in the first offer, after the answer."""
        held = self._audio is not None and self._audio.held
        if self._confirmed and held is not (self._state is LegState.HELD):
            self._tell(Held() if held else Resumed())

    @contained
    def onCallRxOffer(self, prm: pj.OnCallRxOfferParam) -> None:  # noqa: N802 - PJSIP's name
        """Refuse a new offer that is not for us, so that the call goes on as it was (RFC 3261 14.2).

        PJSIP notices a missing codec only while it answers, and says 500. In portable mode it would wait for
        a name server, or send audio where none goes. It shows no offer of more than 1 KB.
        """
        sdp = prm.offer.wholeSdp
        if sdp and (
            not speaks_our_codec(sdp, self._codecs) or any(named_media(sdp)) or not goes_to_hosts(sdp)
        ):
            prm.statusCode = pj.PJSIP_SC_NOT_ACCEPTABLE_HERE
        if self._confirmed and (told := self._offers) < MOST_OFFERS:
            self._offers = told + 1
            log.info("call.reinvited", call=self._call_id, status=prm.statusCode)

    @contained
    def onDtmfDigit(self, prm: pj.OnDtmfDigitParam) -> None:  # noqa: N802 - PJSIP's name
        """Report a key: RFC 4733 event or SIP INFO, whose body may hold any byte."""
        self.pressed(prm.digit.upper(), prm.method)

    def pressed(self, key: str, way: int) -> None:
        """Report a key, unless another way has told of it; what is none is left out."""
        if key in KEYS and not self._gone and self._keys.counts(key, way, time.monotonic()):
            self._tell(Digit(key))

    @contained
    def onCallTransferStatus(self, prm: pj.OnCallTransferStatusParam) -> None:  # noqa: N802 - PJSIP's name
        """Tell what becomes of a REFER of ours."""
        if (told := self._referral.progress(prm.statusCode)) is not None:
            self._tell(told)

    @contained
    def onCallTsxState(self, prm: pj.OnCallTsxStateParam) -> None:  # noqa: N802 - PJSIP's name
        """Hear of a re-INVITE of ours that was refused; native mode is told of nothing else here."""
        event = prm.e  # held: its parts are views into it
        self._own_hold.refused(event.body.tsxState.tsx)

    @contained
    def onCallReplaceRequest(self, prm: pj.OnCallReplaceRequestParam) -> None:  # noqa: N802
        """Refuse an INVITE with Replaces (RFC 3891): it would hand this call to a stranger."""
        prm.statusCode = pj.PJSIP_SC_FORBIDDEN

    # --- what goes wrong in silence ------------------------------------------------------------------

    def watch(self, now: float) -> None:
        """End a call whose audio or ACK does not come, and say why; `now` is `time.monotonic()`."""
        if self._dismissed(now):
            return
        arrived = expected(self, self._audio, self._port) if self._confirmed else None
        strangers = self._port.strangers()
        if arrived is not None:
            self._unheard.look(arrived.rtp, strangers, self._announced())
        if self._no_answer:
            self.end(NO_MEDIA)
        elif self._watchdog.lost(arrived, now):
            self._unheard.lost(strangers, self._announced())
            self.end(NO_MEDIA)
        elif self._accepted_at is not None and not self._confirmed and now - self._accepted_at > ACK_S:
            self.end(UNACKNOWLEDGED)
            self._on_fact(LegEnded(UNACKNOWLEDGED))  # PJSIP goes on waiting, and nobody else has to

    def _announced(self) -> str:
        return "" if self._audio is None else announced(self, self._audio)


def _try(operation: Callable[..., object], *args: Any) -> bool:
    try:
        operation(*args)
    except pj.Error as error:
        # The caller may have gone a moment before: PJSIP reports that end by itself.
        log.debug("sip.not_done", operation=operation.__name__, error=error.info())
        return False
    return True


def sip_headers(values: Mapping[str, str]) -> pj.SipHeaderVector:
    """Build headers from our own constants and checked URIs; CR and LF would reach the wire as they are."""
    vector = pj.SipHeaderVector()
    for name, value in values.items():
        header = pj.SipHeader()
        header.hName, header.hValue = name, value.replace("\r", "").replace("\n", "")
        vector.append(header)
    return vector
