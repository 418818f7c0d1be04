"""The words of a plan file."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pydantic
import pytest

from gateway.dialplan.model import fields


def read(field: Any, value: object, **context: object) -> Any:
    """Read a value as a plan file has it."""
    return pydantic.TypeAdapter(field).validate_python(value, context=context)


@pytest.mark.parametrize("field", [fields.NumberEntry, fields.CallerEntry, fields.PlanName, fields.Text])
def test_numbers_need_no_quotes(field: Any) -> None:
    """YAML makes a number of 100; it is still an extension, and a name."""
    assert read(field, 100) == "100"


@pytest.mark.parametrize(
    ("field", "value"),
    [
        (fields.NumberEntry, "frontdesk"),
        (fields.NumberEntry, True),
        (fields.PlanName, "a/b"),
        (fields.Instead, 399),
        (fields.TimeZone, "Mars/Olympus"),
        (fields.TimeZone, "../etc/passwd"),
        (fields.HeaderValue, "/(/"),
        (fields.HeaderName, "X:"),
        (fields.VariableName, "a b"),
        (fields.Key, "A"),
        (fields.SipUri, "http://x"),
        (fields.Language, "English"),
        (fields.OpeningHours, "always"),
        (fields.Holiday, "Easter"),
    ],
)
def test_a_word_that_is_none_is_refused(field: Any, value: object) -> None:
    """At load, with the cure."""
    with pytest.raises(pydantic.ValidationError):
        read(field, value)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        (fields.NumberEntry, "+15551230001"),
        (fields.CallerEntry, "anonymous"),
        (fields.Instead, 486),
        (fields.Instead, "night"),
        (fields.TimeZone, "Europe/Berlin"),
        (fields.HeaderValue, "spring-*"),
        (fields.Key, "#"),
        (fields.SipUri, "sip:{called.user}@10.0.0.7"),
        (fields.Language, "pt-BR"),
        (fields.OpeningHours, "Mon-Fri 09:00-17:30"),
        (fields.Holiday, "12-25"),
    ],
)
def test_a_good_word_is_kept_as_it_was_written(field: Any, value: object) -> None:
    """What it means is worked out where it is used."""
    assert read(field, value) == value


def test_a_file_stands_beside_the_plan(tmp_path: Path) -> None:
    """A plan may name any file of its host; an answer from elsewhere may not."""
    assert read(fields.SoundFile, "a.wav", folder=tmp_path) == tmp_path / "a.wav"
    assert read(fields.SoundFile, "/a.wav", folder=tmp_path) == Path("/a.wav")
    for outside in ("/a.wav", "../a.wav", "", "a\0.wav", "a" * 1025):
        with pytest.raises(pydantic.ValidationError, match="name"):
            read(fields.SoundFile, outside, folder=tmp_path, confined=True)
