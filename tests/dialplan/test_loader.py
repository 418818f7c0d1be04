"""A folder is loaded whole or not at all."""

from __future__ import annotations

from pathlib import Path

import pytest

from gateway.dialplan import BadDialplan, load
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


def test_a_warning_does_not(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A plan is checked on machines that have no secrets."""
    monkeypatch.delenv("NO_SUCH_KEY", raising=False)
    report = checked(tmp_path, a="numbers: ['1']\nagent: {api_key: '${NO_SUCH_KEY}'}\n")
    assert report.dialplan is not None
    assert report.errors == ()
    (problem,) = report.problems
    missing = "the environment variable NO_SUCH_KEY is not set; calls of this plan need it"
    assert str(problem).endswith(f": warning: agent.api_key: '${{NO_SUCH_KEY}}': {missing}")


def test_an_empty_folder_loads(tmp_path: Path) -> None:
    """Every call is refused then."""
    assert load(tmp_path).plans == {}
