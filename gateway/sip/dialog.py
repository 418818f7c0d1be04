"""A call as PJSIP knows it: lives on the SIP thread, turns callbacks into facts for its leg.

Dangers measured in PJSIP's defaults and closed here: an incoming REFER is obeyed unless refused, an INVITE
with Replaces takes a call over unless refused, and a `Call` object that outlives its slot hangs up the next
call in it, so it is let go inside the callback that reports the end (`release`), never later.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import wraps
from typing import Any, ParamSpec

import pjsua2 as pj
import structlog

from gateway.call import (
    KEYS,
    REDIRECTED,
    TRANSFERRED,
    Answer,
    Answered,
    Digit,
    Ending,
    ExpectMedia,
    Held,
    Hold,
    LegEnded,
    LegFact,
    LegState,
    Reason,
    Redirect,
    Refer,
    Result,
    Resume,
    Resumed,
    Ring,
    Ringing,
    SendDigits,
    SignallingOrder,
    UseCodecs,
    state_after,
)
from gateway.media.media_port import MediaPort
from gateway.sip import codecs
from gateway.sip.audio_line import AudioLine, announced, audio_line, expected
from gateway.sip.key_presses import KeyPresses
from gateway.sip.key_sending import SendsKeys, send_keys
from gateway.sip.named_hosts import named_media
from gateway.sip.offer import goes_to_hosts, speaks_our_codec
from gateway.sip.own_hold import Later, OwnHold, audio_alone
from gateway.sip.referral import Referral
from gateway.sip.unheard import Unheard
from gateway.sip.watchdog import MediaWatchdog

log = structlog.get_logger(__name__)

RETRY_AFTER_S = "5"
"""Seconds after which a caller refused with 503 may try again (RFC 3261 section 20.33)."""

CALLER_HUNG_UP = Ending(Result.COMPLETED, Reason.CALLER_HUNG_UP)
CALLER_CANCELLED = Ending(Result.CANCELLED, Reason.CALLER_CANCELLED, 487)
NOTHING_LEFT = Ending(Result.REJECTED, Reason.OVERLOADED, 503)
"""No RTP port or descriptor is left."""

NO_CODEC = Ending(Result.REJECTED, Reason.NOT_ACCEPTABLE, 488)
"""The plan of the call wants codecs that the caller has not offered."""

NO_MEDIA = Ending(Result.FAILED, Reason.NO_MEDIA)
UNACKNOWLEDGED = Ending(Result.FAILED, Reason.SIGNALLING_FAILED, 408)
"""Nobody has acknowledged our 200."""

MOST_OFFERS = 50
"""New offers of one call that are logged one by one: whoever makes more may do so for the log's sake."""

ACK_S = 32.0
"""A 200 is given up that nobody has acknowledged for so long (RFC 3261 section 13.3.1.4). In native mode
PJSIP does that itself; in portable mode its place in PJSIP is taken for as long again."""

P = ParamSpec("P")


def contained(callback: Callable[P, None]) -> Callable[P, None]:
    """Log whatever a callback raises: an exception that travels back into PJSIP ends the process."""

    @wraps(callback)
    def guarded(*args: P.args, **kwargs: P.kwargs) -> None:
        try:
            callback(*args, **kwargs)
        except Exception:  # the last line before C++
            log.exception("sip.callback_failed", callback=callback.__name__)

    return guarded


