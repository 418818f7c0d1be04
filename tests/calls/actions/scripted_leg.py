"""A leg without a phone: hears every item at once, and does what its script says when something is played."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Sequence

from gateway.call import (
    REDIRECTED,
    TAP_SECONDS,
    Answer,
    Answered,
    CallInfo,
    Direction,
    Duck,
    Ending,
    FinishItem,
    HangUp,
    Held,
    Hold,
    Join,
    Joined,
    LegEnded,
    LegFact,
    LegOrder,
    LegState,
    LegTap,
    Party,
    Pause,
    Play,
    Played,
    Redirect,
    Resume,
    Resumed,
    Separated,
    SuppressEcho,
    state_after,
)
from gateway.errors import MediaError
from tests.equipment import patience


class ScriptedLeg:
    """Keeps the contract of `gateway.call.Leg`.

    `on_play` lists, per item played, the facts to report instead of having heard it; when it runs out, items
    are heard.
    """

    def __init__(
        self,
        on_play: Sequence[Sequence[LegFact]] = (),
        *,
        call_id: str = "c1",
        called: str = "100",
        answered: float | None = None,
        outbound: bool = False,
        trunk: str = "",
    ) -> None:
        direction = Direction.OUTBOUND if outbound else Direction.INBOUND
        ends = {"caller": Party("+15551230001"), "called": Party(called)}
        self.info = CallInfo(call_id, f"{call_id}@y", **ends, direction=direction, trunk=trunk)
        self.orders: list[LegOrder] = []
        self.joins = True
        """Be joined where that is ordered."""
        self.answers = True
        """Confirm an answer, as a caller who is still there does."""
        self.on_audio: Callable[[bytes], None] | None = None
        """Where the caller's audio goes."""
        self._script = list(on_play)
        self._on_fact: Callable[[LegFact], None] | None = None
        self._kept: list[LegFact] = []
        self.state = LegState.RINGING if answered is None else LegState.ANSWERED
        self.answered_at = answered
        self._news = asyncio.Event()
        self._loop = asyncio.get_running_loop()

    @property
    def deeds(self) -> list[LegOrder]:
        """What was ordered, but for how loud the agent is and how the caller is listened to."""
        return [order for order in self.orders if not isinstance(order, SuppressEcho | Pause | Duck)]

    def statistics(self) -> None:
        """Nobody counts here."""

    def levels(self) -> None:
        """Nor measures."""

    def listen(self, on_fact: Callable[[LegFact], None], on_audio: Callable[[bytes], None]) -> None:
        self._on_fact, self.on_audio = on_fact, on_audio
        kept, self._kept = self._kept, []
        for fact in kept:
            on_fact(fact)
        if self.state is LegState.HELD and Held() not in kept:
            on_fact(Held())

    def detach(self, unread: Iterable[LegFact] = ()) -> None:
        self._on_fact = self.on_audio = None
        self._kept += unread

    def tap(self, seconds: float = TAP_SECONDS) -> LegTap:
        raise MediaError("nothing is heard here")

    async def until(self, fact: Callable[[], object]) -> None:
        """Wait for something to become true of what was ordered."""
        async with patience.within(5):
            while not fact():
                self._news.clear()
                await self._news.wait()

    def execute(self, order: LegOrder) -> None:
        self.orders.append(order)
        self._goes_on_with(order)
        self._news.set()
        match order:
            case Answer() if self.answers:
                self.happen(Answered())
            case FinishItem(item):
                facts = self._script.pop(0) if self._script else [Played(item)]
                self.happen(*facts)
            case Join(leg, role):
                self.happen(Joined(leg, role) if self.joins else Separated(leg, "not up"))
            case Hold():
                self.happen(Held(ours=True))
            case Resume():
                self.happen(Resumed(ours=True))
            case HangUp(ending):
                self.happen(LegEnded(ending))
            case Redirect():
                self.happen(LegEnded(REDIRECTED))

    def happen(self, *facts: LegFact) -> None:
        """Report facts, after the order that caused them was given."""
        for fact in facts:
            self._loop.call_soon(self._report, fact)

    def _report(self, fact: LegFact) -> None:
        if self.state is LegState.ENDED:
            return
        self._goes_on_with(fact)
        if self._on_fact is None:
            self._kept.append(fact)
        else:
            self._on_fact(fact)

    def _goes_on_with(self, event: LegFact | LegOrder) -> None:
        self._news.set()
        self.state = state_after(self.state, event)
        if self.state is LegState.ANSWERED and self.answered_at is None:
            self.answered_at = self._loop.time()

    @property
    def played(self) -> list[bytes]:
        """The sounds that were queued."""
        return [order.pcm for order in self.orders if isinstance(order, Play)]

    @property
    def ending(self) -> Ending | None:
        """How the call was ended by us, if it was."""
        return next((order.ending for order in self.orders if isinstance(order, HangUp)), None)
