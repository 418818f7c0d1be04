"""What all calls of a process share: where sessions, sounds, answers to look-ups and costs come from."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Protocol

from gateway.call import CostUpdated, Dial, Dialler, Leg, SessionFact, Way, WayFinder
from gateway.calls.day_limits import DayBook
from gateway.calls.prompts import Prompts
from gateway.calls.transfer_counts import TransferCounts
from gateway.calls.trunk_slots import TrunkSlots
from gateway.conversation.call_clock import CallClock
from gateway.conversation.runner import RealtimeSession
from gateway.dialplan import Agent, Plan
from gateway.dialplan.lookup import LookUps
from gateway.errors import SipError
from gateway.records.recording.writer import RecordingWriter
from gateway.records.store.reader import RecordReader
from gateway.tools.registry import Toolbox


class SessionMaker(Protocol):
    """Makes the session of a call, not yet connected; its facts go to `on_fact`."""

    def __call__(
        self, plan: Plan, agent: Agent, tools: Toolbox, on_fact: Callable[[SessionFact], None]
    ) -> RealtimeSession:
        """Raise BadInput for a provider, key or address that is not there."""


Costs = Callable[[RealtimeSession], CostUpdated]
"""What a session has cost so far."""


def no_calls(dial: Dial) -> Leg:
    """Make no calls. Raises SipError."""
    raise SipError(f"cannot call {dial.to}: this process makes no calls")


def no_way(number: str, trunk: str) -> Way:
    """Know no way. Raises SipError."""
    raise SipError(f"cannot call {number}: this process makes no calls")


@dataclass(frozen=True, slots=True)
class Services:
    """What all calls of a process share."""

    make_session: SessionMaker
    prompts: Prompts
    lookups: LookUps
    costs: Costs
    wait: Callable[[Agent], float]
    """Seconds until the agent's account has room for one more call; 0 for now."""
    days: DayBook = field(default_factory=DayBook)
    """What came in each plan's day."""
    reader: RecordReader | None = None
    """Who reads earlier calls; None where no records are kept."""
    clock: CallClock = field(default_factory=CallClock)
    """Of their conversations."""
    dial: Dialler = no_calls
    """Makes calls of ours."""
    way: WayFinder = no_way
    """Knows where they go."""
    transfers: TransferCounts = field(default_factory=TransferCounts)
    """How many were tried."""
    recordings: RecordingWriter | None = None
    """Who writes recordings; None where no records are kept that could name them."""
    lines: TrunkSlots = field(default_factory=TrunkSlots)
    """Room on trunks that other processes have, too."""
    node: str = ""
    """This process' name among those that answer calls together; "": it is the only one."""
