"""Calls in which an agent has to listen like a person, each with what its caller would say of it."""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import Awaitable, Callable, Iterable
from contextvars import ContextVar
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from gateway.call_picture import CallPicture, RecordedSound
from tests.equipment import tone
from tests.equipment.acoustic_echo import AcousticEcho
from tests.equipment.callers import Pause
from tests.equipment.programs import Gateway
from tests.equipment.tone import Pcm
from tests.equipment.wire_call import Call
from tests.equipment.wire_phone import Phone
from tests.equipment.wire_rtp import MS, is_loud

WORDS = (
    "Welcome to the museum. The exhibition of paintings is open from nine in the morning until six in the "
    "evening. Tickets are sold at the entrance and cost twelve dollars. Children come in free."
)
"""What the agent says while somebody speaks over it: some ten seconds."""
SPEAKS_AT_MS = 2000
BREAK_MS = 150
"""Silence that is longer than this, and was not there before, is a cut."""


@dataclass
class Outcome:
    """One call: what was tried, what it was good for, and whether the caller would complain."""

    what: str
    bad: bool
    figures: dict[str, float] = field(default_factory=dict)


class Calls:
    """Makes calls to one gateway, a few at a time."""

    def __init__(
        self, gateway: Gateway, phone: Phone, at_once: int = 3, pictures: Path | None = None
    ) -> None:
        self.gateway = gateway
        self._pictures = pictures
        self._phone = phone
        self._free = asyncio.Semaphore(at_once)
        self._whole: dict[str, Pcm] = {}
        self._made: ContextVar[list[Call]] = ContextVar("made")

    async def each(self, made: Iterable[Callable[[], Awaitable[Outcome]]]) -> list[Outcome]:
        """Make them all; in their order. One that waits for something in vain is a bad one."""

        async def one(make: Callable[[], Awaitable[Outcome]]) -> Outcome:
            async with self._free:
                self._made.set([])
                try:
                    return await make()
                except (AssertionError, TimeoutError) as error:
                    for call in self._made.get():
                        await self.end(call)
                    return Outcome(f"{type(error).__name__}: {error}".splitlines()[0], bad=True)

        return list(await asyncio.gather(*(one(make) for make in made)))

    async def begin(self, number: str, room: AcousticEcho | None = None) -> Call:
        """Ring and be answered."""
        call = self._phone.call(number)
        self._made.get([]).append(call)
        call.media.room = room
        if self._pictures is not None:
            call.media.sent_audio = []
        await call.answered()
        return call

    async def end(self, call: Call, what: str = "") -> dict[str, Any]:
        """Hang up; return the line of the call. Draw it, as it was at the phone, if pictures are wanted."""
        if not call.over:
            await call.hang_up()
        line = dict(await self.gateway.said("call.ended", sip_call_id=call.call_id))
        if self._pictures is not None and what:
            _draw(call, what, self._pictures / f"{re.sub('[^a-z0-9]+', '-', what.lower())}.png")
        return line

    async def whole(self, number: str) -> Pcm:
        """Return the announcement as it is when nobody speaks over it."""
        if number not in self._whole:
            call = await self.begin(number)
            await call.hears_sound()
            await call.hears_silence(1500, 40)
            self._whole[number] = call.media.heard()
            await self.end(call)
        return self._whole[number]

    # --- over the agent

    async def over_it(self, number: str, what: str, sound: Pcm) -> Outcome:
        """Make a sound over the announcement that asks for nothing: it is said to its end, and no more."""
        whole = await self.whole(number)
        call = await self.begin(number)
        first = await call.hears_sound()
        await self._reach(call, first, SPEAKS_AT_MS)
        utterance = await call.said(call.media.say(sound))
        await call.hears_silence(2500, 60)
        heard = call.media.heard(first)
        line = await self.end(call, what)
        said, due = tone.sound_ms(heard), tone.sound_ms(whole)
        stopped = _silence_ms(call, utterance.started_at)
        lost = not _ends_alike(heard, whole) or said < due - 400
        more = said > due + 500
        figures = {"said_ms": said - due, "silent_ms": stopped, "turns": float(line["turns"])}
        return Outcome(what, lost or more, figures)

    async def interrupt(self, number: str, what: str, sound: Pcm) -> Outcome:
        """Interrupt the announcement: it stops, and what was said is answered."""
        call = await self.begin(number)
        first = await call.hears_sound()
        await self._reach(call, first, SPEAKS_AT_MS)
        utterance = call.media.say(sound)
        await call.said(utterance)
        await call.listens(2500)
        last = _last_before_silence(call, utterance.started_at)
        onset = utterance.started_at + _onset_ms(sound) * MS
        whole = await self.whole(number)
        await self.end(call, what)
        heard = call.media.heard(first)
        bad = last is None or _ends_alike(heard, whole)
        return Outcome(what, bad, {} if last is None else {"silent_after_ms": (last - onset) / MS + 20})

    async def echo(
        self, number: str, level: float, delay: float, distorted: bool, interrupt: Pcm | None = None
    ) -> Outcome:
        """Have the agent's voice come back: nobody has said anything, and the agent knows."""
        room = AcousticEcho(level, delay, distorted=distorted, seed=int(-level * 10 + delay))
        whole = await self.whole(number)
        call = await self.begin(number, room)
        first = await call.hears_sound()
        what = f"{level:g} dB, {delay:g} ms{', distorted' if distorted else ''}"
        figures = {}
        if interrupt is not None:
            await self._reach(call, first, SPEAKS_AT_MS)
            utterance = await call.said(call.media.say(interrupt))
            await call.listens(2500)
            last = _last_before_silence(call, utterance.started_at)
            heard = call.media.heard(first)
            await self.end(call, f"over {what}")
            bad = last is None or _ends_alike(heard, whole)
            if last is not None:
                figures["silent_after_ms"] = (last - utterance.started_at) / MS
            return Outcome(what, bad, figures)
        await call.hears_silence(2500, 60)
        heard = call.media.heard(first)
        line = await self.end(call, what)
        stops = _breaks(heard, whole)
        return Outcome(
            what, bool(line["turns"] or stops), {"turns": float(line["turns"]), "breaks": float(stops)}
        )

    # --- turns

    async def pause(self, number: str, said: Pause) -> Outcome:
        """Pause for thought: nobody speaks into it."""
        call = await self.begin(number)
        await call.listens(300)
        whole = tone.join([said.first, tone.silence(said.ms), said.second])
        utterance = await call.said(call.media.say(whole))
        begins = utterance.started_at + len(said.first) / 8 * MS
        answered = await call.hears_sound(utterance.ended_at)
        early = call.media.loud(round(begins))
        bad = bool(early) and early[0].at < utterance.ended_at
        await call.hears_silence(800, 30)
        await self.end(call, said.words)
        return Outcome(f"{said.ms:g} ms: {said.words}", bad, {"gap_ms": (answered - utterance.ended_at) / MS})

    async def ask(self, number: str, what: str, sound: Pcm, within_ms: float = 5000) -> Outcome:
        """Say something and wait for the answer."""
        call = await self.begin(number)
        await call.listens(300)
        utterance = await call.said(call.media.say(sound), 60)
        gap = (await call.hears_sound(utterance.ended_at) - utterance.ended_at) / MS
        await call.hears_silence(500, 30)
        await self.end(call, what)
        return Outcome(what, gap > within_ms, {"gap_ms": gap})

    async def late_ack(self, number: str, ack_ms: float) -> Outcome:
        """Acknowledge late: the first word is not said before, but for who never does."""
        call = self._phone.call(number)
        call.acks = False
        response = await call.final()
        answered = time.monotonic_ns()
        await asyncio.sleep(ack_ms / 1000)
        call.acks = True
        acked = time.monotonic_ns()  # the first word may come before we know that the ACK has left
        call.heard_response(response)
        first = await call.hears_sound()
        await self.end(call)
        # The voice rises softly: its first packet is the one after the last that is all silence.
        first = next(p.at for p in call.media.audio() if p.at > answered and is_loud(p, 0))
        return Outcome(
            f"ACK after {ack_ms:g} ms",
            first < acked and ack_ms < 300,
            {"after_200_ms": (first - answered) / MS, "after_ack_ms": (first - acked) / MS},
        )

    @staticmethod
    async def _reach(call: Call, first: int, ms: float) -> None:
        await call.hears(lambda: call.phone.pump.heard_until - first >= ms * MS, f"{ms} ms of it")


