"""A folder is loaded whole or not at all."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gateway.dialplan import BadDialplan, load
from gateway.dialplan.model import Agent, Answer, Callers, Hours, Limits, LookUp, Menu, Plan, Prompt
from tests.dialplan.folder import checked, write

AGENT = "agent: {}\n"


def test_templates_and_defaults_answer_no_calls(tmp_path: Path) -> None:
    """They are in the plans that extend them."""
    write(
        tmp_path,
        defaults="limits: {max_calls: 3}\n",
        t=f"template: true\n{AGENT}",
        a="numbers: ['1']\nextends: t\n",
    )
    plans = load(tmp_path).plans
    assert list(plans) == ["a"]
    assert plans["a"].limits.max_calls == 3


def test_one_mistake_keeps_all_plans_out(tmp_path: Path) -> None:
    """Half a dialplan would be a surprise."""
    write(tmp_path, a=f"numbers: ['1']\n{AGENT}", b=f"numbers: ['2']\nlimit: x\n{AGENT}")
    with pytest.raises(
        BadDialplan, match=r"b\.yaml:2:1: limit: unknown key; did you mean 'limits'\?"
    ) as caught:
        load(tmp_path)
    assert len(caught.value.problems) == 1


def test_a_missing_secret_does_not(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A plan is checked on machines that have no secrets."""
    monkeypatch.delenv("NO_SUCH_KEY", raising=False)
    report = checked(tmp_path, a="numbers: ['1']\nagent: {api_key: '${NO_SUCH_KEY}'}\n")
    assert report.dialplan is not None
    assert report.errors == ()
    (problem,) = report.problems
    missing = "the environment variable NO_SUCH_KEY is not set; calls of this plan need it"
    assert str(problem).endswith(f": agent.api_key: '${{NO_SUCH_KEY}}': {missing}")


def test_an_empty_folder_loads(tmp_path: Path) -> None:
    """Every call is refused then."""
    assert load(tmp_path).plans == {}


# --- broken files -----------------------------------------------------------------------------------------

ROOT = Path(__file__).parent.parent.parent
RECEPTION = (ROOT / "docs/recipes/every-key/reception.yaml").read_text(encoding="utf-8")
PIECES = [
    "",
    "x",
    "[",
    "]",
    "{",
    "}",
    ":",
    "- ",
    "null",
    "5",
    "true",
    "*",
    "&a ",
    "*a",
    "'",
    '"',
    "\n",
    "  ",
    "#",
    "!!int ",
]


@given(
    st.lists(
        st.tuples(st.integers(0, len(RECEPTION)), st.integers(0, 30), st.sampled_from(PIECES)), max_size=4
    )
)
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_a_damaged_file_is_loaded_or_refused_in_words(
    tmp_path: Path, damage: list[tuple[int, int, str]]
) -> None:
    """Whatever is cut out of a plan or put into it: problems, never another exception."""
    text = RECEPTION
    for at, length, piece in damage:
        text = text[:at] + piece + text[at + length :]
    report = checked(tmp_path, reception=text, default="numbers: ['*']\nagent: {}\n")
    assert (report.dialplan is None) is bool(report.errors)
    assert all(str(problem) for problem in report.problems)


MODELS = (Plan, Agent, Answer, Limits, Callers, Hours, LookUp, Menu, Prompt)
KEYS = st.sampled_from(sorted({"1", "#"} | {f.alias or n for m in MODELS for n, f in m.model_fields.items()}))
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8) | KEYS, inner, max_size=3)
    ),
    max_leaves=6,
)


@given(st.dictionaries(KEYS, VALUES, max_size=6), st.dictionaries(KEYS, VALUES, max_size=6))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_values_under_any_keys_are_loaded_or_refused_in_words(
    tmp_path: Path, plan: dict[str, object], defaults: dict[str, object]
) -> None:
    """A text where a mapping belongs, a list where a text does, in a plan or in what it inherits."""
    report = checked(tmp_path, a=json.dumps(plan), defaults=json.dumps(defaults))
    assert (report.dialplan is None) is bool(report.errors)
    assert all(str(problem) for problem in report.problems)
