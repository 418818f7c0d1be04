"""Mistakes are told with their place, key, value and cure."""

from __future__ import annotations

from pathlib import Path

from gateway.dialplan.problems import BadDialplan, Mark, Problem, did_you_mean
from gateway.errors import BadInput

HERE = Mark(Path("a.yaml"), 3, 5)


def test_a_problem_reads_as_a_compiler_would_say_it() -> None:
    """file:line:column: key: value: cure."""
    assert str(Problem(HERE, "agent.voice", "marinn", "no")) == "a.yaml:3:5: agent.voice: 'marinn': no"


def test_a_problem_of_a_whole_file_has_no_line() -> None:
    """What is not there is not printed."""
    assert str(Problem(Mark(Path("a.yaml")), "", None, "empty")) == "a.yaml: empty"


def test_a_warning_says_so() -> None:
    """Warnings and errors stand in one list."""
    assert str(Problem(HERE, "k", None, "hm", warning=True)) == "a.yaml:3:5: warning: k: hm"


def test_a_long_value_is_cut() -> None:
    """A page of instructions does not bury the message."""
    assert len(str(Problem(HERE, "k", "x" * 5000, "too long"))) < 120


def test_bad_dialplan_tells_everything_in_the_order_of_lines() -> None:
    """One exception, every mistake, and it is bad input like any other."""
    error = BadDialplan([Problem(Mark(Path("b.yaml"), 1, 1), "y", 1, "two"), Problem(HERE, "x", 2, "one")])
    assert str(error) == "a.yaml:3:5: x: 2: one\nb.yaml:1:1: y: 1: two"
    assert isinstance(error, BadInput)
    assert (error.where, error.key, error.value) == ("a.yaml:3:5", "x", 2)


def test_bad_dialplan_leads_with_an_error_not_with_a_warning() -> None:
    """What must be mended comes before what might."""
    warning = Problem(Mark(Path("a.yaml"), 1, 1), "w", None, "hm", warning=True)
    assert BadDialplan([warning, Problem(HERE, "x", 2, "one")]).key == "x"


def test_the_nearest_name_is_offered() -> None:
    """One good guess, else the whole choice."""
    assert did_you_mean("opnai", ["openai", "local"]) == "did you mean 'openai'?"
    assert did_you_mean("zzz", ["openai", "local"]) == "use one of: local, openai"
    assert did_you_mean("zzz", []) == "there is none to choose from"