class Dialog(pj.Call):  # type: ignore[misc] # SWIG classes have no types
    """One SIP dialog and its media. Every method runs on the SIP thread.

    `on_fact` carries facts to the leg's thread; `release` is told of the end; `call_id` is for the log.
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
    ) -> None:
        super().__init__(account, pj_call_id)
        self._port = port
        self._on_fact = on_fact
        self._release = release
        self._unheard = unheard
        self._codecs = spoken
        self._call_id = call_id
        self._sends_keys: SendsKeys = getattr(account, "sends_keys", "auto")
        self._offers = 0
        self._watchdog = MediaWatchdog()
        self._keys = KeyPresses()
        self._ending: Ending | None = None
        self._dialled = pj_call_id == pj.PJSUA_INVALID_ID
        self._accepted_at: float | None = None
        self._state = LegState.RINGING  # as the leg is told: answered from the ACK on
        self._audio: AudioLine | None = None
        self._no_answer = False  # to an offer of ours
        self._own_hold = OwnHold(later, is_caller=self._dialled)
        self._referral = Referral()

    # --- what a leg orders ---------------------------------------------------------------------------

    def execute(self, order: SignallingOrder) -> None:
        """Do one order; what comes too late is not done."""
        match order:
            case Ring():
                self._answer(pj.PJSIP_SC_RINGING)
            case Answer():
                self.accept()
            case UseCodecs() if not codecs.use(self.getId(), order.codecs):
                self.end(NO_CODEC)
            case UseCodecs():
                pass
            case Redirect(contact):
                self._ending = REDIRECTED
                self._answer(pj.PJSIP_SC_MOVED_TEMPORARILY, {"Contact": f"<{contact}>"})
            case SendDigits(digits):
                send_keys(self, digits, self._sends_keys)
            case Hold() | Resume():
                self._own_hold.order(self, order)
            case Refer():
                self.refer(order, None)
            case ExpectMedia(seconds):
                self._watchdog.limit = seconds
            case _:
                self.end(order.ending)

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

    def end(self, ending: Ending) -> None:
        """End the call: BYE when answered, else CANCEL or the ending's status, 503 if that is none."""
        if self._gone or self._ending is not None:
            return
        self._ending = ending
        prm = pj.CallOpParam()
        if not self._confirmed:
            # Left to itself PJSIP says 603 (RFC 3261 section 21.6.2), and no proxy tries another gateway.
            refuses = ending.status >= pj.PJSIP_SC_MULTIPLE_CHOICES
            prm.statusCode = ending.status if refuses else pj.PJSIP_SC_SERVICE_UNAVAILABLE
        if prm.statusCode == pj.PJSIP_SC_SERVICE_UNAVAILABLE and self._accepted_at is None:
            prm.txOption.headers = _headers({"Retry-After": RETRY_AFTER_S})
        _try(self.hangup, prm)

    def dial(self, uri: str, caller: str = "", headers: Mapping[str, str] | None = None) -> str:
        """Send an INVITE, as `caller` if given (a name-addr), and return its Call-ID. Raises pj.Error."""
        prm = audio_alone()
        prm.txOption.localUri, prm.txOption.headers = caller, _headers(headers or {})
        self.makeCall(uri, prm)
        return str(self.getInfo().callIdString)

    def refer(self, order: Refer, replaced: Dialog | None) -> None:
        """Ask the far side to call somebody else; `replaced`: another call of ours, whose place it takes."""
        if (refusal := self._referral.ask(self, order, replaced)) is not None:
            self._tell(refusal)

    def _answer(self, status: int, headers: dict[str, str] | None = None) -> bool:
        if self._gone:
            return False
        prm = audio_alone() if status == pj.PJSIP_SC_OK else pj.CallOpParam()
        prm.statusCode = status
        if headers:
            prm.txOption.headers = _headers(headers)
        return _try(self.answer, prm)

    # --- what PJSIP reports --------------------------------------------------------------------------

    @contained
    def onCallState(self, _prm: pj.OnCallStateParam) -> None:  # noqa: N802 - PJSIP's name
        """Follow the INVITE session (RFC 3261 section 13) to its confirmation and its end."""
        info = self.getInfo()
        state = info.state  # read once: for each look PJSIP's bindings let go of the interpreter
        if state == pj.PJSIP_INV_STATE_CONFIRMED and self._audio is None:
            # An INVITE without an offer, and an ACK without an answer to ours (RFC 3261 section 13.2.2.4):
            # `watch` ends the call. Or there is an answer that is of no use: then PJSIP does, in a moment.
            self._no_answer = True
        elif state == pj.PJSIP_INV_STATE_EARLY and self._dialled:
            self._tell(Ringing(info.lastStatusCode))
        elif state == pj.PJSIP_INV_STATE_CONFIRMED:
            self._tell(Answered())
            self._tell_hold()
        elif state == pj.PJSIP_INV_STATE_DISCONNECTED and not self._gone:
            self._port.close()
            self._tell(LegEnded(self._ending or self._told_ending(info.lastStatusCode)))
            self._release()

    def _tell(self, fact: LegFact) -> None:
        self._state = state_after(self._state, fact)
        self._on_fact(fact)

    @property
    def _confirmed(self) -> bool:
        return self._state in (LegState.ANSWERED, LegState.HELD)

    @property
    def _gone(self) -> bool:
        return self._state is LegState.ENDED

    def _told_ending(self, status: int) -> Ending:
        """Name an end that came from elsewhere; the status is PJSIP's, 200 for a BYE."""
        if self._no_answer:
            return NO_MEDIA
        if self._referral.accepted and status < pj.PJSIP_SC_MULTIPLE_CHOICES:
            return TRANSFERRED
        if self._dialled:
            return _dialled_ending(self._confirmed, status)
        if self._accepted_at is not None and status == pj.PJSIP_SC_REQUEST_TERMINATED:
            status = pj.PJSIP_SC_REQUEST_TIMEOUT  # nobody can cancel what was accepted: no ACK came in time
        return _ending(self._confirmed or self._accepted_at is not None, status)

    def onCallRedirected(self, prm: pj.OnCallRedirectedParam) -> int:  # noqa: N802 - PJSIP's name
        """Go nowhere else (RFC 3261 section 8.1.3.4); PJSIP would say that we had cancelled the call."""
        try:
            event = prm.e  # held: its parts are views into it
            self._ending = replace(REDIRECTED, status=event.body.tsxState.tsx.statusCode)
        except Exception:  # the last line before C++
            log.exception("sip.callback_failed", callback="onCallRedirected")
        return int(pj.PJSIP_REDIRECT_STOP)

    @contained
    def onCallMediaState(self, _prm: pj.OnCallMediaStateParam) -> None:  # noqa: N802 - PJSIP's name
        """Join the port to the call's stream; a re-INVITE makes another, or holds the call (RFC 3264)."""
        self._own_hold.settled()
        self._audio = audio = audio_line(self.getInfo())
        if audio is None or (audio.held and not audio.plays):
            self._port.disconnect()
        else:  # what comes instead of the caller is heard by the leg that is joined, if one is
            self._port.connect(audio.slot, audio.held)
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
    def onCallTransferRequest(self, prm: pj.OnCallTransferRequestParam) -> None:  # noqa: N802
        """Refuse a REFER: obeying it lets any caller place calls at our cost."""
        prm.statusCode = pj.PJSIP_SC_DECLINE

    @contained
    def onCallReplaceRequest(self, prm: pj.OnCallReplaceRequestParam) -> None:  # noqa: N802
        """Refuse an INVITE with Replaces (RFC 3891): it would hand this call to a stranger."""
        prm.statusCode = pj.PJSIP_SC_FORBIDDEN

    # --- what goes wrong in silence ------------------------------------------------------------------

    def watch(self, now: float) -> None:
        """End a call whose audio or ACK does not come, and say why; `now` is `time.monotonic()`."""
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


