"""Until when a conversation needs no tick: most of its timers are far from their time.

A tick asks some thirty of them, and mostly nothing is due. Each knows when that will be, so a clock can pass
over the ticks until then. What a tick notes besides (somebody is still heard) is noted for the last that was
passed over, before a tick that may give orders, or a fact.
"""

from __future__ import annotations

from collections.abc import Callable
from math import inf

from gateway.call import LegState, LegStatus
from gateway.conversation.call_clock import TICK_S
from gateway.conversation.caller_turns import COUGH, CallerTurns
from gateway.conversation.callers_wait import CallersWait
from gateway.conversation.end_of_call import EndOfCall, Phase
from gateway.conversation.hold import HoldClock
from gateway.conversation.playback import PlaybackTracker
from gateway.conversation.policy import Policy
from gateway.conversation.responses import Responses
from gateway.conversation.timers import CallLimits, InactivityTimer, KeyBuffer
from gateway.conversation.tool_use import ToolUse

LONGEST_REST_S = 5.0
"""Between two ticks, whatever the timers say."""
_A_LITTLE = 0.001
"""Seconds by which the last tick that was passed over is put before its time: nothing was due then."""


class Ticks:
    """Which ticks of the clock one call is told of. Times in seconds.

    `until`: see `Rest.until`; `passed_over` notes what the last tick would have that was left out.
    """

    def __init__(self, until: Callable[[float], float], passed_over: Callable[[float], None]) -> None:
        self._until = until
        self._passed_over = passed_over
        self._ticked_at = inf  # nothing is passed over before the first
        self._told_at = -inf
        self.due_at = -inf
        """Before that, nothing is due; -inf: it is not known yet."""
        self.rests_until = -inf
        """Before that, no tick is of any use."""

    def told(self, now: float, *, tick: bool) -> None:
        """The call is to be told something, be it a tick: `due` is to be asked again."""
        if tick:
            self._ticked_at = now
        elif now - self._ticked_at >= TICK_S:
            self._ticked_at = now
            self._passed_over(now)  # all was as before until now
        self._told_at, self.due_at, self.rests_until = now, -inf, -inf

    def due(self, now: float) -> bool:
        """The clock ticks; return whether the call is to be told so."""
        if now >= self.due_at:
            self.due_at = min(self._until(now), self._ticked_at + LONGEST_REST_S)
        if now < self.due_at:
            return False
        before = now - TICK_S - _A_LITTLE
        if before > self._told_at:
            self._passed_over(before)
        return True

    def rest(self, until: float) -> None:
        """Pass over all ticks until then, and those in which nothing is due."""
        self.rests_until = min(until, self.due_at)


class Rest:
    """One call's. Times in seconds; -inf stands for each tick, inf for none."""

    def __init__(
        self,
        policy: Policy,
        leg: LegStatus,
        hold: HoldClock,
        limits: CallLimits,
        silence: InactivityTimer,
        keys: KeyBuffer,
        caller: CallerTurns,
        wait: CallersWait,
        responses: Responses,
        on_air: PlaybackTracker,
        tools: ToolUse,
        end: EndOfCall,
    ) -> None:
        self._detects = policy.detects
        self._leg = leg
        self._hold = hold
        self._limits = limits
        self._silence = silence
        self._keys = keys
        self._caller = caller
        self._wait = wait
        self._responses = responses
        self._on_air = on_air
        self._tools = tools
        self._end = end
        self.collects = False
        """Keys that were asked for are taken beside it: the caller is at work, and waits for nothing."""

    def passed_over(self, now: float) -> None:
        """Note what the last tick that was passed over would have: who was heard, or at work, until `now`."""
        now = self._hold.at(now)
        on_air, speaking = bool(self._on_air), self._caller.speaking
        busy, working = self._responses.busy, self._responses.calls
        if self._end.phase is Phase.TALKING and (on_air or speaking or busy):
            self._silence.due(now, busy=True)
        heard = on_air or speaking or self.collects or self._leg.state is LegState.RINGING
        self._wait.passed(now, heard=heard, working=working, busy=busy)

    def until(self, now: float) -> float:
        """Return from when on a tick may give an order, if no fact comes before."""
        if self._detects or self._hold.held or self._leg.state is LegState.RINGING:
            return -inf
        on_air, working = bool(self._on_air), self._responses.calls
        speaking, active = self._caller.speaking, self._responses.active is not None
        due = min(
            self._silence.wake_at(busy=on_air or speaking or active or working),
            self._keys.wake_at,
            self._of_caller(over_agent=on_air and speaking),
            self._wait.wake_at(heard=on_air or speaking, busy=active or working),
            self._responses.wake_at,
            self._tools.wake_at,
            self._end.wake_at,
        )
        return min(due + self._hold.rested, self._limits.wake_at)

    def _of_caller(self, *, over_agent: bool) -> float:
        caller = self._caller
        ours = not caller.turn_open and caller.has_floor
        if over_agent or ours or caller.interjection.open or caller.level.waits:
            return -inf
        cough = caller.turn_since + COUGH if caller.turn_open and not caller.speaking else inf
        return min(cough, caller.kept.wake_at, caller.answers.wake_at)

    def hears(self, level_db: float) -> None:
        """Note how loud the caller is, in dB of full scale, in a tick that is passed over."""
        if self._caller.speaking:
            self._caller.level.heard(level_db)
