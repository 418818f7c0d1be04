"""What the phone says and when, read from a command line."""

from __future__ import annotations

import pytest

from gateway.errors import BadInput
from gateway.phone.script import EXCUSE, ScriptStep, What, When, read


def test_the_order_on_the_command_line_is_the_order_of_the_call() -> None:
    """Words, files and keys may be mixed; other options are passed over, wherever they stand."""
    line = ["phone", "--to", "sip:1@x", "--say", "Hello.", "--json", "--digits", "42#", "--record", "a.wav"]
    assert read([*line, "--play", "b.wav", "--say", "Bye."]) == [
        ScriptStep(What.SAY, "Hello."),
        ScriptStep(What.DIGITS, "42#"),
        ScriptStep(What.PLAY, "b.wav"),
        ScriptStep(What.SAY, "Bye."),
    ]


def test_a_moment_belongs_to_the_next_step_alone() -> None:
    """What comes after that waits for the agent to finish again."""
    line = ["--after", "1.5", "--say", "a", "--say", "b", "--interrupt-after", "2", "--play", "c.wav"]
    assert read(line) == [
        ScriptStep(What.SAY, "a", When.PAUSE, 1.5),
        ScriptStep(What.SAY, "b"),
        ScriptStep(What.PLAY, "c.wav", When.INTERRUPT, 2.0),
    ]


def test_the_last_moment_before_a_step_counts() -> None:
    """Two in a row are no two pauses."""
    assert read(["--after", "1", "--interrupt-after", "2", "--digits", "1"]) == [
        ScriptStep(What.DIGITS, "1", When.INTERRUPT, 2.0)
    ]


def test_an_interruption_without_words_has_its_own() -> None:
    """Somebody who only wants to hear the agent stop need not think of a sentence."""
    assert read(["--interrupt-after", "2"]) == [ScriptStep(What.SAY, EXCUSE, When.INTERRUPT, 2.0)]


def test_an_equals_sign_is_as_good_as_a_space() -> None:
    """Also with spaces, dashes and equals signs in the value."""
    assert read(["--say=a = b", "--after=0", "--digits=*1"]) == [
        ScriptStep(What.SAY, "a = b"),
        ScriptStep(What.DIGITS, "*1", When.PAUSE, 0.0),
    ]


def test_words_that_look_like_an_option_are_words() -> None:
    """What follows an option that takes a value is its value."""
    assert read(["--say", "--after", "--digits", "1"]) == [
        ScriptStep(What.SAY, "--after"),
        ScriptStep(What.DIGITS, "1"),
    ]


@pytest.mark.parametrize("option", ["--after", "--interrupt-after"])
@pytest.mark.parametrize("value", ["soon", "-1", "601", "nan", ""])
def test_a_moment_that_is_none_is_told_with_its_cure(option: str, value: str) -> None:
    """The option, the value, and what to write."""
    with pytest.raises(BadInput) as raised:
        read([f"{option}={value}", "--say", "a"])
    assert (raised.value.key, raised.value.value) == (option, value)
    assert "0 and 600" in raised.value.cure


def test_nothing_to_say_is_a_script_too() -> None:
    """The phone just listens."""
    assert read(["phone", "--to", "sip:1@x"]) == []
