"""What nobody can say is a mistake of the plan, with its place and its cure."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.dialplan.folder import found

GERMAN = "Wir k\u00f6nnen Ihren Anruf leider nicht annehmen."


@pytest.mark.parametrize(
    ("plan", "place"),
    [
        (f"announce: {{say: {GERMAN}}}\n", "a.yaml:2:12: announce.say:"),
        (f"menu: {{prompt: {{say: {GERMAN}}}, options: {{1: b}}}}\n", "a.yaml:2:17: menu.prompt.say:"),
        (
            f"menu: {{prompt: {{say: Press 1.}}, options: {{1: {{announce: {{say: {GERMAN}}}}}}}}}\n",
            "menu.options.1.announce.say:",
        ),
        (f"agent: {{provider: local}}\non_failure: {{say: {GERMAN}}}\n", "a.yaml:3:14: on_failure.say:"),
        (f"agent: {{provider: local}}\nlimits: {{notice: {GERMAN}}}\n", "a.yaml:3:10: limits.notice:"),
        ("announce: {say: Hallo.}\nlanguage: de\n", "a.yaml:2:12: announce.say:"),
    ],
)
def test_words_that_nobody_can_speak(tmp_path: Path, plan: str, place: str) -> None:
    """Another language than English, and no hosted agent in the plan."""
    problems = found(tmp_path, a=f"numbers: ['1']\n{plan}", b="announce: {say: Hi.}\n")
    (problem,) = [one for one in problems if "never reached" not in one and "warning" not in one]
    assert place in problem
    assert "the embedded voice speaks English only" in problem
    assert "play: FILE" in problem or "null" in problem
    assert "language: en" in problem


@pytest.mark.parametrize(
    "plan",
    [
        f"announce: {{say: {GERMAN}}}\nlanguage: en\n",
        "announce: {say: 'Welcome to Hotel Zur Post.'}\n",
        f"agent: {{provider: openai}}\non_failure: {{hold: {GERMAN}}}\nlimits: {{notice: {GERMAN}}}\n",
        f"agent: {{fallback: [{{provider: openai}}]}}\non_failure: {{say: {GERMAN}}}\n",
        f"agent: {{url: 'ws://x/'}}\non_failure: {{say: {GERMAN}}}\n",
    ],
)
def test_words_that_somebody_can_speak(tmp_path: Path, plan: str) -> None:
    """English by the embedded voice, all else by whoever the agent's provider is."""
    assert [one for one in found(tmp_path, a=f"numbers: ['1']\n{plan}") if "embedded voice" in one] == []


def test_callers_who_would_hear_english(tmp_path: Path) -> None:
    """A warning names the words that are English where a plan does not say them otherwise."""
    agent = "numbers: ['1']\nagent: {provider: openai, transcription: {language: de}}\n"
    (problem,) = found(tmp_path, a=f"{agent}on_failure: {{say: {GERMAN}}}\n")
    assert "a.yaml:2:43: warning: agent.transcription.language: 'de': callers speak de" in problem
    assert "English by default: on_failure.hold, on_failure.unanswered, limits.notice" in problem
    assert (
        found(
            tmp_path,
            a=f"{agent}on_failure: {{say: null, hold: null, unanswered: null}}\nlimits: {{notice: null}}\n",
        )
        == []
    )


def test_a_template_says_nothing_by_itself(tmp_path: Path) -> None:
    """What is wrong with its words is wrong where they are said."""
    template = f"template: true\non_failure: {{say: {GERMAN}}}\n"
    plan = "numbers: ['1']\nextends: base\nagent: {provider: local}\n"
    (problem,) = found(tmp_path, base=template, a=plan)
    assert "base.yaml:2:14: on_failure.say" in problem
