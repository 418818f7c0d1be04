"""Playouts between two threads, the one in Python and the one in C++. The rest is the port's contract."""

from __future__ import annotations

import shutil
import subprocess
import threading
from pathlib import Path

import numpy as np
import pytest

from gateway.media.media_port import TICK_SAMPLES
from gateway.media.playout import Playout
from gateway.media.port_events import MarkPlayed, PortFlushed


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


@pytest.mark.native
@pytest.mark.parametrize("sanitizer", ["thread", "address,undefined"])
def test_the_lock_free_parts_are_clean_under_a_sanitizer(tmp_path: Path, sanitizer: str) -> None:
    """Two threads at one C++ channel: no race, no leak, every order back once, every frame whole."""
    here = Path(__file__).parent
    media = here.parent.parent / "gateway/media"
    parts = ("playout.cpp", "resampler.cpp", "join.cpp", "dtmf.cpp", "loudness.cpp")
    parts += ("tone_spectrum.cpp", "call_tones.cpp")
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
