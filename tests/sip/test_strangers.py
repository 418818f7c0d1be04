"""What the log says of those who are turned back."""

from __future__ import annotations

import pytest
from structlog.testing import capture_logs

from gateway.sip.strangers import SAY_AGAIN_S, StrangerLog, TurnedBack

MAPPED = b"\0" * 10 + b"\xff\xff"


def knock(last: int, times: int = 1, passwords: int = 0) -> tuple[bytes, int, int, bytes, bytes]:
    """Somebody from 192.0.2.LAST."""
    return MAPPED + bytes([192, 0, 2, last]), times, passwords, b"INVITE", b"a\x1b[31m scanner"


@pytest.fixture
def waiting() -> list[TurnedBack]:
    """What the next looks find."""
    return []


@pytest.fixture
def strangers(waiting: list[TurnedBack]) -> StrangerLog:
    """The log of them."""
    return StrangerLog(lambda: waiting.pop(0) if waiting else [])


def test_each_source_has_a_line_that_fail2ban_reads(
    strangers: StrangerLog, waiting: list[TurnedBack]
) -> None:
    """Its address, how often, and what it says it is, without what a terminal would obey."""
    waiting.append([knock(7, 3, 1)])
    with capture_logs() as lines:
        strangers.look(0.0)
    assert [(line["event"], line["source"], line["requests"], line["wrong_passwords"]) for line in lines] == [
        ("sip.stranger", "192.0.2.7", 3, 1)
    ]
    assert lines[0]["agent"] == "a[31m scanner"


def test_a_thousand_sources_make_two_lines(strangers: StrangerLog, waiting: list[TurnedBack]) -> None:
    """The loudest are named, and how many others there are."""
    waiting.append([knock(n, 300 - n) for n in range(200)])
    with capture_logs() as lines:
        strangers.look(0.0)
    assert [(line["source"], line["others"]) for line in lines] == [("192.0.2.0", 199), ("192.0.2.1", 199)]


def test_what_was_not_said_comes_with_the_next_line(
    strangers: StrangerLog, waiting: list[TurnedBack]
) -> None:
    """One source is named every ten seconds, with all that it did meanwhile."""
    waiting += [[knock(7, 5)], [knock(7, 10)], [knock(7, 20)]]
    with capture_logs() as lines:
        for now in (0.0, SAY_AGAIN_S / 2, SAY_AGAIN_S):
            strangers.look(now)
    assert [line["requests"] for line in lines] == [5, 30]
