"""Where each block of a tap belongs in a file."""

from __future__ import annotations

import numpy as np

from gateway.records.recording import track as module
from gateway.records.recording.track import Gap, Piece, Track
from tests.records.recording.scripted_tap import block


def test_the_first_block_is_the_beginning() -> None:
    """Whatever the clock of the process shows; all that follows without a gap follows without a gap."""
    track = Track()
    pieces = [piece for one in (block(1000, 3), block(1003, 2)) for piece in track.take(one)]
    assert [piece.frame for piece in pieces] == [0, 480]
    assert (track.rate, track.ticks, track.frames, track.gaps) == (8000, 5, 800, [])


def test_what_is_missing_has_its_length() -> None:
    """And a reason."""
    track = Track()
    pieces = [*track.take(block(10, 1)), *track.take(block(60, 1)), *track.take(block(111, 1), "late")]
    assert [piece.frame for piece in pieces] == [0, 50 * 160, 101 * 160]
    assert track.gaps == [Gap(20, 980, "not_heard"), Gap(1020, 1000, "late")]


def test_a_caller_who_is_not_heard() -> None:
    """What he was sent is written all the same; gaps that meet are one."""
    track = Track()
    pieces = [*track.take(block(0, 5, caller_missing=True)), *track.take(block(5, 5, caller_missing=True))]
    assert len(pieces) == 2
    assert track.gaps == [Gap(0, 200, "caller_missing")]


def test_another_rate_in_the_middle() -> None:
    """Is brought to the file's own, in its place and without an end to it: a tone stays what it is."""
    track = Track()
    list(track.take(block(0, 10)))
    wave = np.sin(np.arange(16_000 * 2) * 2 * np.pi * 400 / 16_000) * 8000
    stereo = np.repeat(wave.astype("<i2")[:, None], 2, axis=1)
    pieces: list[Piece] = []
    for number in range(100):
        pcm = stereo[number * 320 : (number + 1) * 320].tobytes()
        pieces += track.take(module.TapBlock(10 + number, 16_000, pcm))
    placed = np.zeros((track.frames, 2), "<i2")
    for piece in pieces:
        samples = np.frombuffer(piece.pcm, "<i2").reshape(-1, 2)
        placed[piece.frame : piece.frame + len(samples)] = samples
    told = placed[1600 + 800 : 1600 + 800 + 8000, 0].astype(float)
    wanted = wave[::2][800 : 800 + 8000]
    assert track.frames == 110 * 160
    assert np.abs(told - wanted).max() < 200


def test_what_could_not_be_written() -> None:
    """Is silence that is told of."""
    track = Track()
    (first,) = track.take(block(0, 5))
    (second,) = track.take(block(5, 5))
    track.unwritten(first)
    track.unwritten(second)
    assert track.gaps == [Gap(0, 200, "unwritable")]


def test_gaps_have_a_bound() -> None:
    """A line that stutters for an hour fills no record."""
    track = Track()
    for number in range(1000):
        list(track.take(block(number * 2)))
    assert len(track.gaps) == module.MOST_GAPS
    assert track.frames == 1999 * 160
