from __future__ import annotations

import re

import pytest

from tests.equipment.hostile_call import HostileCall
from tests.equipment.mutations import LARGEST, Mutator, with_byte

INVITE = HostileCall("100", ("127.0.0.1", 5062), "UDP").request("INVITE")
COUNT = 2000


def test_the_seed_decides_all() -> None:
    """What broke something once can be said again."""
    once, again, otherwise = (
        [mutator.spoil(INVITE) for _ in range(50)] for mutator in (Mutator(7), Mutator(7), Mutator(8))
    )
    assert once == again != otherwise


def test_spoiled_messages_are_unlike_and_go_into_a_packet() -> None:
    """Nearly all differ, from the message and from each other."""
    mutator = Mutator(1)
    spoiled = [mutator.spoil(INVITE) for _ in range(COUNT)]
    assert INVITE not in spoiled
    assert len(set(spoiled)) > 0.8 * COUNT
    assert max(map(len, spoiled)) <= LARGEST


def test_most_still_look_like_sip() -> None:
    """What nobody would read to its end tries nothing."""
    mutator = Mutator(1)
    spoiled = [mutator.spoil(INVITE) for _ in range(COUNT)]
    start = re.compile(rb"[^\s]+ +sips?:[^\r\n]+ SIP/2.0\r\n")
    assert (
        sum(start.match(message) is not None and b"\r\n\r\n" in message for message in spoiled) > 0.6 * COUNT
    )


@pytest.mark.parametrize(
    "change", ["sdp_line", "sdp_twice", "sdp_many", "body", "content_type", "header_long", "method", "number"]
)
@pytest.mark.parametrize("message", [INVITE, b"", b"\r\n\r\n", b"BYE", b"x" * 100])
def test_anything_can_be_spoiled(change: str, message: bytes) -> None:
    """A change may come after others, which have left nothing of what it is about."""
    mutator = Mutator(1)
    for _ in range(30):
        assert isinstance(getattr(mutator, change)(message), bytes)


def test_a_new_body_has_its_length() -> None:
    """What is in it is read, then."""
    mutator = Mutator(3)
    for _ in range(100):
        head, _, body = mutator.sdp_twice(INVITE).partition(b"\r\n\r\n")
        assert b"\r\nContent-Length: %d" % len(body) in head


@pytest.mark.parametrize("byte", [0x00, 0x0D, 0x41, 0xFF])
def test_a_byte_goes_into_one_line(byte: int) -> None:
    """And nothing else is changed."""
    for line in range(INVITE.partition(b"\r\n\r\n")[0].count(b"\r\n") + 1):
        spoiled = with_byte(INVITE, line, byte)
        assert len(spoiled) == len(INVITE) + 1
        kept = spoiled.split(b"\r\n")[:line] + spoiled.split(b"\r\n")[line + 1 :]
        assert kept == INVITE.split(b"\r\n")[:line] + INVITE.split(b"\r\n")[line + 1 :]
