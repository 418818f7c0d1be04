"""Playouts between two threads, the one in Python and the one in C++. The rest is the port's contract."""

from __future__ import annotations

import shutil
import subprocess
import threading
from pathlib import Path

import numpy as np
import pytest

from gateway.media.media_port import FADE_SAMPLES, TICK_SAMPLES, MediaPort
from gateway.media.playout import Playout
from gateway.media.port_events import MarkPlayed, PortFlushed
from tests.equipment import tone


def test_a_tick_never_loses_what_another_thread_queues() -> None:
    """One thread gives parts and marks, another pulls: all samples and marks come through, in order."""
    playout, count = Playout(), 2000
    heard: list[np.ndarray] = []
    given = threading.Event()

    def pull() -> None:
        while not given.is_set() or playout.queued:
            samples, filled = playout.pull()
            heard.append(samples[:filled])

    puller = threading.Thread(target=pull)
    puller.start()
    for number in range(count):
        playout.play(1, np.full(30, number, np.int16).tobytes())
        playout.mark(number)
    given.set()
    puller.join()
    np.testing.assert_array_equal(np.concatenate(heard), np.repeat(np.arange(count), 30))
    playout.idle()
    assert playout.events() == [MarkPlayed(number) for number in range(count)]


def test_a_port_on_hold_obeys_a_flush_without_playing() -> None:
    """Nobody pulls, nothing fades; what was heard before is reported, a mark in front is passed."""
    playout = Playout()
    playout.play(1, bytes(2 * TICK_SAMPLES + 1680))
    playout.pull()
    playout.idle()
    assert playout.queued == 840
    playout.flush()
    playout.mark(3)
    playout.idle()
    assert playout.reported
    assert playout.events() == [PortFlushed(1, TICK_SAMPLES, 840), MarkPlayed(3)]
    assert playout.queued == 0


def test_a_pause_loses_nothing_and_makes_no_click(port: MediaPort) -> None:
    """The sound fades within 5 ms, and goes on where it was; marks wait, too."""
    sound = tone.sine(440, 400, rate=24_000)
    port.play(1, sound.tobytes())
    port.mark(7)
    before = ticks(port, 5)
    port.pause(True)
    paused = ticks(port, 20)
    assert not paused[FADE_SAMPLES:].any()
    assert port.events() == []
    port.pause(False)
    after = ticks(port, 20)
    heard = np.concatenate([before, paused[:FADE_SAMPLES], after])[: len(sound)]
    risen = 6 * TICK_SAMPLES + FADE_SAMPLES
    np.testing.assert_array_equal(heard[risen:], sound[risen:])
    assert tone.clicks(np.concatenate([before, paused, after]), rate=24_000) == []
    assert port.events() == [MarkPlayed(7)]
    assert port.counters().underruns == 0


def test_a_flush_ends_a_pause(port: MediaPort) -> None:
    """What was paused is reported as it was heard; what comes then is heard at full level."""
    sound = tone.sine(440, 400, rate=24_000)
    port.play(1, sound.tobytes())
    ticks(port, 2)
    port.pause(True)
    ticks(port, 2)
    port.flush()
    ticks(port, 1)
    heard = 2 * TICK_SAMPLES + FADE_SAMPLES
    assert port.events() == [PortFlushed(1, heard, len(sound) - heard)]
    port.play(2, sound.tobytes())
    np.testing.assert_array_equal(ticks(port, 1), sound[:TICK_SAMPLES])


def test_who_waits_for_a_while_goes_on_by_itself(port: MediaPort) -> None:
    """Silence is sent meanwhile; whoever is told to go on sooner does, and loses nothing either."""
    sound = tone.sine(440, 400, rate=24_000)
    port.play(1, sound.tobytes())
    port.wait(True, 60)
    assert not ticks(port, 3).any()
    np.testing.assert_array_equal(ticks(port, 2), sound[: 2 * TICK_SAMPLES])
    port.wait(True, 300)
    assert not ticks(port, 2).any()
    port.wait(False)
    np.testing.assert_array_equal(ticks(port, 1), sound[2 * TICK_SAMPLES : 3 * TICK_SAMPLES])


def test_who_waits_until_told_waits(port: MediaPort) -> None:
    """However long."""
    sound = tone.sine(440, 40, rate=24_000)
    port.play(1, sound.tobytes())
    port.wait(True)
    assert not ticks(port, 100).any()
    port.wait(False)
    np.testing.assert_array_equal(ticks(port, 2), sound)


def ticks(port: MediaPort, count: int) -> tone.Pcm:
    """Pull so many ticks; give what the phone would hear."""
    return np.frombuffer(b"".join(port.exchange(bytes(320)) for _ in range(count)), "<i2")


@pytest.mark.native
@pytest.mark.parametrize("sanitizer", ["thread", "address,undefined"])
def test_the_lock_free_parts_are_clean_under_a_sanitizer(tmp_path: Path, sanitizer: str) -> None:
    """Two threads at one C++ channel: no race, no leak, every order back once, every frame whole."""
    here = Path(__file__).parent
    media = here.parent.parent / "gateway/media"
    parts = ("playout.cpp", "packed_sound.cpp", "sound_blocks.cpp", "resampler.cpp", "join.cpp")
    parts += ("dtmf.cpp", "loudness.cpp", "tone_spectrum.cpp", "call_tones.cpp", "echo_gate.cpp")
    sources = [here / "race.cpp", *(media / part for part in parts)]
    # GCC warns that ThreadSanitizer does not follow fences; what they order is atomic here anyway.
    build = ["g++", "-std=c++17", "-g", "-O1", "-Wno-tsan", f"-fsanitize={sanitizer}", *map(str, sources)]
    program = tmp_path / "race"
    if shutil.which("g++") is None:
        pytest.skip("there is no g++")
    built = subprocess.run([*build, "-o", str(program)], capture_output=True, text=True, check=False)
    if "cannot find" in built.stderr:
        pytest.skip(f"no sanitizer here: {built.stderr[-300:]}")
    assert built.returncode == 0, built.stderr
    ran = subprocess.run([str(program)], capture_output=True, text=True, check=False, timeout=120)
    assert ran.returncode == 0, ran.stderr
