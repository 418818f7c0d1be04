"""A snapshot chooses one plan for a call, in the documented order."""

from __future__ import annotations

import dataclasses
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.call import CallInfo, Party
from gateway.dialplan import Dialplan, NoPlan, Plan, Routed, hours, load
from gateway.dialplan.conditions import CallerFilter, header_test
from gateway.dialplan.model import Callers, Hours, Reject
from gateway.dialplan.numbers import Kind, address, parse_entry
from tests.dialplan.folder import MONDAY_NOON, SUNDAY_NOON, call, chosen, loaded, write

AGENT = "agent: {}\n"


def test_exact_before_pattern_before_any(tmp_path: Path) -> None:
    """Whatever the files are called."""
    plans = loaded(
        tmp_path,
        a=f"numbers: ['*']\n{AGENT}",
        b=f"numbers: ['+1555*']\n{AGENT}",
        c=f"numbers: ['+15551230001']\n{AGENT}",
    )
    assert chosen(plans, call("+15551230001")) == "c"
    assert chosen(plans, call("+15559")) == "b"
    assert chosen(plans, call("+4930")) == "a"


def test_order_then_name_decides_among_equals(tmp_path: Path) -> None:
    """First match wins."""
    plans = loaded(
        tmp_path,
        a=f"numbers: ['+1555*']\norder: 1\n{AGENT}",
        b=f"numbers: ['+155512*']\n{AGENT}",
        c=f"numbers: ['/.*1/']\n{AGENT}",
    )
    assert chosen(plans, call("+15551230001")) == "b"
    assert list(plans.plans) == ["b", "c", "a"]


def test_no_plan_is_an_answer(tmp_path: Path) -> None:
    """404, and it says whom it asked."""
    plans = loaded(tmp_path, a=f"numbers: ['100']\nheaders: {{X-A: b}}\n{AGENT}")
    nothing = plans.route(call("200"), MONDAY_NOON)
    assert nothing == NoPlan(())
    asked = plans.route(call("100"), MONDAY_NOON)
    assert isinstance(asked, NoPlan)
    assert [(v.plan, v.refusal, v.instead) for v in asked.asked] == [("a", "header X-A is missing", "next")]


def test_the_request_uri_comes_before_to(tmp_path: Path) -> None:
    """A forwarded call belongs to whom it was forwarded to; an account's call to whom was dialled."""
    plans = loaded(
        tmp_path,
        a=f"numbers: ['+15551230001']\n{AGENT}",
        b=f"numbers: ['+15552*']\n{AGENT}",
        z=f"numbers: ['*']\n{AGENT}",
    )
    assert chosen(plans, call("+15552220000", to="+15551230001")) == "b"
    assert chosen(plans, call("trunk-account-7", to="+15551230001")) == "a"
    assert chosen(plans, call("trunk-account-7", to="somebody")) == "z"


def test_headers_choose_among_plans_of_one_number(tmp_path: Path) -> None:
    """All named headers must fit."""
    plans = loaded(
        tmp_path,
        a=f"numbers: ['100']\nheaders: {{X-Campaign: spring-*, X-Lang: de}}\n{AGENT}",
        b=f"numbers: ['100']\n{AGENT}",
    )
    assert chosen(plans, call("100", x_campaign="Spring-7", x_lang="de")) == "a"
    assert chosen(plans, call("100", x_campaign="spring-7")) == "b"
    assert chosen(plans, call("100")) == "b"


@pytest.mark.parametrize(
    ("otherwise", "expected"), [("next", "z"), ("other", "other"), ("480", "a 480"), (None, "a 603")]
)
def test_a_refused_caller_gets_what_the_plan_says(
    tmp_path: Path, otherwise: str | None, expected: str
) -> None:
    """The next plan, a named one, or a status."""
    more = f", otherwise: {otherwise}" if otherwise else ""
    plans = loaded(
        tmp_path,
        a=f"numbers: ['100']\nfrom: {{deny: [anonymous]{more}}}\n{AGENT}",
        other=f"numbers: ['200']\n{AGENT}",
        z=f"numbers: ['*']\n{AGENT}",
    )
    routed = plans.route(call("100", "anonymous"), MONDAY_NOON)
    assert isinstance(routed, Routed)
    status = f" {routed.plan.reject.status}" if routed.plan.reject else ""
    assert routed.plan.name + status == expected
    assert chosen(plans, call("100", "+15559990001")) == "a"


