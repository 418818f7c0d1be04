"""A call's way through the plans: look-up, texts, menus; each step keeps what the call began with."""

from __future__ import annotations

import textwrap
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from gateway.dialplan import Inline, Routed
from gateway.dialplan.lookup import LookupResult, LookUps
from gateway.dialplan.model import Agent, Announce, Plan
from gateway.dialplan.visit import ResolvedPlan, visit
from tests.dialplan.folder import MONDAY_NOON, call, loaded, write


class Knows(LookUps):
    """A look-up whose answer is known; the asking itself is tested with real servers."""

    def __init__(
        self, plan: str | None = None, settings: Mapping[str, Any] | None = None, **variables: str
    ) -> None:
        self.found = LookupResult(plan, variables, settings or {})

    async def ask(self, *_: object) -> LookupResult:
        """Answer."""
        return self.found


PLANS = {
    "desk": """
        numbers: ['100']
        variables: {customer: somebody}
        lookup: {url: 'http://x', plans: [vip]}
        agent: {instructions: 'This is {customer}, {caller.name}.'}
        """,
    "vip": """
        variables: {customer: a friend}
        menu:
          prompt: {say: 'Welcome {customer}'}
          options: {1: {agent: {instructions: '{customer}, {caller.name}'}}, 2: desk}
        """,
}


async def start(folder: Path, lookups: LookUps, name: str = "Ann") -> ResolvedPlan:
    """Begin a call to 100."""
    plans = loaded(folder, **{key: textwrap.dedent(text) for key, text in PLANS.items()})
    info = call("100", name=name)
    routed = plans.route(info, MONDAY_NOON)
    assert isinstance(routed, Routed)
    return await visit(plans, routed, info, MONDAY_NOON, lookups)


def instructions(plan: Plan) -> str:
    """Return what the agent is told."""
    assert isinstance(plan.action, Agent)
    return plan.action.instructions


async def test_a_plan_is_filled_when_the_call_arrives(tmp_path: Path) -> None:
    """With the plan's own variables when the look-up says nothing."""
    arrived = await start(tmp_path, Knows())
    assert instructions(arrived.plan) == 'This is somebody, "Ann".'


async def test_a_look_up_brings_variables_and_settings(tmp_path: Path) -> None:
    """Texts that it sets are used as they are."""
    arrived = await start(tmp_path, Knows(customer="Bob"))
    assert instructions(arrived.plan) == 'This is Bob, "Ann".'
    arrived = await start(tmp_path, Knows(settings={"agent": {"instructions": "{customer}", "voice": "v"}}))
    assert instructions(arrived.plan) == "{customer}"


async def test_a_look_up_may_name_another_plan(tmp_path: Path) -> None:
    """Which is filled with what was found."""
    arrived = await start(tmp_path, Knows("vip", customer="Bob"))
    assert arrived.plan.name == "vip"
    assert arrived.plan.menu is not None
    assert arrived.plan.menu.prompt.say == "Welcome Bob"
    assert arrived.routed.why == "vip: named by desk"


async def test_a_key_leads_to_another_plan_with_all_that_is_known(tmp_path: Path) -> None:
    """Nobody is asked again."""
    arrived = await start(tmp_path, Knows("vip", customer="Bob"))
    onward = arrived.follow("desk", MONDAY_NOON)
    assert onward.plan.name == "desk"
    assert instructions(onward.plan) == 'This is Bob, "Ann".'


async def test_a_key_leads_to_an_action_in_place_that_is_not_filled_again(tmp_path: Path) -> None:
    """A caller's name that looks like a variable stays a name."""
    arrived = await start(tmp_path, Knows("vip", customer="Bob"), name="{customer}")
    assert arrived.plan.menu is not None
    target = arrived.plan.menu.options["1"]
    assert isinstance(target, Inline)
    onward = arrived.follow(target, MONDAY_NOON)
    assert instructions(onward.plan) == 'Bob, "{customer}"'
    assert onward.plan.name == "vip"


async def test_a_visit_keeps_the_plans_it_began_with(tmp_path: Path) -> None:
    """Files may change meanwhile."""
    arrived = await start(tmp_path, Knows("vip"))
    fresh = loaded(
        tmp_path,
        vip="numbers: ['100']\nannounce: {say: gone}\n",
        desk="numbers: ['200']\nannounce: {say: new}\n",
    )
    assert isinstance(fresh.plans["desk"].action, Announce)
    assert isinstance(arrived.follow("desk", MONDAY_NOON).plan.action, Agent)
    write(tmp_path)
