"""The time that plans go by."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from gateway import wall_clock


@pytest.fixture(autouse=True)
def _put_right() -> Iterator[None]:
    yield
    wall_clock.pretend(datetime.now(UTC))


def test_it_is_now() -> None:
    before = datetime.now(UTC)
    assert before <= wall_clock.now() <= datetime.now(UTC)


def test_a_moment() -> None:
    assert wall_clock.moment("2026-12-24 18:00 Europe/Berlin") == datetime(2026, 12, 24, 17, tzinfo=UTC)
    assert wall_clock.moment("2026-12-24 18:00").astimezone().hour == 18


@pytest.mark.parametrize("text", ["", "18:00", "2026-13-01 10:00", "2026-12-24 18:00 No/At", "2026-12-24"])
def test_what_is_none(text: str) -> None:
    with pytest.raises(ValueError, match="write a day and a time"):
        wall_clock.moment(text)


def test_another_moment_goes_by_as_well() -> None:
    eve = datetime(2026, 12, 24, 18, tzinfo=UTC)
    wall_clock.pretend(eve)
    first = wall_clock.now()
    assert eve <= first < eve + timedelta(minutes=1)
    assert wall_clock.now() >= first


def test_when_a_pretended_moment_really_is() -> None:
    """Midnight before that eve was eighteen hours ago."""
    wall_clock.pretend(datetime(2026, 12, 24, 18, tzinfo=UTC))
    ago = datetime.now(UTC) - wall_clock.real(datetime(2026, 12, 24, tzinfo=UTC))
    assert timedelta(hours=18) <= ago < timedelta(hours=18, minutes=1)
