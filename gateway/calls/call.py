"""The handle of a call: what it is, where it is, and how to order something of it from outside of its plan.

One for each call that was let in, kept by the registry, handed to the actions. The plan of a call, its
conversation included, orders through `execute`; everybody else through `order`, and says who that is: an
operator, a tool, the process that stops. Listeners hear of both, and can do neither.
"""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from dataclasses import replace
from datetime import UTC, datetime

from gateway import wall_clock
from gateway.call import (
    KEYS,
    AddImage,
    AddText,
    Answer,
    CallInfo,
    Ending,
    FinishItem,
    HangUp,
    Instruct,
    Leg,
    LegOrder,
    LegState,
    LimitReached,
    Mute,
    OutsideOrder,
    Play,
    Reason,
    Redirect,
    Respond,
    Result,
    Ring,
    SendDigits,
    SessionOrder,
    UseCodecs,
)
from gateway.calls.call_recording import CallRecording
from gateway.conversation.runner import ConversationRunner, Listener
from gateway.dialplan import Plan
from gateway.dialplan.model import Inline
from gateway.dialplan.snapshot import ToolNames
from gateway.dialplan.visit import ResolvedPlan
from gateway.errors import OrderRefused
from gateway.records.listener_group import ListenerGroup
from gateway.records.summary import Summary
from gateway.records.transcript import Transcript
from gateway.tasks import within
from gateway.tools.live_call import AnsweringHandle, CallAttendant

MOST_KEYS = 64
"""Keys that are pressed by one order: longer than any number or PIN."""


LEFT = Ending(Result.COMPLETED, Reason.CALLER_HUNG_UP)
"""Whom a caller was put through to is alone."""
THEIRS = Ring | Answer | UseCodecs
"""What is the other side's to do, in a call of ours."""
CONVERSATION_ORDERS = Respond | Instruct | AddText | AddImage
"""What others may tell the model."""


class MovedOn(Exception):
    """Somebody has moved the call on to another plan, by its name."""

    def __init__(self, plan: str) -> None:
        self.plan = plan
        super().__init__(plan)


class PutThrough(Exception):
    """The caller has been put through to somebody, by a call of ours."""

    def __init__(self, second: Call) -> None:
        self.second = second
        super().__init__(second.info.id)


class SentOff(Exception):
    """Somebody wants the call to end, with a word to the caller before."""


class MachineAnswered(Exception):
    """A machine has answered, and is to be left a message."""


