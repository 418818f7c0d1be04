"""The address that the world sees is read from an answer, and from nothing else."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.errors import SipError
from gateway.sip import stun
from tests.equipment.stun_server import StunServer, answer

TRANSACTION = b"0123456789ab"


@pytest.mark.parametrize("host", ["203.0.113.5", "2001:db8::5"])
@pytest.mark.parametrize("xors", [True, False])
def test_an_answer_is_read(host: str, xors: bool) -> None:
    """As it is, or masked by the question (RFC 5389 section 15.2)."""
    assert stun.answered(answer(TRANSACTION, host, xors=xors), TRANSACTION) == host


def test_an_answer_to_another_question_is_none() -> None:
    """Nor is a question, or one that is cut short or goes on."""
    right = answer(TRANSACTION, "203.0.113.5")
    for packet in (right[:-1], right + b"x", stun.question(TRANSACTION), b"", right[:20]):
        assert stun.answered(packet, TRANSACTION) == ""
    assert stun.answered(right, b"x" * 12) == ""


@given(st.binary(max_size=600))
def test_nothing_that_comes_breaks_it(packet: bytes) -> None:
    """Whatever bytes."""
    stun.answered(packet, TRANSACTION)
    header = answer(TRANSACTION, "203.0.113.5")[:2] + len(packet).to_bytes(2, "big")
    stun.answered(header + stun.question(TRANSACTION)[4:] + packet, TRANSACTION)


async def test_a_server_is_asked() -> None:
    """And tells."""
    async with StunServer("203.0.113.5") as server:
        assert await stun.ask(server.place, "127.0.0.1") == "203.0.113.5"


async def test_a_silent_server_is_waited_for_only_so_long(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is asked again, then named."""
    monkeypatch.setattr(stun, "TRIES_S", (0.05, 0.05))
    async with StunServer(None) as server:
        with pytest.raises(SipError, match=f"stun:{server.place}: no answer"):
            await stun.ask(server.place)
        assert server.asked == 2


async def test_where_nobody_listens_is_said() -> None:
    """At once."""
    with pytest.raises(SipError, match=r"stun:127\.0\.0\.1:9: .*refused"):
        await stun.ask("127.0.0.1:9")