def test_closing_time_names_another_plan(tmp_path: Path) -> None:
    """Whose own numbers and headers are not asked, but its callers and hours are."""
    plans = loaded(
        tmp_path,
        a=f"numbers: ['100']\nhours: {{open: [Mon-Fri 09:00-17:00], closed: b}}\n{AGENT}",
        b=f"headers: {{X: y}}\nfrom: {{deny: ['+1900*'], otherwise: c}}\n{AGENT}",
        c="announce: {say: no}\n",
    )
    assert chosen(plans, call("100"), MONDAY_NOON) == "a"
    assert chosen(plans, call("100"), SUNDAY_NOON) == "b"
    assert chosen(plans, call("100", "+19001234567"), SUNDAY_NOON) == "c"


def test_by_name_next_means_the_usual_refusal(tmp_path: Path) -> None:
    """A plan reached by name has no next one."""
    plans = loaded(
        tmp_path,
        a=f"numbers: ['100']\nhours: {{open: [Mon 09:00-17:00], closed: b}}\n{AGENT}",
        b=f"hours: {{open: [Mon 09:00-17:00], closed: next}}\n{AGENT}",
        z=f"numbers: ['*']\n{AGENT}",
    )
    routed = plans.route(call("100"), SUNDAY_NOON)
    assert isinstance(routed, Routed)
    assert routed.plan.action == Reject(status=480)


def test_why_tells_the_whole_way(tmp_path: Path) -> None:
    """One line for the log."""
    plans = loaded(
        tmp_path,
        a="numbers: ['+155512XXXXX']\ntimezone: Europe/Berlin\n"
        f"hours: {{open: [Mon 09:00-17:00], closed: b}}\n{AGENT}",
        b=AGENT,
    )
    routed = plans.route(call("0015551230001"), SUNDAY_NOON)
    assert isinstance(routed, Routed)
    assert routed.why == (
        "a: pattern +155512XXXXX matches +15551230001; closed at Sun 2026-11-22 13:00 Europe/Berlin -> b, "
        "then b: named by a"
    )


def test_a_menu_follows_a_name(tmp_path: Path) -> None:
    """From where it is, by the rules for names."""
    plans = loaded(
        tmp_path,
        a="numbers: ['100']\nmenu: {prompt: {say: x}, options: {1: b}}\n",
        b=f"hours: {{open: [Mon 09:00-17:00], closed: 480}}\n{AGENT}",
    )
    assert plans.follow("b", "a", call(), MONDAY_NOON).plan.name == "b"
    assert plans.follow("b", "a", call(), SUNDAY_NOON).plan.action == Reject(status=480)


def test_a_region_makes_national_numbers_known(tmp_path: Path) -> None:
    """In plans and in calls."""
    write(tmp_path, a=f"numbers: ['030 1234567']\n{AGENT}")
    plans = load(tmp_path, region="DE")
    assert chosen(plans, call("+49301234567")) == "a"
    assert chosen(plans, call("0301234567")) == "a"
    assert chosen(plans, call("+1301234567")) == "404"


def test_a_snapshot_cannot_be_changed(tmp_path: Path) -> None:
    """A call that holds it is safe."""
    plans = loaded(tmp_path, a=f"numbers: ['100']\n{AGENT}")
    with pytest.raises(dataclasses.FrozenInstanceError):
        plans.plans = {}  # type: ignore[misc]


# --- against the rules, written down once more -----------------------------------------------------------

ENTRIES = st.sampled_from(["*", "100", "+15551230001", "+1555*", "_X.", "_+1X.", "/.*1/", "sip:desk", "_1XX"])
INSTEAD = st.sampled_from(["next", 480, 603])
CALLERS = st.builds(
    Callers,
    allow=st.lists(st.sampled_from(["+1*", "anonymous", "sip:bob"]), max_size=2).map(tuple),
    deny=st.lists(st.sampled_from(["+1900*", "anonymous"]), max_size=1).map(tuple),
    otherwise=INSTEAD,
)
OPEN = st.sampled_from(["Mon-Fri 09:00-17:00", "daily 22:00-06:00", "Sat,Sun 00:00-24:00"])
HOURS = st.none() | st.builds(Hours, open=OPEN.map(lambda text: (text,)), closed=INSTEAD)


