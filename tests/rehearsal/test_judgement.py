"""Expectations against what happened, by hand-made calls."""

from __future__ import annotations

from typing import Any

import pytest

from gateway.ear.measurement import EarReport
from gateway.ear.turns import Exchange, ExchangeKind
from gateway.rehearsal.deeds import CalledFunction, Deeds, TriedTransfer
from gateway.rehearsal.judgement import Judgement, claims, judge
from gateway.rehearsal.opinion import Opinion
from gateway.rehearsal.performance import Performance
from tests.rehearsal.made_calls import agent, call, caller, rehearsal

HOURS = [{"heard": "help"}, {"say": "When do you open?", "heard": ["nine", "/f(ive|our)/"], "within": "1s"}]
ASKED = call(
    agent(0.1, 2.0, "How can I help you?"),
    caller(2.8, 4.0, "When do you open?"),
    agent(4.6, 7.0, "We open at 9 and close at 5."),
    steps=((2.8, 2.8), (2.8, 4.0)),
)


def _failed(verdicts: list[Judgement]) -> list[tuple[str, str]]:
    return [(one.expected, one.happened) for one in verdicts if not one.held]


def test_all_as_expected() -> None:
    greeted = rehearsal(steps=[{"heard": "help"}, HOURS[1]])
    asked = call(*ASKED.spoken, steps=((0.0, 0.0), (2.8, 4.0)))
    verdicts = judge(greeted, asked)
    assert _failed(verdicts) == [("heard /f(ive|our)/", "heard: 'We open at 9 and close at 5.'")]
    assert [one.step for one in verdicts] == [0, 1, 1, 1]


def test_each_step_has_its_own_answer() -> None:
    steps = [{"heard": "nine"}, {"say": "When?", "not_heard": "help"}]
    verdicts = judge(rehearsal(steps=steps), call(*ASKED.spoken, steps=((0.0, 0.0), (2.8, 4.0))))
    assert _failed(verdicts) == [("heard 'nine'", "heard: 'How can I help you?'")]


@pytest.mark.parametrize(("within", "held"), [("700ms", True), ("500ms", False)])
def test_how_soon(within: str, held: bool) -> None:
    steps = [{"say": "When?", "within": within}]
    (one,) = judge(rehearsal(steps=steps), call(*ASKED.spoken, steps=((2.8, 4.0),)))
    assert (one.held, one.happened) == (held, "after 0.60 s")


def test_an_agent_that_says_nothing() -> None:
    silent = call(caller(1, 2, "Hello?"), steps=((1, 2),))
    steps = [{"say": "Hello?", "heard": "hello", "like": "How can I help?", "within": "1s"}]
    assert _failed(judge(rehearsal(steps=steps), silent)) == [
        ("heard 'hello'", "heard nothing"),
        ("heard something like 'How can I help?'", "heard nothing"),
        ("the agent begins within 1s", "it said nothing"),
    ]


def test_a_call_that_ends_before_its_steps() -> None:
    verdicts = judge(rehearsal(steps=HOURS), call(steps=((0, 0),)))
    assert ("step 2 is come to", "the call was over before") in _failed(verdicts)


def test_a_call_that_is_refused() -> None:
    refused = call(answered=False, status=486, seconds=0.0)
    assert _failed(judge(rehearsal(steps=HOURS), refused))[0] == ("the call is answered", "refused with 486")
    assert _failed(judge(rehearsal(expect={"status": 486}), refused)) == []
    assert _failed(judge(rehearsal(expect={"status": 503}), refused)) == [("refused with 503", "it was 486")]


DONE = Deeds(
    ("front", "sales"), (CalledFunction("price", {"item": "Tea", "n": 2}),), "agent_hung_up", 200, 0.02
)


@pytest.mark.parametrize(
    "expect",
    [
        {"ended_by": "agent"},
        {"reason": ["agent_hung_up", "plan_finished"]},
        {"plans": "front"},
        {"plans": ["front", "sales"]},
        {"tools": ["price"]},
        {"tools": [{"name": "price", "arguments": {"item": "tea"}}]},
        {"tools": [{"name": "price", "arguments": {"item": "/^t/", "n": 2}}]},
        {"cost_below": 0.03},
        {"not_heard": "sorry"},
    ],
)
def test_what_was_done_as_expected(expect: dict[str, Any]) -> None:
    verdicts = judge(rehearsal(expect=expect), call(agent(0, 1, "Hello"), deeds=DONE))
    assert verdicts
    assert _failed(verdicts) == []


