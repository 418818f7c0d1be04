"""A call that is to be made, checked as a whole before anybody's phone rings."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from gateway.call import Dial, Way
from gateway.control import LONGEST_RING_S, Origination
from gateway.dialplan import Dialplan, Plan, Redirect, Reject, Routed
from gateway.dialplan.snapshot import Rule, Verdict
from gateway.errors import BadInput

CALL_ID = re.compile("[0-9a-f]{8}")
"""As ours are."""
LONGEST_VALUE = 1000
"""Characters of a variable."""


@dataclass(frozen=True, slots=True)
class Prepared:
    """A call of ours, with the plans that lead it, as they were when it was made."""

    dialplan: Dialplan
    routed: Routed
    variables: Mapping[str, str]


def prepared(wanted: Origination, dialplan: Dialplan, by: str) -> Prepared:
    """Return the plan of a call that is to be made, with its variables; `by`: whose call it is.

    Raises BadInput with the cure.
    """
    plan = dialplan.plans.get(wanted.plan)
    if plan is None or plan.template:
        there = ", ".join(name for name, one in dialplan.plans.items() if not one.template)
        raise BadInput("dial", "plan", wanted.plan, f"there is no such plan; there are: {there}")
    if isinstance(plan.action, Reject | Redirect):
        raise BadInput("dial", "plan", wanted.plan, "it turns calls away: name one with an agent")
    if not 1 <= wanted.rings_s <= LONGEST_RING_S:
        raise BadInput("dial", "ring", wanted.rings_s, f"write 1 to {LONGEST_RING_S:g} seconds")
    if wanted.call_id and not CALL_ID.fullmatch(wanted.call_id):
        raise BadInput("dial", "id", wanted.call_id, "an id of a call is 8 hexadecimal digits")
    _check_variables(plan, wanted.variables)
    filled = plan.model_copy(update={"variables": {**plan.variables, **wanted.variables}})
    rule = Rule(None, by)
    return Prepared(dialplan, Routed(filled, rule, (Verdict(plan.name, rule),)), dict(wanted.variables))


def _check_variables(plan: Plan, given: Mapping[str, str]) -> None:
    for name, value in given.items():
        if name not in plan.variables:
            there = ", ".join(plan.variables) or "none"
            cure = f"plan {plan.name} has no such variable; it has: {there}"
            raise BadInput("dial", "variables", name, cure)
        if len(value) > LONGEST_VALUE or not value.isprintable():
            cure = f"write one line of {LONGEST_VALUE} characters at most"
            raise BadInput("dial", f"variables.{name}", None, cure)


def dial_of(wanted: Origination, way: Way) -> Dial:
    """Return the order to call."""
    return Dial(way.to, None, wanted.rings_s, way.trunk, call_id=wanted.call_id)
