"""What one call has heard is where the next one's answer is written, and the rest goes back."""

from __future__ import annotations

import ctypes
import gc

import numpy as np
import pytest

from gateway.media.media_port import MediaPort
from tests.media.conftest import made
from tests.media.test_playout import ticks

SECOND = np.random.default_rng(5).integers(-32768, 32767, 24_000, "<i2").tobytes()
"""Noise, which takes as much room as it has bytes."""
KEPT = 512 * 1024
"""Bytes that may be kept, and what else a test allocates meanwhile."""

pytestmark = pytest.mark.native


class Mallinfo2(ctypes.Structure):
    """What mallinfo2(3) tells."""

    _fields_ = (
        ("arena", ctypes.c_size_t),
        ("blocks", ctypes.c_size_t * 3),
        ("hblkhd", ctypes.c_size_t),
        ("small", ctypes.c_size_t * 2),
        ("uordblks", ctypes.c_size_t),
        ("free", ctypes.c_size_t * 2),
    )


def in_use() -> int:
    """Return the bytes that were asked for and not given back, of all threads."""
    libc = ctypes.CDLL(None)
    if not hasattr(libc, "mallinfo2"):
        pytest.skip("only glibc tells")
    gc.collect()
    libc.mallinfo2.restype = Mallinfo2
    told = libc.mallinfo2()
    return int(told.uordblks + told.hblkhd)


def say(port: MediaPort, seconds: int) -> None:
    """Queue a long answer."""
    for _ in range(seconds):
        port.play(1, SECOND)


def test_what_was_played_has_room_for_the_next_answer_before_the_first_is_over() -> None:
    """A call has heard half of what it is told; another's answer of that length needs no more memory."""
    plane = made(native=True)
    plane.clear_wake()
    one, other = plane.port(), plane.port()
    say(one, 200)
    ticks(one, 100 * 50)
    before = in_use()
    say(other, 100)
    assert in_use() - before < KEPT


def test_what_calls_needed_is_given_back_when_they_are_over() -> None:
    """All but a little, though nobody says anything any more, once Python is woken."""
    plane = made(native=True)
    last = plane.port()
    plane.clear_wake()
    before = in_use()
    ports = [plane.port() for _ in range(4)]
    for port in ports:
        say(port, 100)
    ticks(ports[0], 10 * 50)
    assert in_use() - before > 4 * 90 * len(SECOND)
    for port in ports:
        port.close()
    del port, ports
    ticks(last, 1)
    plane.clear_wake()
    assert in_use() - before < KEPT
