"""What a person is told about a route is what the gateway does."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml
from hypothesis import given

from gateway.call import CallInfo
from gateway.dialplan import Dialplan, NoPlan, Plan, Routed
from gateway.dialplan.explain import explain
from tests.dialplan.folder import MONDAY_NOON, SUNDAY_NOON, call, loaded
from tests.dialplan.test_snapshot import MOMENTS, calls, folders

OFFICE = """
numbers: ['+15551230001']
headers: {X-A: b}
hours: {open: [Mon-Fri 09:00-17:00], closed: night}
agent: {voice: marin}
"""


def office(folder: Path) -> Dialplan:
    """Load an office with a night, a sales pattern and much that does not matter."""
    return loaded(
        folder,
        defaults="agent:\n  provider: openai\n  api_key: ${TOP_SECRET}\n",
        office=OFFICE,
        night="announce: {say: 'It is {local_time}, {caller.name}.'}\n",
        sales="numbers: ['+1555*']\n",
        **{f"z{i}": f"numbers: ['{i}00']\nreject: {{}}\n" for i in range(12)},
    )


def test_the_chosen_plan_is_told_with_its_reason(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """And what is inherited, with the place where it stands; a secret stays a reference."""
    monkeypatch.setenv("TOP_SECRET", "s3cret")
    text = str(explain(office(tmp_path), call("0015551230001", x_a="B"), MONDAY_NOON))
    assert [" ".join(line.split()) for line in text.splitlines()[:7]] == [
        "called +15551230001 (written 0015551230001)",
        "caller +15559990001",
        "time Mon 2026-11-23 12:00 UTC",
        "plan office",
        "why office: exact +15551230001 matches +15551230001",
        "not sales pattern +1555* matches +15551230001, but is asked later",
        "not night is reached by its name only",
    ]
    assert "not 5 more  their numbers do not match" in text
    assert (
        "\n  provider: openai  # defaults.yaml:2\n  api_key: ${TOP_SECRET}  # defaults.yaml:3\n  voice: marin"
        in text
    )
    assert "s3cret" not in text


def test_the_way_to_another_plan_is_told(tmp_path: Path) -> None:
    """With its texts as the caller would hear them."""
    text = str(explain(office(tmp_path), call(name="Ann", x_a="b"), SUNDAY_NOON))
    assert "plan        night\n" in text
    assert "closed at Sun 2026-11-22 12:00 UTC -> night, then night: named by office" in text
    assert "announce:\n  say: It is 12:00, Ann.\n" in text + "\n"


def test_refusals_on_the_way_are_told(tmp_path: Path) -> None:
    """Why the plan that one expected was not taken."""
    text = str(explain(office(tmp_path), call(), MONDAY_NOON))
    assert "plan        sales\n" in text
    assert "not office  exact +15551230001 matches +15551230001; header X-A is missing\n" in text


def test_no_plan_is_told(tmp_path: Path) -> None:
    """With the SIP status that the caller gets."""
    told = explain(office(tmp_path), call("nobody", "anonymous"), MONDAY_NOON)
    assert isinstance(told.outcome, NoPlan)
    assert "none: the call is refused with 404" in str(told)
    assert "caller      anonymous" in str(told)


def test_a_look_up_is_told(tmp_path: Path) -> None:
    """It is not asked: the answer may differ from call to call."""
    plans = loaded(tmp_path, a="numbers: ['1']\nlookup: {url: '${CRM}'}\nagent: {}\n")
    assert "${CRM} is asked when a call comes in" in str(explain(plans, call("1"), MONDAY_NOON))


def test_the_effective_plan_is_one_that_can_be_read(tmp_path: Path) -> None:
    """Every shape: texts of many lines, lists, numbers, menus, quotes."""
    text = """
numbers: ["+15551230001", sip:desk]
variables: {a: "x: y # z", b: "yes", c: ""}
menu:
  prompt: {say: "First line.\\nSecond: 'line' # no comment\\n"}
  timeout: 7s
  options: {1: {announce: {say: "- x"}}, "*": other, "#": {agent: {tools: [], turn_detection: {type: none}}}}
limits: {max_cost_usd: 2.5, max_duration: 1h30m, max_calls: null}
"""
    plans = loaded(tmp_path, a=text, other="agent: {}\n")
    shown = yaml.safe_load(explain(plans, call(), MONDAY_NOON).effective)
    again = Plan.model_validate({"name": "a", **shown}, context={"folder": tmp_path})
    assert again == plans.plans["a"]


@given(folders(), calls(), MOMENTS)
def test_what_is_explained_is_what_is_routed(plans: list[Plan], info: CallInfo, now: object) -> None:
    """For random plans, calls and times: the same plan, and every plan is accounted for."""
    dialplan = Dialplan({plan.name: plan for plan in plans})
    told = explain(dialplan, info, now)  # type: ignore[arg-type]
    routed = dialplan.route(info, now)  # type: ignore[arg-type]
    assert told.outcome == routed
    chosen = {routed.plan.name} if isinstance(routed, Routed) else set()
    assert chosen | {name for name, _ in told.others} == dialplan.plans.keys()
    assert str(told)
