"""The texts that the gateway itself will speak."""

from __future__ import annotations

from pathlib import Path

from gateway.dialplan.model import SORRY, Limits, OnFailure
from gateway.dialplan.snapshot import Dialplan
from gateway.dialplan.spoken import (
    DEFAULT_WORDS,
    hosted,
    language,
    needs_embedded_voice,
    spoken_text,
    told,
)
from gateway.dialplan.spoken import texts as spoken_texts
from tests.dialplan.folder import loaded

HOLD, UNANSWERED, NOTICE = OnFailure().hold, OnFailure().unanswered, Limits().notice


def texts(plans: Dialplan) -> tuple[str, ...]:
    """Return the words alone."""
    return tuple(one.text for one in spoken_texts(plans))


def test_the_words_of_every_plan_are_recorded(tmp_path: Path) -> None:
    """Nobody has to speak them, so a plan that says nothing needs no voice."""
    plans = loaded(tmp_path, a="numbers: ['1']\nagent: {provider: openai}\n")
    assert {text for _, text in told(plans.plans["a"])} == DEFAULT_WORDS
    assert {HOLD, UNANSWERED, NOTICE, SORRY} == DEFAULT_WORDS
    assert texts(plans) == ()
    assert not needs_embedded_voice(plans)


def test_the_first_caller_of_the_embedded_agent_waits_no_longer_than_others(tmp_path: Path) -> None:
    """What it always says first is spoken before anybody calls; not what depends on the call."""
    plans = loaded(
        tmp_path,
        a="numbers: ['1']\nvariables: {shop: Acme}\nanswer: {greeting: 'Welcome to {shop}.'}\nagent: {}\n",
        b="numbers: ['2']\nanswer: {greeting: 'Hello {caller.number}.'}\nagent: {}\n",
        c="numbers: ['3']\nanswer: {greeting: 'Good day.'}\nagent: {provider: openai}\n",
    )
    assert texts(plans) == ("Welcome to Acme.",)
    assert not needs_embedded_voice(plans)


def test_a_text_is_told_from_others_by_words_and_voice(tmp_path: Path) -> None:
    """Whatever else the agents of two plans have that speak it."""
    agent = "agent: {provider: openai, voice: cedar, extras: {a: {b: 1}}}\nlanguage: de\n"
    plans = loaded(
        tmp_path, a=f"numbers: ['1']\n{agent}", b=f"numbers: ['2']\n{agent.replace('b: 1', 'b: 2')}"
    )
    one, same = (spoken_text(plan, "Hallo.") for plan in plans.plans.values())
    other = spoken_text(plans.plans["a"], "Guten Tag.")
    assert len({one, same, other}) == 2
    assert one == same != other


GERMAN = "Wir k\u00f6nnen Ihren Anruf leider nicht annehmen."


def test_english_is_spoken_by_the_embedded_voice_all_else_by_the_agents_provider(tmp_path: Path) -> None:
    """The language is the plan's, its callers', or that of the words."""
    agent = "numbers: ['1']\nagent: {provider: openai, voice: cedar, fallback: [{provider: local}]}\n"
    for more, text, spoken in (
        ("", "We are closed.", "en"),
        ("", GERMAN, "de"),
        ("language: en\n", GERMAN, "en"),
        ("language: nl\n", "Hallo.", "nl"),
        ("language: en-GB\n", "Hallo.", "en-GB"),
    ):
        plans = loaded(tmp_path, a=f"{agent}{more}on_failure: {{say: '{text}'}}\n")
        plan = plans.plans["a"]
        found = spoken_text(plan, text)
        assert found is not None
        assert language(plan, text) == spoken
        assert [stage.voice for stage in found.speakers] == ([] if spoken.startswith("en") else ["cedar"])
        assert needs_embedded_voice(plans) is not bool(found.speakers)
        assert [stage.provider for stage in hosted(plan)] == ["openai"]
    assert spoken_text(plan, None) is None


def test_callers_language_is_that_of_the_transcription(tmp_path: Path) -> None:
    """Also behind a menu's key."""
    agent = "{provider: openai, transcription: {language: de}}"
    menu = f"numbers: ['1']\nmenu: {{prompt: {{say: Hallo.}}, options: {{1: {{agent: {agent}}}}}}}\n"
    plan = loaded(tmp_path, a=menu).plans["a"]
    assert language(plan, "Hallo.") == "de"
    spoken = spoken_text(plan, "Hallo.")
    assert spoken is not None
    assert [stage.provider for stage in spoken.speakers] == ["openai"]
    again = spoken_text(plan.model_copy(update={"language": "en"}), "Hallo.")
    assert again is not None
    assert (again.speakers, again.key) == ((), "Hallo.")
    assert spoken.key != again.key


def test_an_agent_has_four(tmp_path: Path) -> None:
    """In a long wait, without an answer, at a limit, at the end of hope; its greeting is the model's."""
    plan = "numbers: ['1']\nagent: {provider: openai}\nlanguage: en\nanswer: {greeting: Hello.}\n"
    own = "on_failure: {hold: Wait., unanswered: Again., say: Bye.}\nlimits: {notice: Enough.}\n"
    assert texts(loaded(tmp_path, a=plan + own)) == ("Wait.", "Again.", "Enough.", "Bye.")


def test_each_text_is_told_once(tmp_path: Path) -> None:
    """Plans that say nothing about it share theirs; those asked first come first."""
    plans = {
        "a": "numbers: ['1']\norder: 2\nagent: {}\non_failure: {say: Bye.}\n",
        "b": "numbers: ['2']\nagent: {}\nlimits: {notice: Bye.}\non_failure: {say: No.}\n",
    }
    assert texts(loaded(tmp_path, **plans)) == ("Bye.", "No.")


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
        "Press 1 or 2.",
        "No.",
        "One.",
        "Press 1.",
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
