"""Calls on hold, in every form in which that comes, side by side; and what was heard, sent and told in each.

In each form the far end holds while something is being said, or is about to be, plays music meanwhile as far
as it may send, and comes back. Where a model speaks, the caller then interrupts it, and what it is told to
have said is held against what left as RTP; an announcement or a menu is to be heard to its end.
"""

from __future__ import annotations

import asyncio
import contextlib
import tempfile
import wave
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from tests.equipment import tone
from tests.equipment.model import RATE, Model, Session
from tests.equipment.programs import Gateway, Plan, agent
from tests.equipment.wire_call import Call
from tests.equipment.wire_phone import Phone
from tests.equipment.wire_rtp import Pump, RtpStream, decode
from tests.equipment.wire_sip import read_sdp

WORDS_MS = 8_000
"""What an agent says; nobody hears it to its end."""
PROMPT_MS = 2_000
MUSIC_HZ = 700
HEARD_MS = 400.0
"""Heard before a hold, and after it before the caller interrupts."""
MOST_APART_MS = 20.0
"""Between what the model is told and what left as RTP, and between a prompt and what was heard of it."""
MOST_MUSIC = 0.01
"""Part of what the model hears that may be at the music's frequency."""
IN_FLIGHT_MS = 100
"""Between the music's end and the call's return: a packet on its way then would be the caller's."""
FAINT = 40
"""Below this a sample is silence: the lowest codes of G.711, and what a filter rings on."""


@dataclass(frozen=True)
class Form:
    """One way in which a call is held."""

    name: str
    change: Mapping[str, str] = field(default_factory=lambda: {"direction": "sendonly"})
    first: Mapping[str, str] = field(default_factory=dict)
    """What the first offer says beyond the usual."""
    method: str = "INVITE"
    during: str = "answer"
    """What is being said: an `answer`, a `greeting`, an answer that is yet to come (`pending`), an
    `announcement`, a `menu`'s prompt.
    """
    times: int = 1
    hangs_up: bool = False
    """The far end ends the call instead of taking it back."""

    @property
    def has_agent(self) -> bool:
        """True if a model is on the call."""
        return self.during in {"answer", "greeting", "pending"}


FORMS = (
    Form("sendonly"),
    Form("inactive", {"direction": "inactive"}),
    Form("0.0.0.0", {"host": "0.0.0.0"}),
    Form("UPDATE", method="UPDATE"),
    Form("first offer", first={"direction": "sendonly"}, during="greeting"),
    Form("greeting", during="greeting"),
    Form("pending answer", during="pending"),
    Form("twice", times=2),
    Form("hang-up", hangs_up=True),
    Form("announcement", during="announcement"),
    Form("menu", {"direction": "inactive"}, during="menu"),
)


@dataclass(frozen=True)
class Outcome:
    """What became of one call."""

    form: Form
    ended_in_hold: bool
    held_ms: float
    """Sound that left while the call was held."""
    sent_ms: float
    """Sound that left as RTP in the whole call."""
    wanted_ms: float | None
    """What that should be: what the model was told, or the length of the prompt. None: not to be known."""
    music: float
    """Part of what the model heard that was music on hold."""

    @property
    def apart_ms(self) -> float:
        """How far what left is from what it should be."""
        return 0.0 if self.wanted_ms is None else self.wanted_ms - self.sent_ms

    @property
    def faults(self) -> list[str]:
        """What is wrong with it."""
        found = {
            "ended while it was held": self.ended_in_hold,
            f"{self.held_ms:.0f} ms of sound while it was held": self.held_ms > 0,
            f"{self.sent_ms:.1f} ms left, {self.wanted_ms} ms told or wanted": abs(self.apart_ms)
            > MOST_APART_MS,
            f"{self.music:.3f} of what the model heard was music": self.music > MOST_MUSIC,
        }
        return [fault for fault, there in found.items() if there]


def sound_ms(media: RtpStream) -> float:
    """Return how much sound has arrived: in each packet from its first loud sample to its last."""
    samples = 0
    for packet in media.audio():
        loud = np.flatnonzero(np.abs(decode(packet).astype(np.int32)) > FAINT)
        samples += int(loud[-1] - loud[0]) + 1 if len(loud) else 0
    return samples * 1000 / tone.RATE


async def run(forms: Collection[Form], hold_ms: float, **limits: str) -> list[Outcome]:
    """Carry one call of each form, side by side, each held for so long; `limits` are those of their plans."""
    async with contextlib.AsyncExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="holds-")))
        models = {form.name: await stack.enter_async_context(Model()) for form in forms if form.has_agent}
        plans = {
            f"form-{number}": _plan(str(number), form, models.get(form.name), _prompt(folder), limits)
            for number, form in enumerate(forms)
        }
        gateway = stack.enter_context(Gateway(plans, "--no-local"))
        phone = await stack.enter_async_context(Phone(gateway.sip, stack.enter_context(Pump())))
        async with asyncio.TaskGroup() as tasks:
            calls = [
                tasks.create_task(_Held(form, phone, str(number), models.get(form.name)).run(hold_ms))
                for number, form in enumerate(forms)
            ]
        return [call.result() for call in calls]


