from __future__ import annotations

import math
from pathlib import Path

import pytest

from gateway.errors import BadInput
from gateway.local.engines.script import (
    AnswerStep,
    Fault,
    Refuse,
    Script,
    ScriptedAnswer,
    SessionFaults,
    read_script,
)

PARTS = (Script, Refuse, SessionFaults, Fault, ScriptedAnswer, AnswerStep)


def write(folder: Path, text: str) -> Path:
    """Write a script; give its file."""
    file = folder / "script.yaml"
    file.write_text(text)
    return file


@pytest.mark.parametrize(
    ("text", "where"),
    [
        ("answers: [{do: [{sing: true}]}]", "answers.0.do.0.sing"),
        ("answers: []", "answers"),
        ("answers: [{do: [{tone: 440, wait_ms: 300}]}]", "answers.0.do.0"),
        ("answers: [{do: [{ms: 300}]}]", "answers.0.do.0"),
        ("answers: [{do: [{tone: 440, pace: 0}]}]", "answers.0.do.0.pace"),
        ("answers: [{when: '(', do: []}]", "answers.0.when"),
        ("answers: [{do: [{drop: 1005}]}]", "answers.0.do.0.drop"),
        ("answers: [{do: [{end: soon}]}]", "answers.0.do.0.end"),
        ("answers: [{do: [{text: Hi., beside: 880}]}]", "answers.0.do.0"),
        ("answers: [{do: [{tone: 440, beside: 880, pace: 3}]}]", "answers.0.do.0"),
        ("connect: {refuse: {status: 200}}", "connect.refuse.status"),
        ("connect: {refuse: {status: 499}}", "connect.refuse.status"),
        ("connect: {refuse: {times: 0}}", "connect.refuse.times"),
        ("connect: {refuse: {times: often}}", "connect.refuse.times"),
        ("session: {drop_code: 999}", "session.drop_code"),
        ("session: {drop_after_s: [8, 1]}", "session.drop_after_s"),
        ("session: {drop_after_s: soon}", "session.drop_after_s"),
        ("session: {expire_after_s: .inf}", "session.expire_after_s"),
        ("session: {faults: [{after_s: 1}]}", "session.faults.0"),
        ("session: {faults: [{mute: true}]}", "session.faults.0.after_s"),
        ("session: {faults: [{after_s: 1, stall: false}]}", "session.faults.0.stall"),
        ("session: {faults: [{after_s: 1, swallow: 1, fail: x}]}", "session.faults.0"),
        ("session: {colour: red}", "session.colour"),
        ("models: {a: {seed: 1}}", "models.a.seed"),
        ("per: caller", "per"),
        ("answers: [", "syntax"),
        ("just words", "script"),
    ],
)
def test_mistakes_are_named(tmp_path: Path, text: str, where: str) -> None:
    """A script with a mistake is refused with its place."""
    with pytest.raises(BadInput) as caught:
        read_script(write(tmp_path, text))
    assert caught.value.key == where


def test_mistakes_are_explained(tmp_path: Path) -> None:
    """In words that name the cure."""
    with pytest.raises(BadInput, match=r"give seconds, or a range from which they are drawn: \[1, 8\]"):
        read_script(write(tmp_path, "session: {drop_after_s: [8, 1]}"))


def test_no_file(tmp_path: Path) -> None:
    """A file that is not there is refused; an empty one plays a tone."""
    with pytest.raises(BadInput):
        read_script(tmp_path / "nothing.yaml")
    assert read_script(write(tmp_path, "")).answers[0].do[0].tone == 440


def test_moments_and_lengths(tmp_path: Path) -> None:
    """A moment is a number or a range; a length may be for good, a number of times always."""
    script = read_script(
        write(
            tmp_path,
            """
connect: {refuse: {times: always}}
session: {drop_after_s: [1, 8], expire_after_s: 60, faults: [{after_s: 0, stall: true}]}
""",
        )
    )
    assert script.connect.refuse is not None
    assert script.connect.refuse.times == math.inf
    assert (script.session.drop_after_s, script.session.expire_after_s) == ((1, 8), (60, 60))
    assert script.session.faults[0].stall == math.inf


def test_models_differ(tmp_path: Path) -> None:
    """A model's part is laid over the script's own, key by key; the first pattern that fits counts."""
    script = read_script(
        write(
            tmp_path,
            """
hears: [Hello.]
answers: [{do: [{tone: 500}]}]
models:
  low-1: {per: call}
  low-*: {answers: [{do: [{tone: 300}]}]}
""",
        )
    )
    assert script.course("other").answers == script.answers
    assert script.course("low-1").per == "call"
    assert script.course("low-1").answers == script.answers
    assert script.course("low-2").answers[0].do[0].tone == 300
    assert script.course("low-2").hears == ["Hello."]


def test_the_guide_is_true(tmp_path: Path) -> None:
    """Every example in docs/script.md is a script, and every key there is is explained in it."""
    guide = (Path(__file__).parents[3] / "docs" / "script.md").read_text(encoding="utf-8")
    examples = [part.split("```")[0] for part in guide.split("```yaml\n")[1:]]
    assert examples
    for example in examples:
        read_script(write(tmp_path, example))
    keys = {name for part in PARTS for name in part.model_fields}
    assert {key for key in keys if f"`{key}`" not in guide} == set()
