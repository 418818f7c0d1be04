"""A call that is up, as a function of the plan sees it: what is known of it, and what may be asked of it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

import structlog

from gateway.call import (
    AddText,
    CallInfo,
    Destination,
    Respond,
    SendDigits,
    SessionOrder,
    ToolThen,
    TransferEnded,
)
from gateway.dialplan import Agent
from gateway.dialplan.model import TransferTarget
from gateway.dialplan.transfer_targets import find_target
from gateway.errors import OrderRefused
from gateway.tools.result_text import sendable

log = structlog.get_logger(__name__)


class CallHandle(Protocol):
    """What may be ordered of a call; on the event loop's thread."""

    def order(self, order: SessionOrder | SendDigits, by: str) -> None:
        """Order something. Raises OrderRefused."""

    def onward(self, plan: str, by: str, *, at_once: bool) -> None:
        """Have the call go on in another plan, when its agent has come to an end. Raises OrderRefused."""

    def set_variable(self, name: str, value: str) -> None:
        """Set a variable for the plans to which the call goes on."""


class CallAttendant(Protocol):
    """Who holds and transfers a call. Each raises OrderRefused where that makes no sense or may not be."""

    async def hold(self, by: str) -> None:
        """Put the caller on hold when the agent has finished."""

    async def held_for(self, seconds: float) -> None:
        """Take the caller back after so long, unless somebody has before."""

    def resume(self, by: str) -> None:
        """Take the caller back from hold."""

    async def collect(self, most: int, terminator: str, first_s: float, between_s: float) -> str:
        """Return the keys that the caller presses."""

    async def take_message(self, by: str) -> float:
        """Record what the caller says; returns its length in seconds, 0 if nothing was said."""

    def check(self, name: str, digits: str) -> None:
        """Do nothing but raise OrderRefused for what `transfer` would not begin now."""

    async def transfer(self, name: str, digits: str, summary: str, by: str) -> TransferEnded:
        """Put the caller through to a target of the plan."""

    def check_free(self) -> None:
        """Do nothing but raise OrderRefused where `take_over` would not begin now."""

    async def take_over(self, to: Destination, by: str) -> TransferEnded:
        """Have an operator speak with the caller in the agent's place, until the operator hangs up."""


class RecordingHandle(Protocol):
    """What may be done about a call's recording; on the event loop."""

    def start(self, consent: str) -> bool:
        """Record from now on, as the caller has agreed; return whether that can be done."""

    def switch(self, on: bool, by: str) -> None:
        """Pause, or go on. Raises OrderRefused where nothing is recorded."""


class AnsweringHandle(Protocol):
    """Who listens for machines that answer a call of ours; on the event loop."""

    def machine_answered(self) -> None:
        """Do what the plan says of machines: one has answered. Raises OrderRefused before anybody has."""


@dataclass(frozen=True, slots=True)
class CallFacts:
    """What is known of a call; what changes while it goes on is asked for."""

    info: CallInfo
    plan: str
    variables: Callable[[], Mapping[str, str]] = dict
    """The plan's own, with what its look-up has found and functions have set."""
    plans: Collection[str] = ()
    """The names of all plans to which the call may go."""
    transcript: Callable[[], Sequence[tuple[str, str]]] = tuple
    """Who has said what so far, as it was heard: `caller` or `agent`, and the words."""
    handle: CallHandle | None = None
    clock: Callable[[], datetime] = lambda: datetime.now().astimezone()
    """The local time of the plan's place."""
    values: Callable[[], Mapping[str, str]] = dict
    """What may be filled into the plan's texts now: all variables, also `caller.number` and the like."""
    agent: Agent = field(default_factory=Agent)
    """What the plan says of the agent whose functions these are."""
    attendant: CallAttendant | None = None
    plan_targets: Mapping[str, TransferTarget] = field(default_factory=dict)
    """To whom the plan lets the caller be transferred."""

    recording: RecordingHandle | None = None
    """Whether the call is recorded."""
    answering: AnsweringHandle | None = None
    """Who is told of machines; None: nobody called them."""


