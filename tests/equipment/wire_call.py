"""One call of a `Phone`: the dialog (RFC 3261 12, RFC 3264) and its media."""

from __future__ import annotations

import asyncio
import functools
import time
from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import TYPE_CHECKING, Any, cast

from tests.equipment import patience, wire_sip
from tests.equipment.wire_rtp import MS, RtpStream, Utterance
from tests.equipment.wire_sip import Message, Sdp, read_sdp
from tests.equipment.wire_transport import T1, Transaction

if TYPE_CHECKING:
    from tests.equipment.wire_phone import Phone


class Rejected(AssertionError):
    """The far end did not do what the test asked for; `response` says what it answered."""

    def __init__(self, response: Message) -> None:
        self.response = response
        self.status = response.status
        super().__init__(f"{response.method}: {response.start}")


class Call:
    """One dialog and its media: made by `Phone.call` or found by `Phone.incoming`."""

    def __init__(self, phone: Phone, remote_uri: str, *, of: Message | None = None) -> None:
        self.phone = phone
        self.media = RtpStream(phone.host)
        phone.pump.listen(self.media)
        self.call_id = of.header("Call-ID") if of else f"{wire_sip.token()}@phone"
        self.tag = wire_sip.token()
        self.remote_tag = wire_sip.parameter(of.header("From"), "tag") if of else ""
        self.remote_uri = remote_uri
        self.target_uri = wire_sip.uri(of.header("Contact")) if of else remote_uri
        self.routes: list[str] = of.all("Record-Route") if of else []
        self._routed = of is not None
        self.cseq = 0
        self.messages: list[Message] = [of] if of else []
        self.times: dict[str | int, int] = {}
        """When things happened first, CLOCK_MONOTONIC ns: "INVITE", 100, 180, 200, "ACK", "BYE" ..."""
        self.local_sdp: Sdp | None = None
        self.remote_sdp: Sdp | None = None
        self.acks = True
        """Send ACK by itself."""
        self.takes_offers = True
        """Answer re-INVITE and UPDATE by itself."""
        self.answers_with: dict[str, Any] = {}
        """Fields of the descriptions that answer offers, in place of what is usual (profile, extra)."""
        self.takes_events = True
        """Answer that keys may come as events, if they are offered."""
        self.glares = 0
        """Offers that are answered 491, as if one of ours were under way (RFC 3261 section 14.2)."""
        self._early: Sdp | None = None  # sent with 183
        self._news = asyncio.Event()
        self._invite: Transaction | None = None
        self._invite_request: Message | None = of
        self._acked: dict[int, Message] = {}
        self._ended = asyncio.Event()
        self._acknowledged = asyncio.Event()
        self._retransmit: asyncio.TimerHandle | None = None

    # --- calling

    def invite(self, *, headers: Iterable[tuple[str, str]] = (), **offer: Any) -> None:
        """Send an INVITE, the first one or another within the dialog; returns at once."""
        body = offer.pop("sdp", self._offer(offer) if "sdp" not in offer else None)
        self.local_sdp = body if isinstance(body, Sdp) else self.local_sdp
        self.times.setdefault("INVITE", time.monotonic_ns())
        extra = [("Allow", "INVITE, ACK, BYE, CANCEL, OPTIONS, UPDATE, INFO"), *headers]
        request = self.make("INVITE", headers=extra, body=_body(body))
        self._invite_request = request
        self._invite = self.phone.transact(request, self._next_hop())

    def _offer(self, fields: dict[str, Any]) -> Sdp:
        if self.local_sdp:
            return self.local_sdp.changed(**fields)
        host, port = self.media.local
        return Sdp(**{"host": host, "port": port, **fields})

    async def answered(self, patient_seconds: float = 10) -> Message:
        """Wait for the final response; on 200 the ACK is sent and media flows. Raises Rejected otherwise."""
        response = await self.final(patient_seconds)
        if response.status >= 300:
            raise Rejected(response)
        return response

    async def final(self, patient_seconds: float = 10) -> Message:
        """Wait for the final response to the latest INVITE, whatever it is."""
        return await self._inviting().final(patient_seconds)

    async def progress(self, status: int, patient_seconds: float = 10) -> Message:
        """Wait for a provisional response."""
        return await self._inviting().response(lambda got: got.status == status, patient_seconds)

    def _inviting(self) -> Transaction:
        if not self._invite:
            raise ValueError("no INVITE was sent")
        return self._invite

    def hear_early(self, progress: Message) -> None:
        """Send audio to where a 183 has it: what comes from there is heard in any case."""
        self.remote_sdp = read_sdp(progress.body)
        self._flow(self.remote_sdp)

    def heard_response(self, message: Message) -> None:
        """Take a response: learn the dialog from it and acknowledge it (RFC 3261 12.1.2, 13.2.2.4)."""
        self.messages.append(message)
        if message.method != "INVITE":
            return
        self.times.setdefault(message.status, message.at)
        if message.status >= 300:
            self._ack_failure(message)
        if not 200 <= message.status < 300:
            return
        self.remote_tag = wire_sip.parameter(message.header("To"), "tag")
        self.target_uri = wire_sip.uri(message.header("Contact")) or self.target_uri
        if not self._routed:  # a dialog's route set never changes (RFC 3261 12.2.1.2)
            self.routes = list(reversed(message.all("Record-Route")))
            self._routed = message.status >= 200
        if message.cseq in self._acked:
            self.phone.send(self._acked[message.cseq], self._next_hop())  # a 200 that came again
        elif self.acks:
            self._accept_answer(message)

    def _accept_answer(self, message: Message) -> None:
        if not message.body:
            self.acknowledge(message)
            return
        self.remote_sdp = read_sdp(message.body)
        if self._invite_request and not self._invite_request.body:  # we asked for an offer
            answer = self._answer_to(self.remote_sdp)
            self.acknowledge(message, body=answer)
            self._flow(answer)
        else:
            self.acknowledge(message)
            self._flow(self.remote_sdp)

    def _answer_to(self, offer: Sdp) -> Sdp:
        """Answer with the first codec of an offer that we can speak (RFC 3264 section 6)."""
        codec = next(n for n in offer.formats if n in {wire_sip.PCMU, wire_sip.PCMA})
        events = offer.telephone_event if self.takes_events else None
        formats = (codec,) if events is None else (codec, events)
        names = {} if events is None else {events: "telephone-event/8000"}
        mirrored = {"sendonly": "recvonly", "recvonly": "sendonly"}.get(offer.direction, offer.direction)
        version = self.local_sdp.version + 1 if self.local_sdp else 1
        answer = Sdp(*self.media.local, formats, names, self.media.ptime, mirrored, version)
        self.local_sdp = replace(answer, **self.answers_with)
        return self.local_sdp

    def acknowledge(
        self, response: Message, *, body: object = None, headers: Iterable[tuple[str, str]] = ()
    ) -> None:
        """Send the ACK for a 200."""
        ack = self.make("ACK", cseq=response.cseq, headers=headers, body=_body(body))
        self._acked[response.cseq] = ack
        self.times.setdefault("ACK", time.monotonic_ns())
        self.phone.send(ack, self._next_hop())

    def _ack_failure(self, response: Message) -> None:
        if not self._invite_request:
            return
        kept = [
            (n, v) for n, v in self._invite_request.headers if n in {"Via", "From", "Call-ID", "Max-Forwards"}
        ]
        ack = [*kept, ("To", response.header("To")), ("CSeq", f"{response.cseq} ACK")]
        start = self._invite_request.start.replace("INVITE", "ACK", 1)
        self.phone.send(Message(start, ack), self._next_hop())

    def _flow(self, answer: Sdp) -> None:
        """Send RTP as negotiated: the answer's codec, nothing while we may not send."""
        local, remote, media = self.local_sdp, self.remote_sdp, self.media
        if not local or not remote:
            return  # the test wrote its own description, and drives the media itself
        media.payload_type = answer.codec if answer.codec in {wire_sip.PCMU, wire_sip.PCMA} else wire_sip.PCMU
        media.event_type = answer.telephone_event
        media.ptime = local.ptime or 20
        media.remote = (remote.host, remote.port)
        self.phone.pump.stop(media)
        if local.direction in {"sendrecv", "sendonly"} and remote.direction in {"sendrecv", "recvonly"}:
            self.phone.pump.start(media)

    # --- being called

    def ring(self) -> None:
        """Answer 180."""
        self.phone.reply(self.messages[0], 180, tag=self.tag)

    def play_early(self, headers: Iterable[tuple[str, str]] = ()) -> None:
        """Answer 183 with our answer to their offer: what is said before the 200 is early media."""
        self.remote_sdp = read_sdp(self.messages[0].body)
        self._early = self._answer_to(self.remote_sdp)
        self._flow(self._early)
        self.phone.reply(self.messages[0], 183, tag=self.tag, body=self._early.write(), headers=headers)

    def reject(self, status: int, headers: Iterable[tuple[str, str]] = ()) -> None:
        """Answer with a failure."""
        self.phone.reply(self.messages[0], status, tag=self.tag, headers=headers)

    async def accept(self, patient_seconds: float = 10, headers: Iterable[tuple[str, str]] = ()) -> None:
        """Answer 200 with our answer to their offer, and wait for the ACK."""
        self._accept(self.messages[0], tuple(headers))
        async with patience.within(patient_seconds):
            await self._acknowledged.wait()

    def _accept(self, request: Message, headers: tuple[tuple[str, str], ...] = ()) -> None:
        if request.body:
            self.remote_sdp = read_sdp(request.body)
            body = self._early or self._answer_to(self.remote_sdp)
            self._early = None
            self._flow(body)
        else:
            body = self.local_sdp = self._offer({})
        if request.method == "INVITE":
            self._invite_request = request
            self._answer_until_acknowledged(request, body.write(), T1, headers)
        else:
            self.phone.reply(request, 200, tag=self.tag, body=body.write())

    def _answer_until_acknowledged(
        self, request: Message, body: bytes, wait: float, headers: tuple[tuple[str, str], ...]
    ) -> None:
        """Send the 200 again until its ACK comes (RFC 3261 13.3.1.4)."""
        self.phone.reply(request, 200, tag=self.tag, body=body, headers=headers)
        if wait < 32 * T1:
            loop = asyncio.get_running_loop()
            again = functools.partial(self._answer_until_acknowledged, request, body, wait * 2, headers)
            self._retransmit = loop.call_later(wait, again)

    def stop_retransmitting(self) -> None:
        """Send the 200 no more: it was acknowledged, or the test is over."""
        if self._retransmit:
            self._retransmit.cancel()

    def asked(self, request: Message) -> None:
        """Do what the far end asks for within the call."""
        self.messages.append(request)
        self._news.set()
        self.times.setdefault(request.method, request.at)
        match request.method:
            case "ACK":
                self.stop_retransmitting()
                self._acknowledged.set()
                if request.body and not (self._invite_request and self._invite_request.body):
                    self.remote_sdp = read_sdp(request.body)
                    self._flow(self.remote_sdp)
            case "INVITE" if self.glares:
                self.glares -= 1
                self.phone.reply(request, 491, tag=self.tag)
            case "INVITE" | "UPDATE" if self.takes_offers and (request.body or request.method == "INVITE"):
                self._accept(request)
            case "CANCEL":
                self.phone.reply(request, 200, tag=self.tag)
                self.reject(487)
                self._end()
            case method if method in self.phone.answers:
                self.phone.reply(request, self.phone.answers[method], tag=self.tag)
                if method == "BYE":
                    self._end()

    # --- in the call

    def make(
        self,
        method: str,
        *,
        cseq: int | None = None,
        headers: Iterable[tuple[str, str]] = (),
        body: bytes = b"",
    ) -> Message:
        """Make a request of this dialog."""
        if cseq is None:
            self.cseq += 1
            cseq = self.cseq
        phone = self.phone
        remote_tag = f";tag={self.remote_tag}" if self.remote_tag else ""
        own = [
            ("Via", phone.via(wire_sip.new_branch())),
            ("Max-Forwards", "70"),
            *(("Route", route) for route in self.routes),
            ("From", f'"Test phone" <sip:{phone.user}@{wire_sip.bracketed(phone.local[0])}>;tag={self.tag}'),
            ("To", f"<{self.remote_uri}>{remote_tag}"),
            ("Call-ID", self.call_id),
            ("CSeq", f"{cseq} {method}"),
            ("Contact", phone.contact),
            *([("Content-Type", "application/sdp")] if body[:3] == b"v=0" else []),
        ]
        return Message(f"{method} {self.target_uri} SIP/2.0", [*own, *headers], body)

    def _next_hop(self) -> tuple[str, int]:
        if self.phone.wire.reliable:
            return self.phone.target
        return wire_sip.address(wire_sip.uri(self.routes[0]) if self.routes else self.target_uri)

    async def request(
        self, method: str, *, headers: Iterable[tuple[str, str]] = (), body: bytes = b""
    ) -> Message:
        """Send a request within the call and give its final response."""
        request = self.make(method, headers=headers, body=body)
        return await self.phone.transact(request, self._next_hop()).final()

    async def reinvite(self, *, new_port: bool = False, **changes: Any) -> Message:
        """Renegotiate: another port, another direction ("sendonly" holds), other formats."""
        if new_port:
            old, self.media = self.media, RtpStream(self.phone.host)
            self.phone.pump.listen(self.media)
            self.phone.pump.forget(old)
            changes |= {"host": self.media.local[0], "port": self.media.local[1]}
        self.invite(**changes)
        return await self.answered()

    async def cancel(self) -> Message:
        """Cancel the INVITE (RFC 3261 9.1) and give the response to the CANCEL."""
        invite = self._invite_request
        if not invite:
            raise ValueError("no INVITE was sent")
        kept = [(n, v) for n, v in invite.headers if n in {"Via", "From", "To", "Call-ID", "Max-Forwards"}]
        request = Message(
            invite.start.replace("INVITE", "CANCEL", 1), [*kept, ("CSeq", f"{invite.cseq} CANCEL")]
        )
        return await self.phone.transact(request, self._next_hop()).final()

    async def hang_up(self) -> Message:
        """Send BYE, stop talking, and give the response; what came until then is heard."""
        self.phone.pump.stop(self.media)
        response = await self.request("BYE")
        self._end()
        await self._collected()
        return response

    def _end(self) -> None:
        self.phone.pump.stop(self.media)
        self._ended.set()

    @property
    def over(self) -> bool:
        """True once either side said BYE or cancelled."""
        return self._ended.is_set()

    async def ended(self, patient_seconds: float = 10) -> Message:
        """Wait until the far end hangs up; gives its BYE or CANCEL. What came until then is heard."""
        async with patience.within(patient_seconds):
            await self._ended.wait()
        await self._collected()
        return next(m for m in reversed(self.messages) if m.method in {"BYE", "CANCEL"})

    async def _collected(self) -> None:
        """Wait until the phone's one thread has taken in what has arrived by now."""
        now, pump = time.monotonic_ns(), self.phone.pump
        await self.hears(lambda: pump.heard_until > now, "what has arrived")

    async def changed(self) -> None:
        """Wait until the far end asks for something more."""
        self._news.clear()
        await self._news.wait()

    # --- ears and mouth

    async def hears(self, fact: Callable[[], object], what: str, patient_seconds: float = 10) -> None:
        """Wait for a fact about this call's media."""
        async with patience.within(patient_seconds):
            await self.phone.pump.until(fact, what)

    async def hears_sound(self, since: int = 0, patient_seconds: float = 10) -> int:
        """Wait for sound from the far end; gives its first packet's arrival."""
        await self.hears(lambda: self.media.first_sound(since), "sound", patient_seconds)
        return cast("int", self.media.first_sound(since))

    async def hears_silence(self, ms: float = 300, patient_seconds: float = 20) -> int:
        """Wait for so much silence after the sound; gives the arrival of the last packet with sound.

        It is silence that came as audio: a far end that stutters has not fallen silent. Where nothing comes
        any more, for a second, that is silence too.
        """

        def quiet() -> bool:
            last = self.media.last_sound()
            if last is None or self.media.quiet_ms() >= ms:
                return True
            return self.phone.pump.heard_until - self.media.packets[-1].at > max(ms, 1000) * MS

        await self.hears(quiet, f"{ms} ms of silence", patient_seconds)
        return self.media.last_sound() or 0

    async def listens(self, ms: float) -> None:
        """Let so much audio arrive from the far end."""
        start, pump = time.monotonic_ns(), self.phone.pump
        await self.hears(lambda: pump.heard_until - start >= ms * MS, f"{ms} ms to pass", ms / 1000 + 5)

    async def said(self, utterance: Utterance, patient_seconds: float = 20) -> Utterance:
        """Wait until an utterance was sent to its end."""
        await self.hears(lambda: utterance.done, "an utterance to be sent", patient_seconds)
        return utterance


def _body(body: object) -> bytes:
    if isinstance(body, Sdp):
        return body.write()
    return body.encode() if isinstance(body, str) else cast("bytes", body or b"")