@st.composite
def folders(draw: st.DrawFn) -> list[Plan]:
    """Make up plans; some name others for refused callers and closing time, never in a circle."""
    plans = []
    for index in range(draw(st.integers(0, 6))):
        earlier = st.sampled_from([p.name for p in plans]) if plans else INSTEAD
        callers, open_ = draw(CALLERS), draw(HOURS)
        if draw(st.booleans()):
            callers = callers.model_copy(update={"otherwise": draw(earlier)})
        if open_ and draw(st.booleans()):
            open_ = open_.model_copy(update={"closed": draw(earlier)})
        plans.append(
            Plan.model_validate(
                {
                    "name": f"p{index}",
                    "numbers": draw(st.lists(ENTRIES, max_size=3)),
                    "order": draw(st.integers(-1, 1)),
                    "headers": draw(st.sampled_from([{}, {}, {"X-C": "a*"}])),
                    "from": callers,
                    "hours": open_,
                    "agent": {},
                }
            )
        )
    return plans


@st.composite
def calls(draw: st.DrawFn) -> CallInfo:
    """Make up a call."""
    users = st.sampled_from(["100", "+15551230001", "0015551230001", "desk", "123", "account"])
    return CallInfo(
        "c",
        "s",
        Party(draw(st.sampled_from(["+15559990001", "+19001234567", "anonymous", "bob", "eve"]))),
        Party(draw(users)),
        Party(draw(st.just("") | users)),
        headers=draw(st.sampled_from([{}, {"x-c": "abc"}, {"x-c": "z"}])),
    )


MOMENTS = st.integers(0, 7 * 24 * 60).map(lambda m: datetime(2026, 11, 23, tzinfo=UTC) + timedelta(minutes=m))


def by_the_rules(plans: list[Plan], info: CallInfo, now: datetime) -> str:
    """Choose as the documentation says, asking every plan in turn; the result as name or name and status."""
    everyone = {plan.name: plan for plan in plans}
    ordered = sorted(plans, key=lambda plan: (plan.order, plan.name))
    called, to = address(info.called.user), address(info.to.user)
    parties = [called, to] if info.to.user and to != called else [called]
    steps = [(kind, party) for party in parties for kind in (Kind.EXACT, Kind.PATTERN)] + [(Kind.ANY, called)]
    asked: set[str] = set()
    for kind, party in steps:
        for plan in ordered:
            entries = [parse_entry(text) for text in plan.numbers]
            if plan.name in asked or not any(e.kind is kind and e.matches(party) for e in entries):
                continue
            asked.add(plan.name)
            if any(header_test(*header).refusal(info.headers) for header in plan.headers.items()):
                continue
            outcome = arrive(plan, everyone, info, now)
            if outcome != "next":
                return outcome
    return "404"


def arrive(
    plan: Plan, everyone: dict[str, Plan], info: CallInfo, now: datetime, *, named: bool = False
) -> str:
    """Ask callers, then hours; go on to what they name."""
    instead: int | str
    if CallerFilter(plan.from_.allow, plan.from_.deny, None).refusal(address(info.caller.user)):
        instead, usual = plan.from_.otherwise, 603
    elif plan.hours and not hours.schedule(plan.timezone, plan.hours.open, plan.hours.holidays).is_open(now):
        instead, usual = plan.hours.closed, 480
    else:
        return plan.name
    if instead == "next" and not named:
        return "next"
    if isinstance(instead, int) or instead == "next":
        return f"{plan.name} {instead if isinstance(instead, int) else usual}"
    return arrive(everyone[instead], everyone, info, now, named=True)


@given(folders(), calls(), MOMENTS)
def test_the_index_chooses_what_the_rules_choose(plans: list[Plan], info: CallInfo, now: datetime) -> None:
    """For random plans, calls and times."""
    routed = Dialplan({plan.name: plan for plan in plans}).route(info, now)
    got = "404"
    if isinstance(routed, Routed):
        got = routed.plan.name + (f" {routed.plan.reject.status}" if routed.plan.reject else "")
    assert got == by_the_rules(plans, info, now)


def test_plan_may_be_for_the_calls_of_a_trunk(tmp_path: Path) -> None:
    """Others, of another trunk or none, go to the plan asked next."""
    plans = load(
        write(
            tmp_path,
            a="numbers: ['*']\ntrunk: [carrier, other]\nagent: {}\n",
            b="numbers: ['*']\nagent: {}\norder: 1\n",
        )
    )
    assert chosen(plans, replace(call(), trunk="carrier")) == "a"
    assert chosen(plans, replace(call(), trunk="pbx")) == "b"
    assert chosen(plans, call()) == "b"
    why = plans.route(call(), MONDAY_NOON).asked[0].refusal
    assert why == "the call came over no trunk, not carrier or other"
