"""Files of rehearsals: all mistakes at once, at their place."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from gateway.rehearsal.reading import BadRehearsals, json_schema, mistakes, read
from tests.equipment.process import ROOT

GOOD = """
rehearsals:
  hello: {call: 100, steps: [{heard: hello}]}
  bye: {call: 100, steps: [{hang_up: true}]}
"""


def _file(folder: Path, text: str, name: str = "first.yaml") -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / name
    path.write_text(text)
    return path


def test_a_file_beside_the_plans(tmp_path: Path) -> None:
    (bill,) = read(_file(tmp_path / "plans" / "rehearsals", GOOD))
    assert bill.plans == tmp_path / "plans"
    assert [call.title for call in bill.calls] == ["first: hello", "first: bye"]


def test_a_folder_of_plans(tmp_path: Path) -> None:
    _file(tmp_path / "rehearsals", GOOD)
    _file(tmp_path / "rehearsals", GOOD, "second.yml")
    _file(tmp_path, "numbers: [1]", "plan.yaml")
    assert [bill.file.name for bill in read(tmp_path)] == ["first.yaml", "second.yml"]
    _file(tmp_path / "more" / "rehearsals", GOOD, "third.yaml")
    assert {bill.plans for bill in read(tmp_path)} == {tmp_path, tmp_path / "more"}


def test_several_places_at_once(tmp_path: Path) -> None:
    """Each file once, and the mistakes of all of them."""
    first, second = tmp_path / "first", tmp_path / "second"
    file = _file(first / "rehearsals", GOOD)
    _file(second / "rehearsals", GOOD)
    assert [bill.plans.name for bill in read(first, second, file)] == ["first", "second"]
    _file(first / "rehearsals", "rehearsals: [\n", "third.yaml")
    with pytest.raises(BadRehearsals) as told:
        read(first, second / "nowhere", second)
    assert {problem.mark.file.name for problem in told.value.problems} == {"third.yaml", "nowhere"}


@pytest.mark.parametrize(
    ("judge", "key", "cure"),
    [
        ("opnai", "judge", "unknown provider; did you mean 'openai'?"),
        ("{provider: xyz}", "judge.provider", "unknown provider; use one of: mine, openai"),
        ("local", "judge", "the embedded agent understands no sentence; write words, or another provider"),
        ("openai", None, None),
        ("{provider: mine, model: m}", None, None),
        ("words", None, None),
    ],
)
def test_a_judge_that_nobody_knows(tmp_path: Path, judge: str, key: str | None, cure: str | None) -> None:
    """It is told at its place, before anybody rings; one that was configured is known."""
    _file(tmp_path / "rehearsals", f"judge: {judge}{GOOD}")
    found = mistakes(tmp_path, ["local", "openai", "mine"])
    assert [(one.key, one.cure, one.mark.line) for one in found] == ([(key, cure, 1)] if key else [])
    assert mistakes(tmp_path) == ()


def test_all_mistakes_at_their_place(tmp_path: Path) -> None:
    _file(
        tmp_path,
        "model: nowhere.yaml\nrehearsals:\n  a: {call: 1, steps: [{play: no.wav}, {sey: hello}]}\n",
    )
    _file(tmp_path, "rehearsals: {a: {steps: []}}\n", "second.yaml")
    _file(tmp_path, "rehearsals: [\n", "third.yaml")
    with pytest.raises(BadRehearsals) as told:
        read(tmp_path)
    text = str(told.value)
    assert "first.yaml:3:" in text
    assert "write say" in text or "did you mean" in text
    assert "second.yaml:1:" in text
    assert "rehearsals.a.call: missing" in text
    assert "third.yaml:" in text


def test_what_is_not_there(tmp_path: Path) -> None:
    _file(
        tmp_path, "model: nowhere.yaml\nplans: none\nrehearsals:\n  a: {call: 1, steps: [{play: no.wav}]}\n"
    )
    with pytest.raises(BadRehearsals) as told:
        read(tmp_path)
    assert [(problem.key, problem.mark.line) for problem in told.value.problems] == [
        ("model", 1),
        ("plans", 2),
        ("rehearsals.a.steps.0.play", 4),
    ]
    with pytest.raises(BadRehearsals, match="cannot be read"):
        read(tmp_path / "missing.yaml")
    (tmp_path / "empty").mkdir()
    with pytest.raises(BadRehearsals, match="holds no rehearsals"):
        read(tmp_path / "empty")


@pytest.mark.parametrize(
    ("text", "key", "told"),
    [
        ("plans: first.yaml" + GOOD, "plans", "is a file: name the folder"),
        ("plans: ../nowhere" + GOOD, "plans", "there is nothing at this place"),
        ("model: embeded" + GOOD, "model", "write embedded, or the name of a script"),
        ("model: ." + GOOD, "model", "cannot be read"),
        ("model: wrong.yaml" + GOOD, "model", "answers.0.do.0.sya: 'x': unknown key"),
        ("model: first.yaml" + GOOD, "model", "unknown key"),
        ("rehearsals: {a: {call: 1, steps: [{play: .}]}}", "rehearsals.a.steps.0.play", "Is a directory"),
        ("rehearsals: {a: {call: 1, steps: [{play: wrong.yaml}]}}", "rehearsals.a.steps.0.play", "WAV file"),
        ("rehearsals: {'': {call: 1}}", "rehearsals.", "must not be empty"),
        ("rehearsals: {a: {call: 1, expect: {reason: drainin}}}", "rehearsals.a.expect.reason", "'draining'"),
    ],
)
def test_what_could_not_be_rehearsed(tmp_path: Path, text: str, key: str, told: str) -> None:
    """It is told at its place, before anybody rings."""
    _file(tmp_path, "answers: [{do: [{sya: x}]}]", "wrong.yaml")
    with pytest.raises(BadRehearsals) as found:
        read(_file(tmp_path, text))
    (problem,) = found.value.problems
    assert (problem.key, problem.mark.line) == (key, 1)
    assert told in problem.cure


def test_the_embedded_agent_may_stand_in(tmp_path: Path) -> None:
    (bill,) = read(_file(tmp_path, "model: embedded" + GOOD))
    assert bill.script.model == "embedded"


def test_the_shipped_schema_is_that_of_the_model() -> None:
    """Else: gateway schema --rehearsals > dialplans/rehearsal-schema.json."""
    assert json.loads((ROOT / "dialplans/rehearsal-schema.json").read_text()) == json_schema()


def test_shipped_rehearsals_can_be_read_and_name_the_schema() -> None:
    for place in ("dialplans", "docs/recipes"):
        for bill in read(ROOT / place):
            hint, _, path = bill.file.read_text().splitlines()[0].partition("=")
            assert hint == "# yaml-language-server: $schema"
            assert (bill.file.parent / path).resolve() == ROOT / "dialplans/rehearsal-schema.json"


def test_mistakes_beside_plans(tmp_path: Path) -> None:
    """What `gateway check` tells of them."""
    assert mistakes(tmp_path) == ()
    _file(tmp_path / "rehearsals", GOOD)
    assert mistakes(tmp_path) == ()
    _file(tmp_path / "rehearsals", "rehearsals: {a: {}}", "second.yaml")
    (problem,) = mistakes(tmp_path)
    assert problem.key == "rehearsals.a.call"


def test_plans_and_targets_that_are_not_there(tmp_path: Path) -> None:
    """Named beside those that are; nothing is said where the plans themselves cannot be read."""
    _file(
        tmp_path,
        "numbers: ['100']\nagent: {}\ntargets: {sales: {to: 'sip:2@pbx.example.com'}}\n",
        "front.yaml",
    )
    text = (
        "targets: {sale: busy}\nrehearsals:\n"
        "  a: {call: 100, expect: {plans: [front, frond], transferred_to: support}}\n"
    )
    _file(tmp_path / "rehearsals", text)
    assert [(problem.key, problem.cure) for problem in mistakes(tmp_path)] == [
        ("targets.sale", "did you mean 'sales'?"),
        ("rehearsals.a.expect.plans", "did you mean 'front'?"),
        ("rehearsals.a.expect.transferred_to", "use one of: sales"),
    ]
    _file(tmp_path, "numbres: []\n", "front.yaml")
    assert mistakes(tmp_path) == ()


def test_the_plan_by_which_the_gateway_calls(tmp_path: Path) -> None:
    """It has to be there, with these variables."""
    _file(tmp_path, "agent: {}\noutbound: {}\nvariables: {name: you}\n", "reminder.yaml")
    text = (
        "rehearsals:\n"
        "  a: {call: {to: 1, plan: remindr}}\n"
        "  b: {call: {to: 1, plan: reminder, variables: {nam: Ann}}}\n"
        "  c: {call: {to: 1, plan: reminder, variables: {name: Ann}}}\n"
    )
    _file(tmp_path / "rehearsals", text)
    assert [(problem.key, problem.cure) for problem in mistakes(tmp_path)] == [
        ("rehearsals.a.call.plan", "did you mean 'reminder'?"),
        ("rehearsals.b.call.variables.nam", "did you mean 'name'?"),
    ]
