"""One call's way through the plans: routed, looked up, its texts filled in, onward by a menu's key.

A visit keeps the snapshot with which it began, so a call that is up does not notice a reload.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from gateway.call import CallInfo
from gateway.dialplan.lookup import LookupResult, LookUps, override
from gateway.dialplan.model import Inline, Plan
from gateway.dialplan.snapshot import Dialplan, Routed
from gateway.dialplan.variables import fill, values


@dataclass(frozen=True, slots=True)
class ResolvedPlan:
    """Where a call is. `plan` is ready to be carried out: nothing in it is left to be filled in."""

    dialplan: Dialplan
    call: CallInfo
    routed: Routed
    found: LookupResult
    plan: Plan

    def values(self, now: datetime, more: Mapping[str, str]) -> dict[str, str]:
        """Return what may be filled into texts now, by name; `more` are variables set since."""
        found = {**self.found.variables, **more}
        known = values(self.plan, self.call, now, found, self.dialplan.region)
        return {name: value.text for name, value in known.items()}

    def follow(self, target: str | Inline, now: datetime) -> ResolvedPlan:
        """Go where a menu of `plan` leads: to another plan by name, or to an action in place."""
        if isinstance(target, Inline):
            # Its texts were filled with the menu's; once more would read a caller's name for variables.
            plan = self.plan.with_action(target.action)
            return ResolvedPlan(self.dialplan, self.call, self.routed, self.found, plan)
        routed = self.dialplan.follow(target, self.plan.name, self.call, now)
        return _arrived(self.dialplan, self.call, routed, self.found, now)


async def visit(
    dialplan: Dialplan, routed: Routed, call: CallInfo, now: datetime, lookups: LookUps
) -> ResolvedPlan:
    """Begin with what `Dialplan.route` chose: ask the plan's look-up, if any, and fill in its texts."""
    found = await lookups.ask(routed.plan, call, now, dialplan.region)
    if found.plan is None or found.plan == routed.plan.name:
        arrived = _arrived(dialplan, call, routed, found, now)
        return ResolvedPlan(dialplan, call, routed, found, override(arrived.plan, found.settings))
    onward = dialplan.follow(found.plan, routed.plan.name, call, now)
    return _arrived(dialplan, call, onward, found, now)


def _arrived(
    dialplan: Dialplan, call: CallInfo, routed: Routed, found: LookupResult, now: datetime
) -> ResolvedPlan:
    plan = fill(routed.plan, call, now, found.variables, dialplan.region)
    return ResolvedPlan(dialplan, call, routed, found, plan)
