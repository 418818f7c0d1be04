"""Why a caller is not heard is said once, with the cure."""

from __future__ import annotations

import pytest
from structlog.testing import capture_logs

from gateway.media.media_port import Strangers
from gateway.sip.unheard import FEW, LEARN, LEARNS, OPEN, Unheard

ANNOUNCED = "192.0.2.1:4000"
ELSEWHERE = "198.51.100.7:61000"


def dropped(packets: int) -> Strangers:
    """So many packets from elsewhere."""
    return Strangers(packets, ELSEWHERE if packets else "")


@pytest.mark.parametrize(("learns", "cure"), [(False, LEARN), (True, LEARNS)])
def test_a_caller_whose_audio_is_dropped(learns: bool, cure: str) -> None:
    """A warning as soon as it is more than a stray packet, with both addresses; and never again."""
    unheard = Unheard("c1", learns=learns)
    with capture_logs() as logs:
        for packets in (0, FEW - 1, FEW, 500, 1000):
            unheard.look(0, dropped(packets), ANNOUNCED)
    (line,) = logs
    assert line["log_level"] == "warning"
    assert (line["call"], line["announced"], line["seen"]) == ("c1", ANNOUNCED, ELSEWHERE)
    assert line["cure"] == cure


def test_a_stranger_beside_a_caller_who_is_heard() -> None:
    """Is told, too, but nothing has to be cured."""
    with capture_logs() as logs:
        Unheard("c1", learns=False).look(50, dropped(FEW), ANNOUNCED)
    (line,) = logs
    assert line["log_level"] == "info"
    assert line["seen"] == ELSEWHERE
    assert "cure" not in line


def test_nothing_is_said_where_nothing_was_dropped() -> None:
    """Or where it cannot be seen, in portable mode."""
    with capture_logs() as logs:
        for strangers in (None, dropped(0)):
            Unheard("c1", learns=False).look(0, strangers, ANNOUNCED)
    assert logs == []


@pytest.mark.parametrize(
    ("strangers", "cure"), [(dropped(1500), LEARN), (dropped(0), OPEN), (dropped(1), OPEN), (None, OPEN)]
)
def test_an_end_for_want_of_audio_has_a_cause(strangers: Strangers | None, cure: str) -> None:
    """It was dropped, or nothing came; each has a cure of its own."""
    with capture_logs() as logs:
        Unheard("c1", learns=False).lost(strangers, ANNOUNCED)
    (line,) = logs
    assert (line["log_level"], line["cure"]) == ("warning", cure)
    assert line.get("seen") == (ELSEWHERE if strangers and strangers.packets else None)