def _prompt(folder: Path) -> Path:
    path = folder / "prompt.wav"
    with wave.open(str(path), "wb") as file:
        file.setparams((1, 2, tone.RATE, 0, "NONE", ""))
        file.writeframes(tone.sine(300, PROMPT_MS).astype("<i2").tobytes())
    return path


def _plan(number: str, form: Form, model: Model | None, prompt: Path, limits: Mapping[str, str]) -> Plan:
    plan: dict[str, Any] = {"limits": dict(limits)}
    if model is not None:
        first = "agent" if form.during == "greeting" else "caller"
        return agent(number, model.url, answer={"speaks_first": first}, **plan)
    announce = {"announce": {"play": str(prompt)}}
    menu = {
        "menu": {"prompt": {"play": str(prompt)}, "options": {"1": announce}, "retries": 0, "timeout": "1s"}
    }
    return {"numbers": [number], **(menu if form.during == "menu" else announce), **plan}


class _Held:
    """One call of a form."""

    def __init__(self, form: Form, phone: Phone, number: str, model: Model | None) -> None:
        self.form = form
        self.model = model
        if model is not None:
            model.says = tone.sine(440, WORDS_MS, rate=RATE)
        self.call: Call = phone.call(number, **form.first)
        self._in_hold_ms = 0.0
        self._wanted_ms: float | None = None

    async def run(self, hold_ms: float) -> Outcome:
        """Carry it to its end."""
        await self.call.answered()
        session = await self.model.session() if self.model is not None else None
        for _ in range(self.form.times):
            await self._until_something_is_said(session)
            if not self.form.first:
                await self._hold()
            ended = await self._stay(session, hold_ms)
            if ended or self.form.hangs_up:
                break
            await self._take_back()
        if not ended:
            await self._finish(session)
        heard = session.caller() if session is not None else tone.silence(0)
        return Outcome(
            self.form,
            ended,
            self._in_hold_ms,
            sound_ms(self.call.media),
            self._wanted_ms,
            tone.share(heard, MUSIC_HZ, rate=RATE),
        )

    async def _until_something_is_said(self, session: Session | None) -> None:
        """Let the call come to where it is held."""
        before = sound_ms(self.call.media)
        if self.form.during == "answer" and session is not None and not before:
            await session.respond(tone.sine(440, WORDS_MS, rate=RATE))
        if self.form.during == "pending" and session is not None:
            await session.caller_speaks()
            await session.caller_stops()
        elif not self.form.first:
            await self._hears(before + HEARD_MS)

    async def _hold(self) -> None:
        if self.form.method == "UPDATE":
            await self._update(**self.form.change)
        else:
            await self.call.reinvite(**self.form.change)

    async def _take_back(self) -> None:
        await self.call.reinvite(direction="sendrecv", host=self.call.media.local[0])

    async def _update(self, **change: str) -> None:
        assert self.call.local_sdp is not None
        offer = self.call.local_sdp.changed(**change)
        response = await self.call.request("UPDATE", body=offer.write())
        assert response.status == 200, response.start
        self.call.local_sdp, self.call.remote_sdp = offer, read_sdp(response.body)

    async def _stay(self, session: Session | None, hold_ms: float) -> bool:
        """Be on hold for so long, with music; return whether the call was ended meanwhile."""
        before = sound_ms(self.call.media)
        self.call.media.say(tone.sine(MUSIC_HZ, hold_ms))
        if self.form.during == "pending" and session is not None:
            await self.call.listens(hold_ms / 2)
            await session.respond(tone.sine(440, WORDS_MS, rate=RATE))
            hold_ms /= 2
        await self.call.listens(hold_ms)
        self.call.media.hush()
        await self.call.listens(IN_FLIGHT_MS)
        self._in_hold_ms += sound_ms(self.call.media) - before
        return self.call.over

    async def _finish(self, session: Session | None) -> None:
        """End a call that was taken back: interrupt the agent, hear a prompt to its end, or just leave."""
        if self.form.hangs_up:
            await self.call.hang_up()
        elif session is None:
            await self.call.hears_silence(300)
            self._wanted_ms = PROMPT_MS
            if not self.call.over:
                await self.call.ended()
        else:
            await self._hears(sound_ms(self.call.media) + HEARD_MS)
            await session.caller_speaks("item_interrupts")
            self._wanted_ms = float((await session.got("conversation.item.truncate"))["audio_end_ms"])
            await self.call.hears_silence(300)
            await self.call.hang_up()

    async def _hears(self, ms: float) -> None:
        await self.call.hears(lambda: sound_ms(self.call.media) >= ms, f"{ms:.0f} ms of sound")
