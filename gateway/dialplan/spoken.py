"""The texts that the gateway itself speaks in calls, as far as they are known before a call. Pure.

They are, where nothing but the plan's own variables stands in them: a caller's number is not known yet.
"""

from __future__ import annotations

from collections.abc import Iterator

from gateway.dialplan.model import Action, Agent, Announce, Inline, Menu, Plan
from gateway.dialplan.snapshot import Dialplan
from gateway.dialplan.variables import constant


def texts(dialplan: Dialplan) -> tuple[str, ...]:
    """Return each text once, those of the plans that are asked first in front."""
    plans = (plan for plan in dialplan.plans.values() if not plan.template)
    return tuple(dict.fromkeys(text for plan in plans for text in _spoken(plan) if text))


def _spoken(plan: Plan) -> Iterator[str | None]:
    actions = tuple(_actions(plan.action))
    filled = [text for action in actions for text in _prompts(action)]
    if any(isinstance(action, Agent) for action in actions):
        yield plan.on_failure.hold  # these are taken as they are written
        yield plan.on_failure.unanswered
        filled.append(plan.limits.notice)
    if isinstance(plan.action, Agent | Announce | Menu) and plan.on_failure.play is None:
        filled.append(plan.on_failure.say)
    for text in filled:
        yield text and constant(text, plan)


def _actions(action: Action) -> Iterator[Action]:
    """Yield an action, and those that a menu has in place."""
    yield action
    if isinstance(action, Menu):
        for target in (*action.options.values(), action.otherwise):
            if isinstance(target, Inline):
                yield from _actions(target.action)


def _prompts(action: Action) -> Iterator[str | None]:
    match action:
        case Announce():
            yield action.say
        case Menu():
            for prompt in (action.prompt, action.invalid):
                yield prompt.say if prompt else None
        case _:
            pass
