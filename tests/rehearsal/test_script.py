"""The words of a file, as they are understood."""

from __future__ import annotations

from datetime import timedelta

import pytest
from pydantic import ValidationError

from gateway.rehearsal.script import ModelThatJudges, Rehearsal, RehearsalFile, RehearsalStep


def test_the_short_forms() -> None:
    one = Rehearsal.model_validate(
        {
            "call": 100,
            "steps": [
                {"heard": "hello"},
                {"say": 42, "interrupt": "800ms", "heard": ["nine", "five"], "within": "1s"},
                {"press": 1},
                {"hang_up": True},
            ],
            "expect": {"tools": ["price", {"name": "order", "arguments": {"item": "tea"}}], "plans": "front"},
        }
    )
    assert one.call.to == "100"
    assert [step.does for step in one.steps] == ["listen", "say", "press", "hang_up"]
    assert one.steps[1].interrupt is not None
    assert one.steps[1].interrupt.after == timedelta(milliseconds=800)
    assert [tool.name for tool in one.expect.tools] == ["price", "order"]
    assert one.expect.plans == ("front",)


def test_who_rings_when() -> None:
    eve = "2026-12-24 18:00 Europe/Berlin"
    told = {
        "to": "+4930",
        "from": 555,
        "headers": {"X-Campaign": "radio"},
        "at": eve,
    }
    ringing = Rehearsal.model_validate({"call": told}).call
    assert (ringing.caller, ringing.at) == ("555", eve)
    assert ringing.headers == {"X-Campaign": "radio"}


def test_the_gateway_calls() -> None:
    """By a plan with its variables; it is not rung then."""
    told = {"to": 100, "plan": "reminder", "variables": {"name": "Ann", "room": 12}}
    call = Rehearsal.model_validate({"call": told}).call
    assert (call.plan, call.variables) == ("reminder", {"name": "Ann", "room": "12"})
    for wrong, cure in (
        ({"to": 100, "variables": {"name": "Ann"}}, "write plan: NAME, too"),
        ({"to": 100, "plan": "reminder", "from": 200}, "the gateway calls"),
    ):
        with pytest.raises(ValidationError, match=cure):
            Rehearsal.model_validate({"call": wrong})


@pytest.mark.parametrize(
    ("step", "cure"),
    [
        ({}, "write what the caller does"),
        ({"say": "a", "press": "1"}, "make two of say and press"),
        ({"press": "1x"}, "keys of a telephone"),
        ({"say": "a", "heard": "/(/"}, "not a regular expression"),
        ({"say": "a", "heard": "..."}, "write words"),
        ({"say": "a", "interrupt": {}}, "one of after and word"),
        ({"wait": 3}, "duration with its unit"),
        ({"press": "1", "noise": 10}, "noise and speed are of words"),
        ({"play": "a.wav", "voice": "man"}, "voice and accent are of words"),
        ({"say": "a", "voice": "heart", "accent": "british"}, "has one accent"),
        ({"say": "a", "accent": "martian"}, "scottish"),
        ({"press": "1", "beep": True}, "a beep comes after words"),
        ({"hang_up": False}, "True"),
        ({"judged": " "}, "write a sentence"),
        ({"say": " ... "}, "write words, which can be spoken"),
        ({"wait": "99999d"}, "write 10m or less"),
        ({"hold": "11m"}, "write 10m or less"),
        ({"say": "a", "interrupt": "1h"}, "write 10m or less"),
        ({"heard": "a", "within": "1h"}, "write 10m or less"),
    ],
)
def test_mistakes(step: dict[str, object], cure: str) -> None:
    with pytest.raises(ValidationError, match=cure):
        RehearsalStep.model_validate(step)


@pytest.mark.parametrize(
    ("wrong", "cure"),
    [
        ({"call": "x\r\nVia: y"}, "write a number, or the name in front of the @"),
        ({"call": "sip:100@host"}, "write a number, or the name in front of the @"),
        ({"call": "\0"}, "write a number, or the name in front of the @"),
        ({"call": {"to": "100", "from": '1"<sip:x@y>'}}, "write a number, or the name in front of the @"),
        ({"call": {"to": "100", "headers": {"Content-Length": "3"}}}, "the phone writes this header itself"),
        ({"call": {"to": "100", "headers": {"via": "x"}}}, "the phone writes this header itself"),
        ({"call": {"to": "100", "headers": {"X A": "x"}}}, "not the name of a SIP header"),
        ({"call": "100", "steps": [{"hang_up": True}, {"say": "a"}]}, "hung up in step 1: remove"),
        ({"call": "100", "expect": {"reason": "bored"}}, "caller_hung_up"),
        ({"call": "100", "expect": {"reason": ["busy", "bored"]}}, "caller_hung_up"),
    ],
)
def test_mistakes_of_a_call(wrong: dict[str, object], cure: str) -> None:
    """Nothing is rung that would not be the call that was written."""
    with pytest.raises(ValidationError, match=cure):
        Rehearsal.model_validate(wrong)


def test_a_day_that_is_none() -> None:
    with pytest.raises(ValidationError, match="write a day and a time"):
        Rehearsal.model_validate({"call": {"to": "1", "at": "tomorrow"}})


@pytest.mark.parametrize(
    ("given", "judge"),
    [
        (None, None),
        ("words", "words"),
        ("openai", "openai None"),
        ({"provider": "azure", "model": "m"}, "azure m"),
    ],
)
def test_who_judges(given: object, judge: str | None) -> None:
    file = RehearsalFile.model_validate({"rehearsals": {"a": {"call": "1"}}, "judge": given})
    told = file.judge
    assert (f"{told.provider} {told.model}" if isinstance(told, ModelThatJudges) else told) == judge


def test_what_targets_do() -> None:
    told = {
        "rehearsals": {"a": {"call": "1", "expect": {"transferred_to": "sales"}}},
        "targets": {"sales": "busy"},
    }
    file = RehearsalFile.model_validate(told)
    assert file.targets == {"sales": "busy"}
    assert file.rehearsals["a"].expect.transferred_to == ("sales",)
    with pytest.raises(ValidationError, match="answers"):
        RehearsalFile.model_validate(told | {"targets": {"sales": "asleep"}})


def test_names_of_the_environment() -> None:
    told = {"rehearsals": {"a": {"call": "1"}}, "environment": {"A B": "c"}}
    with pytest.raises(ValidationError, match="CRM_TOKEN"):
        RehearsalFile.model_validate(told)