def _ending(accepted: bool, status: int) -> Ending:
    """Name an end that a caller made; one who says BYE before the answer, cancels (RFC 3261 section 15)."""
    if status < pj.PJSIP_SC_MULTIPLE_CHOICES:
        return CALLER_HUNG_UP if accepted else CALLER_CANCELLED
    if accepted:
        return Ending(Result.FAILED, Reason.SIGNALLING_FAILED, status)  # session timer, lost ACK
    if status == pj.PJSIP_SC_REQUEST_TERMINATED:
        return CALLER_CANCELLED
    if status in (pj.PJSIP_SC_NOT_ACCEPTABLE_HERE, pj.PJSIP_SC_UNSUPPORTED_MEDIA_TYPE):
        return Ending(Result.REJECTED, Reason.NOT_ACCEPTABLE, status)
    return Ending(Result.FAILED, Reason.SIGNALLING_FAILED, status)


def _dialled_ending(confirmed: bool, status: int) -> Ending:
    """Name an end that the one made whom we called: he can refuse, redirect and hang up, but not cancel."""
    if confirmed and status < pj.PJSIP_SC_MULTIPLE_CHOICES:
        return CALLER_HUNG_UP
    if not confirmed and pj.PJSIP_SC_MULTIPLE_CHOICES <= status < pj.PJSIP_SC_BAD_REQUEST:
        return replace(REDIRECTED, status=status)
    if not confirmed and status < pj.PJSIP_SC_MULTIPLE_CHOICES:  # BYE while it rang
        status = pj.PJSIP_SC_REQUEST_TERMINATED
    return Ending(Result.FAILED, Reason.SIGNALLING_FAILED, status)


def _headers(values: Mapping[str, str]) -> pj.SipHeaderVector:
    """Build headers from our own constants and checked URIs; CR and LF would reach the wire as they are."""
    vector = pj.SipHeaderVector()
    for name, value in values.items():
        header = pj.SipHeader()
        header.hName, header.hValue = name, value.replace("\r", "").replace("\n", "")
        vector.append(header)
    return vector