def _draw(call: Call, what: str, path: Path) -> None:
    """Draw what the phone said and heard, on its own clock."""
    sent, came = call.media.sent_audio or [], call.media.audio()
    begins = min(sent[0][0], came[0].at)
    count = round((max(sent[-1][0], came[-1].at) - begins) / MS * 8) + 160
    caller, agent = (np.zeros(count, np.int16) for _ in range(2))
    for side, packets in ((caller, sent), (agent, [(one.at, one.payload) for one in came])):
        for at, payload in packets:
            place = round((at - begins) / MS * 8)
            side[place : place + len(payload)] = tone.ulaw_decode(payload)[: count - place]
    picture = CallPicture(count / 8000)
    picture.title(what, "seconds at the phone")
    picture.sound(RecordedSound(caller, agent, 8000))
    path.parent.mkdir(parents=True, exist_ok=True)
    picture.save(path)


def _onset_ms(sound: Pcm) -> float:
    loud = np.flatnonzero(np.abs(sound.astype(np.int32)) > 300)
    return float(loud[0]) / 8 if len(loud) else 0.0


def _last_before_silence(call: Call, since: int) -> int | None:
    """Return the arrival of the agent's last sound before 300 ms without any, if it stopped."""
    loud = [packet.at for packet in call.media.loud() if packet.at <= since + 1500 * MS]
    after = [at for at in loud if at >= since]
    for at, following in zip(after, [*after[1:], None], strict=True):
        if following is None or following - at > 300 * MS:
            return at if following is not None or _until(call) - at > 300 * MS else None
    return loud[-1] if loud else None


