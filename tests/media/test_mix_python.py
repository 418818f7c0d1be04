"""Taps of native ports, ticked by hand: both sides of one and the same tick, as heard and as sent."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from gateway.call import AgentRole
from gateway.errors import MediaError
from gateway.media.join import routes
from gateway.media.media_port import AGENT_RATE
from tests.equipment import tone
from tests.media.conftest import made

pytestmark = pytest.mark.native


@pytest.fixture
def plane() -> Any:
    """A native plane, not ticking."""
    return made(native=True)


def turn(plane: Any, port: Any, caller: tone.Pcm, rate: int = 8000) -> tone.Pcm:
    """Run a caller's ticks; return what he was sent."""
    said = [
        plane.exchange([(port, tick.tobytes())])[0] for tick in np.split(caller, len(caller) * 50 // rate)
    ]
    return np.frombuffer(b"".join(said), "<i2")


def noise(ms: int, rate: int = 8000, seed: int = 1) -> tone.Pcm:
    """Return noise in which each sample can be told from all others."""
    return np.random.default_rng(seed).normal(0, 3000, rate * ms // 1000).astype(np.int16)


def sides(block: Any) -> tuple[tone.Pcm, tone.Pcm]:
    """Return what was heard, and what was sent."""
    both = np.frombuffer(block.pcm, "<i2").reshape(-1, 2)
    return both[:, 0], both[:, 1]


@pytest.mark.parametrize("rate", [8000, 16000])
def test_hears_both_sides_sample_by_sample(plane: Any, rate: int) -> None:
    """The caller left as he was heard, right what he was sent, tick by tick, at the line's own rate."""
    port = plane.port()
    tap = port.tap()
    turn(plane, port, tone.silence(20, rate=rate), rate)  # the tap joins with the next tick
    tap.read()
    port.play(1, tone.sine(700, 500, rate=AGENT_RATE).tobytes())
    caller = noise(400, rate)
    sent = turn(plane, port, caller, rate)
    (block,) = tap.read()
    left, right = sides(block)
    assert (block.rate, block.ticks) == (rate, 20)
    np.testing.assert_array_equal(right, sent)
    np.testing.assert_array_equal(left, caller)
    assert tap.read() == []
    assert tap.lost == 0


def test_hears_what_a_flush_a_duck_and_music_made_of_it(plane: Any) -> None:
    """All that changes what goes out comes before the tap."""
    port = plane.port()
    tap = port.tap()
    turn(plane, port, tone.silence(40))
    tap.read()
    port.music(plane.sound(noise(500, AGENT_RATE).tobytes()), 0.3)
    port.play(1, tone.sine(700, 900, rate=AGENT_RATE).tobytes())
    sent = [turn(plane, port, noise(100))]
    port.gain(0.2)
    sent.append(turn(plane, port, noise(100)))
    port.flush()
    sent.append(turn(plane, port, noise(200)))
    port.mute(True)
    sent.append(turn(plane, port, noise(100)))
    heard, said = zip(*(sides(block) for block in tap.read()), strict=True)
    np.testing.assert_array_equal(np.concatenate(said), np.concatenate(sent))
    assert not np.concatenate(heard)[-4 * 160 :].any()  # muted


def test_hears_both_sides_of_a_tick_whether_it_is_joined_in_it_or_not(plane: Any) -> None:
    """Who is joined is spoken to after the caller is heard, others before; nothing is moved or said twice."""
    port, other = plane.port(), plane.port()
    tap = port.tap()
    plane.exchange([(port, bytes(320)), (other, bytes(320))])
    tap.read()
    murmur = noise(600, AGENT_RATE, seed=2)
    port.play(1, murmur.tobytes())
    caller = noise(600)
    sent = []
    for tick, heard in enumerate(np.split(caller, 30)):
        if tick % 7 == 3:
            joined = plane.join([port, other], routes(AgentRole.OUT))
        if tick % 7 == 6:
            joined.part()
        sent.append(plane.exchange([(port, heard.tobytes()), (other, bytes(320))])[0])
    (block,) = tap.read()
    left, right = sides(block)
    np.testing.assert_array_equal(left, caller)
    np.testing.assert_array_equal(right, np.frombuffer(b"".join(sent), "<i2"))
    alone = plane.port()
    alone.play(1, murmur.tobytes())
    np.testing.assert_array_equal(right, turn(plane, alone, noise(600)))


def test_what_is_not_read_in_time_is_dropped_and_counted_and_leaves_a_gap(plane: Any) -> None:
    """Sound goes on; the reader sees by the ticks how much he lost."""
    port = plane.port()
    tap = port.tap(0.1)  # five ticks of 16 kHz, a few more of 8
    caller = noise(600)
    turn(plane, port, caller)
    before = tap.read()
    turn(plane, port, caller[:320])
    (after,) = tap.read()
    kept = sum(block.ticks for block in before)
    assert tap.lost == 29 - kept  # it joined with the second tick
    assert after.tick == before[0].tick + 29
    assert after.ticks == 2


def test_a_line_that_changes_its_rate_begins_a_block(plane: Any) -> None:
    """A re-INVITE to another codec: the samples before it are at the old rate."""
    port = plane.port()
    tap = port.tap()
    turn(plane, port, noise(100))
    turn(plane, port, noise(100, 16000), 16000)
    assert [(block.rate, block.ticks) for block in tap.read()] == [(8000, 4), (16000, 5)]


def test_several_taps_hear_the_same(plane: Any) -> None:
    """A recorder and somebody who watches do not take each other's sound."""
    port = plane.port()
    one, other = port.tap(), port.tap()
    turn(plane, port, noise(200))
    assert one.read() == other.read() != []


def test_a_closed_tap_hears_no_more(plane: Any) -> None:
    """What it has heard may still be read."""
    port = plane.port()
    tap = port.tap()
    turn(plane, port, noise(200))
    tap.close()
    turn(plane, port, noise(200))
    assert sum(block.ticks for block in tap.read()) <= 10
    turn(plane, port, noise(200))
    assert tap.read() == []


@pytest.mark.parametrize("seconds", [0, 0.05, 61, float("nan")])
def test_refuses_a_tap_that_holds_nothing_or_too_much(plane: Any, seconds: float) -> None:
    """A tenth of a second to a minute."""
    with pytest.raises(ValueError, match=r"0\.1 to 60"):
        plane.port().tap(seconds)


def test_portable_mode_says_that_it_cannot() -> None:
    """And what to do about it."""
    with pytest.raises(MediaError, match="portable mode has no taps"):
        made(native=False).port().tap()
