"""Durations have units; secrets are fetched when used and never shown."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.dialplan.model import Agent
from gateway.dialplan.values import Secretive, format_duration, is_secret_name, parse_duration
from gateway.errors import BadInput


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("500ms", 0.5), ("45s", 45), ("30m", 1800), ("1h30m", 5400), ("1.5s", 1.5), ("0s", 0), ("90d", 7776000)],
)
def test_a_duration_is_a_number_with_its_unit(text: str, seconds: float) -> None:
    """Units may be joined."""
    assert parse_duration(text) == timedelta(seconds=seconds)


@pytest.mark.parametrize("text", [30, "30", "", "m", "3 m", "-3s", "3y", None, True, "3s!", "٣s"])
def test_a_duration_without_a_unit_is_refused(text: object) -> None:
    """Seconds or minutes would be a guess."""
    with pytest.raises(ValueError, match="with its unit"):
        parse_duration(text)


def test_a_duration_beyond_all_bounds() -> None:
    """It is refused like any other mistake."""
    with pytest.raises(ValueError, match="shorter"):
        parse_duration("9" * 400 + "h")


@given(st.integers(0, 10**10))
def test_a_duration_survives_being_written_and_read(milliseconds: int) -> None:
    """`gateway route` prints what a plan file can hold."""
    span = timedelta(milliseconds=milliseconds)
    assert parse_duration(format_duration(span)) == span


def test_a_secret_is_looked_up_when_it_is_used(tmp_path: Path) -> None:
    """From the environment and from files, relative ones beside the plan."""
    (tmp_path / "token").write_text("t0p\n")
    text = Secretive.parse("Bearer ${KEY}-${file:token}", tmp_path)
    assert text.reveal({"KEY": "k"}) == "Bearer k-t0p"


def test_a_secret_is_never_printed(tmp_path: Path) -> None:
    """Neither as text nor in a dump of the plan that holds it."""
    agent = Agent.model_validate({"api_key": "${TOP}"})
    assert agent.api_key is not None
    assert agent.api_key.reveal({"TOP": "s3cret"}) == "s3cret"
    printed = f"{agent!r} {agent} {agent.api_key} {agent.model_dump()} {agent.model_dump_json()}"
    assert "s3cret" not in printed
    assert "${TOP}" in printed


def test_a_password_in_an_address_may_have_any_letters(tmp_path: Path) -> None:
    """It ends no part of the address, and is no part of what the library would tell of it."""
    (tmp_path / "a@b").write_text("x#y\n", encoding="utf-8")
    environment = {"P": "p/1@:%x", "ALL": "redis://:a%2Fb@host"}
    for text, revealed in (
        ("rediss://:${P}@host:1/0", "rediss://:p%2F1%40%3A%25x@host:1/0"),
        ("postgresql://me:${file:a@b}@host/${P}", "postgresql://me:x%23y@host/p/1@:%x"),
        ("redis://host:1/0?password=${P}", "redis://host:1/0?password=p/1@:%x"),
        ("${ALL}", "redis://:a%2Fb@host"),
    ):
        assert Secretive.parse(text, tmp_path).reveal_address(environment) == revealed


def test_a_missing_secret_is_named_not_guessed(tmp_path: Path) -> None:
    """An empty variable is as good as none."""
    text = Secretive.parse("${A}${B}${file:c}", tmp_path)
    assert text.missing({"A": "1", "B": ""}) == [
        "the environment variable B is not set",
        f"the file {tmp_path / 'c'} cannot be read: No such file or directory",
    ]
    with pytest.raises(BadInput, match="B is not set"):
        text.reveal({"A": "s3cret", "B": ""})


def test_what_a_secret_holds_is_not_read_again(tmp_path: Path) -> None:
    """A value that looks like a reference is only a value."""
    assert Secretive.parse("${A}", tmp_path).reveal({"A": "${B}", "B": "x"}) == "${B}"


@pytest.mark.parametrize("text", ["${}", "${a b}", "${file:}", "${1A}"])
def test_a_malformed_reference_is_refused(text: str) -> None:
    """It would be sent as it stands."""
    with pytest.raises(ValueError, match=r"\$\{NAME\}"):
        Secretive.parse(text, Path())


def test_names_of_secrets_are_known() -> None:
    """Values under these names are not repeated in messages."""
    assert all(map(is_secret_name, ["api_key", "Authorization", "X-Token", "apikey", "Cookie", "password"]))
    assert not any(map(is_secret_name, ["voice", "model", "Content-Type"]))