def _until(call: Call) -> int:
    return call.media.packets[-1].at


def _silence_ms(call: Call, since: int) -> float:
    """Return the longest silence of the agent within 4 s."""
    loud = [since, *(p.at for p in call.media.loud(since) if p.at < since + 4000 * MS)]
    return float(np.diff(np.array(loud, np.int64)).max(initial=0)) / MS


def _ends_alike(heard: Pcm, whole: Pcm) -> bool:
    """Return whether the last second of the announcement was heard."""
    last = np.flatnonzero(np.abs(whole.astype(np.int32)) > 300)[-1]
    piece = whole[last - 8000 : last].astype(np.float64)
    size = 1 << (len(heard) + len(piece)).bit_length()
    products = np.fft.irfft(np.fft.rfft(heard, size) * np.conj(np.fft.rfft(piece, size)), size)[: len(heard)]
    powers = np.convolve(np.square(heard.astype(np.float64)), np.ones(8), "same")
    sums = np.concatenate(([0.0], np.cumsum(np.square(heard.astype(np.float64)))))
    count = max(len(heard) - len(piece), 1)
    local = sums[len(piece) : len(piece) + count] - sums[:count]
    alike = products[: len(local)] / np.sqrt(np.maximum(local, 1.0) * float(piece @ piece))
    return bool(alike.max(initial=0.0) > 0.8 and len(powers))


def _breaks(heard: Pcm, whole: Pcm) -> int:
    """Return how many more pauses there are than in the announcement, or sounds that are not in it."""
    pauses = len(tone.spans(heard, join_ms=BREAK_MS)) - len(tone.spans(whole, join_ms=BREAK_MS))
    more = tone.sound_ms(heard) - tone.sound_ms(whole)
    return max(pauses, 0) + (abs(more) > 300)
