"""What time plans believe it is: now, or in a rehearsal another moment, from which on time goes by."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

_ahead = timedelta()
CURE = 'write a day and a time, such as "2026-12-24 18:00" or "2026-12-24 18:00 Europe/Berlin"'


def moment(text: str) -> datetime:
    """Read `YYYY-MM-DD HH:MM`, by this machine's clock, or by that of a zone named behind it.

    Raises ValueError with the cure.
    """
    day, _, rest = text.strip().partition(" ")
    time, _, zone = rest.partition(" ")
    try:
        there = datetime.strptime(f"{day} {time}", "%Y-%m-%d %H:%M")
        return there.replace(tzinfo=ZoneInfo(zone)) if zone else there.astimezone()
    except (ValueError, OSError, ZoneInfoNotFoundError):
        raise ValueError(CURE) from None


def now() -> datetime:
    """Return the day and time that plans go by, UTC."""
    return datetime.now(UTC) + _ahead


def real(moment: datetime) -> datetime:
    """Return when a moment of the plans' time is by the machine's own clock, UTC: records go by that."""
    return moment.astimezone(UTC) - _ahead


def pretend(moment: datetime) -> None:
    """Let it be this moment now, of a known time zone, for all of this process."""
    global _ahead  # noqa: PLW0603 - a process has one time of day
    _ahead = moment - datetime.now(UTC)