class Call:
    """One call. All methods are called on the event loop's thread and return at once."""

    def __init__(self, leg: Leg, *listeners: Listener) -> None:
        self._loop = asyncio.get_running_loop()
        self.began = self._loop.time()
        """When it was let in, in loop seconds; `since` is the same by the clock on the wall."""
        self.summary = Summary(self.began)
        self.leg = leg
        self.notify = ListenerGroup(self.summary, *listeners)
        """Tells everybody who listens to this call of a fact or an order, with its time in loop seconds."""
        self.since = datetime.now(UTC)
        self.first_plan: str | None = None
        self.last_plan: str | None = None
        """The names of the plan with which the call began, and of the one that it has reached."""
        self.recording: CallRecording | None = None
        self._transcript: Transcript | None = None
        self._resolved: ResolvedPlan | None = None
        self._runner: ConversationRunner | None = None
        self._interrupt: Callable[[], None] | None = None
        self._leaves: MovedOn | PutThrough | SentOff | MachineAnswered | None = None  # what it is doing
        self.attendant: CallAttendant | None = None  # who holds and transfers it, once it is on its way
        self.answering: AnsweringHandle | None = None  # who listens for machines, in a call of ours
        self._set, self._ended = dict[str, str](), False
        self._items = itertools.count()

    # --- where it is ---------------------------------------------------------------------------------

    @property
    def info(self) -> CallInfo:
        """What is known of it: of a call of ours its Call-ID comes a moment later."""
        return self.leg.info

    @property
    def state(self) -> LegState:
        """The state of its leg."""
        return self.leg.state

    @property
    def rings(self) -> bool:
        """True until it is answered."""
        return self.leg.answered_at is None

    @property
    def over(self) -> bool:
        """It has ended, or is being ended."""
        return self._ended or self.leg.state is LegState.ENDED

    @property
    def plan(self) -> Plan | None:
        """The plan that it has reached, nothing left to be filled in; None before there is one."""
        return None if self._resolved is None else self._resolved.plan

    @property
    def tools(self) -> ToolNames | None:
        """The functions that its dialplan names; None before it has reached a plan."""
        return None if self._resolved is None else self._resolved.dialplan.tools

    @property
    def resolved(self) -> ResolvedPlan | None:
        """Where it is; None before it has reached a plan."""
        return self._resolved

    def keep_transcript(self) -> None:
        """Keep what is said from now on. Idempotent."""
        if self._transcript is None:
            self._transcript = Transcript()
            self.notify.add(self._transcript)

    def said(self) -> list[tuple[str, str]]:
        """Return who has said what since `keep_transcript`, as it was heard."""
        lines = self._transcript.lines if self._transcript is not None else ()
        return [(line.who, line.text) for line in lines]

    @property
    def variables(self) -> Mapping[str, str]:
        """Those of its plan, with what its look-up has found and functions have set."""
        if self._resolved is None:
            return dict(self._set)
        return {**self._resolved.plan.variables, **self._resolved.found.variables, **self._set}

    @property
    def seconds(self) -> float:
        """How long it has been going on."""
        return self._loop.time() - self.began

    @property
    def talk_seconds(self) -> float | None:
        """How long it has been answered; None while it rings."""
        return None if self.leg.answered_at is None else self._loop.time() - self.leg.answered_at

    def limit_reached(self, reason: Reason) -> None:
        """End it politely if an agent is talking; everything else is over soon by itself."""
        if self._runner is not None:
            self._runner.on_fact(LimitReached(reason))

    def reached(self, here: ResolvedPlan) -> None:
        """Note the plan that the call has reached."""
        self._resolved = here
        self.last_plan = here.plan.name

    def follow(self, target: str | Inline) -> ResolvedPlan:
        """Return where the call goes on: another plan by name, or an action in place."""
        assert self._resolved is not None, "a call that is in no plan goes nowhere"
        here = self._resolved
        found = replace(here.found, variables={**here.found.variables, **self._set})
        return replace(here, found=found).follow(target, wall_clock.now())

    def execute(self, order: LegOrder) -> None:
        """Do an order of the call's own plan; after its end nothing is done any more."""
        if self.over or (self.info.outbound and isinstance(order, THEIRS)):
            return
        self._ended = isinstance(order, HangUp | Redirect)
        self.notify(order, self._loop.time())
        self.leg.execute(order)

    def name_item(self, kind: str) -> str:
        """Return a name for something that is to be played, which nothing else in this call has."""
        return f"{kind}_{next(self._items)}"

    @property
    def runner(self) -> ConversationRunner | None:
        """The conversation that it has with an agent; None while it has none."""
        return self._runner

    @contextmanager
    def conversing(self, runner: ConversationRunner) -> Iterator[None]:
        """Have what is ordered from outside done by a conversation, which keeps books of it."""
        before, self._runner, self._interrupt = self._interrupt, runner, runner.leave
        try:
            yield
        finally:
            self._runner, self._interrupt = None, before

    @asynccontextmanager
    async def movable(self) -> AsyncIterator[None]:
        """Let the call leave what is done inside. Raises MovedOn, PutThrough, SentOff, MachineAnswered."""
        try:
            async with within(None) as limit:
                self._interrupt = lambda: limit.reschedule(self._loop.time())
                try:
                    yield
                finally:
                    self._interrupt = None
        except TimeoutError:
            if self._leaves is None:
                raise
        leaves, self._leaves = self._leaves, None
        if leaves is not None and not self.over:
            raise leaves
        if isinstance(leaves, PutThrough):
            leaves.second.end(LEFT, "attendant")

    def dismiss(self) -> None:
        """Let everybody go who listens: the call is over, and no two parts may keep each other in memory."""
        self.notify.dismiss()

    # --- orders from outside -------------------------------------------------------------------------

    def order(self, order: LegOrder | SessionOrder, by: str) -> None:
        """Do an order that is not the plan's; `by` says whose. Raises OrderRefused if it makes no sense.

        The orders in which a conversation keeps its books (what is playing, what was heard) are its own.
        """
        match order:
            case HangUp(ending):
                self.end(ending, by)
            case Ring() | Answer() | SendDigits() | Mute():
                if fault := _fault(self, order):
                    raise OrderRefused(self.info.id, fault)
                self.order_leg(by, order)
            case _ if isinstance(order, CONVERSATION_ORDERS):
                if self._runner is None or self.over:
                    raise OrderRefused(self.info.id, "no agent is there to be told")
                self._announce(by, order)
                self._runner.order(order)
            case _:
                raise OrderRefused(self.info.id, f"{type(order).__name__} is not for others to order")

    def play(self, pcm: bytes, by: str, words: str = "") -> str:
        """Play something to the caller (PCM16LE 24 kHz) behind what is playing; returns the item's name.

        Raises OrderRefused while nobody can hear it, and for what is no sound.
        """
        if self.over or self.rings:
            raise OrderRefused(self.info.id, "nobody is on the line")
        if not pcm or len(pcm) % 2:
            raise OrderRefused(self.info.id, "a sound is whole samples of 16 bit, one at least")
        item = self.name_item(by)
        self.order_leg(by, Play(item, pcm, words), FinishItem(item, awaited=True))
        return item

    def end(self, ending: Ending, by: str) -> None:
        """End the call, wherever it is; what is over stays so."""
        if not self.over:
            self.order_leg(by, HangUp(ending))

    def send_off(self, by: str) -> bool:
        """Have the call end with a word to the caller; return False where nothing more can be said."""
        if self.over or self._resolved is None or self._interrupt is None:
            return False
        self.notify(OutsideOrder(by, "Goodbye"), self._loop.time())
        self._leaves = self._leaves if isinstance(self._leaves, PutThrough) else SentOff()
        self._interrupt()
        return True

    def set_variable(self, name: str, value: str) -> None:
        """Set a variable for the plans to which the call goes on, as a look-up does."""
        self._set[name] = value

    def onward(self, plan: str, by: str, *, at_once: bool = True) -> None:
        """Move the call on to another plan of its dialplan. Raises OrderRefused if it cannot go.

        Not `at_once`: when what it is doing has come to its end by itself.
        """
        if self.over or self._resolved is None or self._interrupt is None:
            raise OrderRefused(self.info.id, "it is in no plan that it could leave")
        if plan not in self._resolved.dialplan.plans:
            raise OrderRefused(self.info.id, f"its dialplan has no plan {plan!r}")
        self.notify(OutsideOrder(by, f"Onward to {plan}"), self._loop.time())
        self._leaves = MovedOn(plan)
        if at_once:
            self._interrupt()

    def leave_to(self, why: MachineAnswered) -> None:
        """Let what the call is doing go, for that; where it does nothing that could be left, it goes on."""
        if self._interrupt is not None and not self.over:
            self._leaves = why
            self._interrupt()

    def put_through(self, second: Call) -> None:
        """Let the plan go: from now on the caller talks with `second`, to which it is joined."""
        assert self._interrupt is not None, "only a call in a plan is put through"
        self._leaves = PutThrough(second)
        self._interrupt()

    def _announce(self, by: str, order: LegOrder | SessionOrder) -> None:
        self.notify(OutsideOrder(by, type(order).__name__), self._loop.time())

    def order_leg(self, by: str, *orders: LegOrder) -> None:
        """Do orders of the leg one after the other, as one; `order` is for whoever has not checked them."""
        if self.over:
            raise OrderRefused(self.info.id, "it is over")
        self._announce(by, orders[0])
        for order in orders:
            if self._runner is None:
                self.execute(order)
            else:
                self._ended = isinstance(order, HangUp)
                self._runner.order(order)


def _fault(call: Call, order: Ring | Answer | SendDigits | Mute) -> str:
    """Return why somebody cannot order that of a call now; "" if they can."""
    if isinstance(order, SendDigits | Mute):
        keys = order.digits if isinstance(order, SendDigits) else "0"
        if not keys or len(keys) > MOST_KEYS or not KEYS.issuperset(keys):
            return f"keys are 1 to {MOST_KEYS} of 0-9 * # A-D"
        return "nobody is on the line" if call.over or call.rings else ""
    if not call.rings:
        return "it is answered already"
    return "we call them: it is theirs to answer" if call.info.outbound else ""
