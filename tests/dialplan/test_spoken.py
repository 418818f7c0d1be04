"""The texts that the gateway itself will speak."""

from __future__ import annotations

from pathlib import Path

from gateway.dialplan.model import SORRY, Limits, OnFailure
from gateway.dialplan.spoken import texts
from tests.dialplan.folder import loaded

HOLD, UNANSWERED, NOTICE = OnFailure().hold, OnFailure().unanswered, Limits().notice


def test_an_agent_has_four(tmp_path: Path) -> None:
    """In a long wait, without an answer, at a limit, at the end of hope; its greeting is the model's."""
    plan = "numbers: ['1']\nagent: {}\nanswer: {greeting: Hello.}\n"
    assert texts(loaded(tmp_path, a=plan)) == (HOLD, UNANSWERED, NOTICE, SORRY)


def test_each_text_is_told_once(tmp_path: Path) -> None:
    """Plans that say nothing about it share theirs; those asked first come first."""
    plans = {
        "a": "numbers: ['1']\norder: 2\nagent: {}\non_failure: {say: Bye.}\n",
        "b": "numbers: ['2']\nagent: {}\n",
    }
    assert texts(loaded(tmp_path, **plans)) == (HOLD, UNANSWERED, NOTICE, SORRY, "Bye.")


def test_menus_are_told_with_all_that_is_in_them(tmp_path: Path) -> None:
    """Prompts, wrong keys, and actions in place, however deep."""
    menu = """
numbers: ['1']
menu:
  prompt: {say: Press 1 or 2.}
  invalid: {say: No.}
  options:
    1: {announce: {say: One.}}
    2: {menu: {prompt: {say: Press 1.}, options: {1: {agent: {}}}, otherwise: b}}
    3: b
"""
    assert texts(loaded(tmp_path, a=menu, b="announce: {say: Bee.}\n")) == (
        HOLD,
        UNANSWERED,
        "Press 1 or 2.",
        "No.",
        "One.",
        "Press 1.",
        NOTICE,
        SORRY,
        "Bee.",
    )


def test_who_speaks_to_nobody_has_none(tmp_path: Path) -> None:
    """Refusals, redirections, templates, and plans that say so."""
    plans = {
        "a": "numbers: ['1']\nreject: {}\n",
        "b": "numbers: ['2']\nredirect: {to: 'sip:b@example.com'}\n",
        "c": "template: true\nannounce: {say: C}\n",
        "e": "numbers: ['4']\nextends: c\nreject: {}\n",
        "d": "numbers: ['3']\nagent: {}\nlimits: {notice: null}\n"
        "on_failure: {say: null, hold: null, unanswered: null}\n",
    }
    assert texts(loaded(tmp_path, **plans)) == ()


def test_only_what_is_known_before_the_call_is_told(tmp_path: Path) -> None:
    """The plan's own variables are; who calls is not."""
    plan = """
numbers: ['1']
variables: {company: Acme}
announce: {say: 'This is {company}, not {{company}}.'}
on_failure: {say: 'Sorry, {caller.number}.'}
"""
    assert texts(loaded(tmp_path, a=plan)) == ("This is Acme, not {company}.",)
