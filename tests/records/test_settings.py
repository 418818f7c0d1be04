"""What is kept of calls, as settings."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from pydantic import ValidationError

from gateway.records.settings import RecordSettings


def test_without_a_setting_records_are_kept_and_nothing_else() -> None:
    """In a file below the working directory, for three months, without words."""
    settings = RecordSettings()
    assert (settings.database, settings.transcript) == (Path("var/gateway.db"), False)
    assert settings.keep == timedelta(days=90)


def test_nothing_is_kept() -> None:
    """If the operator says so."""
    assert RecordSettings.model_validate({"database": "off"}).database is None
    assert RecordSettings.model_validate({"database": False}).database is None  # YAML's off


@pytest.mark.parametrize(
    "given", [{"keep": "90"}, {"keep": 90}, {"keep": "0s"}, {"words": True}, {"transcript": "perhaps"}]
)
def test_mistakes(given: dict[str, object]) -> None:
    """They are refused."""
    with pytest.raises(ValidationError):
        RecordSettings.model_validate(given)


@pytest.mark.parametrize("database", ["", "mysql://host/db", "http://host"])
def test_a_place_that_is_no_file(database: str) -> None:
    """And no server that we know, is refused: it would be made, as a file of that name."""
    with pytest.raises(ValidationError, match="name an SQLite file"):
        RecordSettings.model_validate({"database": database})
