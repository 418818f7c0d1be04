"""A leg whose times are known to the frame: its far end speaks as a test says."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from gateway.call import (
    Answered,
    CallInfo,
    Ending,
    FinishItem,
    HangUp,
    LegEnded,
    LegFact,
    LegOrder,
    Party,
    Play,
    Played,
    SendDigits,
)
from tests.equipment import tone

RATE = 24_000
FRAME = RATE // 50


class ScriptedLine:
    """A leg whose far end speaks as a test says, in the time of its own audio: 20 ms a frame, no clock.

    `agent` is asked before each frame, with the seconds so far, whether the agent is to be heard in it.
    """

    def __init__(self, agent: Callable[[ScriptedLine, float], bool], *, answers: bool = True) -> None:
        self.info = CallInfo("c1", "x@y", Party("phone"), Party("100"))
        self.orders: list[LegOrder] = []
        self.keys = ""
        self.now = 0.0
        self.words: list[tuple[float, float]] = []
        """When the caller spoke: from, until."""
        self.ending: Ending | None = None
        self._agent = agent
        self._answers = answers
        self._on_fact: Callable[[LegFact], None] = lambda _fact: None
        self._on_audio: Callable[[bytes], None] = lambda _pcm: None
        self._over = asyncio.Event()

    def listen(self, on_fact: Callable[[LegFact], None], on_audio: Callable[[bytes], None]) -> None:
        self._on_fact, self._on_audio = on_fact, on_audio

    def execute(self, order: LegOrder) -> None:
        self.orders.append(order)
        match order:
            case Play():
                self.words.append((self.now, self.now + len(order.pcm) / 2 / RATE))
            case SendDigits(digits):
                self.keys += digits
            case HangUp():
                self._over.set()

    def end(self, ending: Ending) -> None:
        """Hang up at the far end."""
        self.ending = ending

    async def run(self) -> None:
        """Answer, and let time pass until somebody hangs up."""
        if self._answers:
            self._on_fact(Answered())
        played = 0
        tone_frame = tone.sine(400, 20, rate=RATE).tobytes()
        while not self._over.is_set() and self.ending is None:
            speaks = self._agent(self, self.now)
            if self._answers:
                self.now = round(self.now + 0.02, 2)
                self._on_audio(tone_frame if speaks else bytes(2 * FRAME))
            done = [order.item_id for order in self.orders if isinstance(order, FinishItem)]
            if played < len(done) and self.now >= self.words[played][1] - 1e-9:
                self._on_fact(Played(done[played]))
                played += 1
            for _ in range(4):  # let the caller hear it and act before the next frame
                await asyncio.sleep(0)
        if self.ending is not None:
            self._on_fact(LegEnded(self.ending))


def between(*times: tuple[float, float]) -> Callable[[ScriptedLine, float], bool]:
    """Let the agent speak at these times."""
    return lambda _line, now: any(start <= now < end for start, end in times)