class LiveCall:
    """What is handed to a function's parameter `call`; its methods may be called from any thread."""

    def __init__(self, facts: CallFacts, tool: str) -> None:
        self._facts = facts
        self.by = f"tool {tool}"
        """Whose orders they are, for the log."""
        self._loop = asyncio.get_running_loop()
        self.hangs_up = False
        """The function has asked for the call's end."""
        self._goes_to = ""
        self.transfers: tuple[str, str, str] | None = None
        """To whom the function has put the caller through, the digits, and what they are told."""

    @property
    def id(self) -> str:
        """The call's id, as it stands in each line of the log."""
        return self._facts.info.id

    @property
    def caller(self) -> str:
        """The number that the call comes from, as the network says; it may be withheld ("") or forged."""
        return self._facts.info.caller.user

    @property
    def called(self) -> str:
        """What was dialled."""
        return self._facts.info.called.user

    @property
    def plan(self) -> str:
        """The name of the plan that the call is in."""
        return self._facts.plan

    @property
    def variables(self) -> dict[str, str]:
        """The plan's own, with what its look-up has found and functions have set."""
        return dict(self._facts.variables())

    @property
    def transcript(self) -> list[tuple[str, str]]:
        """Who has said what so far, as it was heard: `("caller", "Hello.")`, `("agent", "Good morning")`."""
        return list(self._facts.transcript())

    def add_context(self, text: str) -> None:
        """Let the model know something that nobody has said."""
        self._order(AddText("system", sendable(text)))

    def say(self, text: str) -> None:
        """Have the agent say these words, as soon as it can."""
        words = sendable(text).replace('"', "'")
        self._order(Respond(f'Say exactly these words and nothing else: "{words}"'))

    def hang_up(self) -> None:
        """End the call when the function has returned and the agent's last words were heard."""
        self.hangs_up = True

    def set_variable(self, name: str, value: str) -> None:
        """Set one of the `variables` for the plans to which the call goes on."""
        self._do(lambda handle: handle.set_variable(str(name), str(value)))

    def go_to(self, plan: str) -> None:
        """Have the call go on in another plan, when the function has returned and the last words were heard.

        Raises ValueError for a plan that there is not.
        """
        if plan not in self._facts.plans:
            raise ValueError(f"no plan {plan!r}; there are: {', '.join(sorted(self._facts.plans))}")
        self._goes_to = plan

    def transfer(self, target: str, *, digits: str = "", summary: str = "") -> None:
        """Put the caller through to a target of the plan, when the function has returned.

        If that fails, the agent has them back, and is told why. `digits`: for a target that takes some;
        `summary`: what they are told, where the plan says so. Raises ValueError for whom the plan does not
        list.
        """
        find_target(self._facts.plan_targets, target, digits)
        self.transfers = target, digits, summary

    def returned(self) -> ToolThen:
        """Return what follows, now that the function has returned; on the event loop's thread."""
        if self._goes_to and self._try(lambda handle: handle.onward(self._goes_to, self.by, at_once=False)):
            return ToolThen.MOVE_ON
        return ToolThen.HANG_UP if self.hangs_up else ToolThen.SPEAK

    def _order(self, order: SessionOrder) -> None:
        self._do(lambda handle: handle.order(order, self.by))

    def _do(self, what: Callable[[CallHandle], None]) -> None:
        self._loop.call_soon_threadsafe(self._try, what)

    def _try(self, what: Callable[[CallHandle], None]) -> bool:
        if self._facts.handle is None:
            return True
        try:
            what(self._facts.handle)
        except OrderRefused as refused:  # the caller has left meanwhile
            log.info("tool.order_refused", tool=self.by, why=refused.why)
            return False
        return True