@pytest.mark.parametrize(
    ("expect", "happened"),
    [
        ({"ended_by": "caller"}, "by the agent: agent_hung_up"),
        ({"reason": "max_cost"}, "as agent_hung_up"),
        ({"plans": ["front"]}, None),
        ({"plans": ["sales"]}, "to front > sales"),
        ({"plans": ["front", "sales", "bye"]}, "to front > sales"),
        ({"tools": ["order"]}, "price(item='Tea', n=2)"),
        ({"tools": ["price", "price"]}, "price(item='Tea', n=2)"),
        ({"tools": [{"name": "price", "arguments": {"n": 3}}]}, "price(item='Tea', n=2)"),
        ({"cost_below": 0.02}, "0.0200 USD"),
        ({"not_heard": "hello"}, "heard: 'Hello'"),
    ],
)
def test_what_was_done_otherwise(expect: dict[str, Any], happened: str | None) -> None:
    failed = _failed(judge(rehearsal(expect=expect), call(agent(0, 1, "Hello"), deeds=DONE)))
    assert [told for _, told in failed] == ([happened] if happened else [])


def test_a_gateway_that_was_only_rung() -> None:
    failed = _failed(judge(rehearsal(expect={"plans": "front"}), call()))
    assert failed == [("what the gateway does is seen", "it was only rung: its log is not at hand")]


def _heard(*exchanges: Exchange) -> Performance:
    return call(ear=EarReport(20.0, (), (), exchanges, (), None, None, ()))


@pytest.mark.parametrize(
    ("expect", "kind"),
    [
        ({"dead_air": "2s"}, ExchangeKind.DEAD_AIR),
        ({"dead_air": "2s"}, ExchangeKind.ANSWER),
        ({"talk_over": "2s"}, ExchangeKind.TALK_OVER),
        ({"talk_over": "2s"}, ExchangeKind.BREAK_IN),
    ],
)
def test_what_it_sounds_like(expect: dict[str, Any], kind: ExchangeKind) -> None:
    for seconds, count in ((1.9, 0), (2.1, 1)):
        verdicts = judge(rehearsal(expect=expect), _heard(Exchange(kind, 1.0, seconds)))
        assert [one.happened for one in verdicts if not one.held] == ["2.10 s at most"] * count
    assert _failed(judge(rehearsal(expect=expect), call()))[0][1] == "there was no sound"


def test_sentences_are_judged_with_what_was_said() -> None:
    """Of each step its answer, of the whole call both sides; by words alone where nobody has judged them."""
    judged = rehearsal(
        steps=[{"heard": "help"}, {"say": "When?", "judged": "It tells when they open."}],
        expect={"judged": ["The caller asks when they open."]},
    )
    asked = call(*ASKED.spoken, steps=((0.0, 0.0), (2.8, 4.0)))
    told = claims(judged, asked)
    assert told[1, "It tells when they open."] == "We open at 9 and close at 5."
    assert told[None, "The caller asks when they open."].startswith(
        "agent: How can I help you?\ncaller: When"
    )
    assert _failed(judge(judged, asked)) == []
    opinions = {claim: Opinion(False, "It does not.", "by m1") for claim in told}
    (one, whole) = _failed(judge(judged, asked, opinions))
    assert one == (
        "judged by m1: It tells when they open.",
        "It does not.; heard: 'We open at 9 and close at 5.'",
    )
    assert whole == ("judged by m1: The caller asks when they open.", "It does not.")


@pytest.mark.parametrize(
    ("tried", "wanted", "failed"),
    [
        ([("sales", "bridge", "transferred")], "sales", []),
        ([("sales", "bridge", "busy"), ("support", "bridge", "transferred")], "support", []),
        ([("sales", "blind", "refused")], "sales", []),
        ([("sales", "bridge", "refused")], "sales", [("put through to sales", "to sales: refused")]),
        ([("sales", "bridge", "")], "sales", [("put through to sales", "to sales: not over")]),
        ([], "sales", [("put through to sales", "to nobody")]),
    ],
)
def test_transfers(tried: list[tuple[str, str, str]], wanted: str, failed: list[tuple[str, str]]) -> None:
    """A phone that rehearses takes no REFER: to have been asked to is enough."""
    deeds = Deeds(("front",), transfers=tuple(TriedTransfer(*one) for one in tried))
    expected = rehearsal(expect={"transferred_to": wanted})
    assert _failed(judge(expected, call(agent(1, 2, "One moment."), deeds=deeds))) == failed


def test_what_is_said_while_the_caller_waits_is_heard() -> None:
    steps = [{"wait": "10s", "heard": "still there"}]
    waited = call(agent(5, 6, "Are you still there?"), steps=((1.0, 11.0),))
    assert _failed(judge(rehearsal(steps=steps), waited)) == []
