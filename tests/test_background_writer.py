"""Lines written by a thread: in order and whole, and no reader, disk or stream makes the writer wait."""

from __future__ import annotations

import fcntl
import os
import resource
import select
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from gateway.background_writer import BackgroundWriter
from tests.equipment import patience

SMALL_PIPE = 4096


def lost(lines: int) -> bytes:
    return b"lost %d\n" % lines


@contextmanager
def small_pipe() -> Iterator[tuple[int, int]]:
    """Open a pipe with room for one page."""
    read, write = os.pipe()
    fcntl.fcntl(write, fcntl.F_SETPIPE_SZ, SMALL_PIPE)
    try:
        yield read, write
    finally:
        os.close(read)
        os.close(write)


def test_lines_come_out_whole_and_in_order(tmp_path: Path) -> None:
    """Those of several threads, too: each is in one piece."""
    path = tmp_path / "log"
    with path.open("wb") as file:
        writer = BackgroundWriter(file.fileno(), lost)
    threads = [
        threading.Thread(target=lambda n=n: [writer.write(b"%d %d\n" % (n, i)) for i in range(500)])
        for n in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    writer.close()
    lines = [tuple(map(int, line.split())) for line in path.read_bytes().splitlines()]
    assert sorted(lines) == [(n, i) for n in range(4) for i in range(500)]
    for n in range(4):
        assert [i for m, i in lines if m == n] == list(range(500))


def test_a_reader_that_stops_costs_lines_and_no_time() -> None:
    """What does not fit is lost, counted, and said when the reader goes on."""
    with small_pipe() as (read, write):
        writer = BackgroundWriter(write, lost, most_bytes=10_000)
        for number in range(1000):
            writer.write(b"%099d\n" % number)
        assert not writer.flush(0.05)
        got = b""
        while not writer.flush(0.01):
            got += os.read(read, 65536)
        writer.write(b"afterwards\n")
        writer.close()
        got += os.read(read, 65536)
    numbers = [int(line) for line in got.splitlines() if line.isdigit()]
    said = [int(line.split()[1]) for line in got.splitlines() if line.startswith(b"lost")]
    assert numbers == list(range(len(numbers)))
    assert len(numbers) + sum(said) == 1000
    assert got.endswith(b"afterwards\n")


def test_the_end_does_not_wait_for_a_reader() -> None:
    """It gives up after its time, whatever is left."""
    with small_pipe() as (_, write):
        writer = BackgroundWriter(write, lost)
        for _ in range(100):
            writer.write(b"x" * 99 + b"\n")
        closing = threading.Thread(target=lambda: writer.close(0.05))
        closing.start()
        closing.join(patience.seconds(5))
        assert not closing.is_alive()


def test_a_reader_that_left_raises_nothing() -> None:
    """The trouble is told once, not a line."""
    troubles: list[OSError] = []
    read, write = os.pipe()
    os.close(read)
    writer = BackgroundWriter(write, lost, on_trouble=troubles.append)
    os.close(write)
    for _ in range(10):
        writer.write(b"x\n")
    assert writer.flush(patience.seconds(5))
    writer.close()
    assert [type(error) for error in troubles] == [BrokenPipeError]


def test_a_full_disk_costs_lines_until_there_is_room(tmp_path: Path) -> None:
    """A line that was torn stands alone, the count of the lost follows, and the next is whole."""
    path, (soft, hard) = tmp_path / "log", resource.getrlimit(resource.RLIMIT_FSIZE)
    before = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)  # then a write fails with EFBIG, as on a full disk
    troubles: list[OSError] = []
    try:
        with path.open("ab") as file:
            writer = BackgroundWriter(file.fileno(), lost, on_trouble=troubles.append)
            resource.setrlimit(resource.RLIMIT_FSIZE, (25, hard))
            for number in range(5):
                writer.write(b"line %d ...\n" % number)
            assert writer.flush(patience.seconds(5))
            resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
            writer.write(b"afterwards\n")
            writer.close()
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
        signal.signal(signal.SIGXFSZ, before)
    assert path.read_bytes().splitlines() == [b"line 0 ...", b"line 1 ...", b"lin", b"lost 3", b"afterwards"]
    assert len(troubles) == 1


def test_lines_that_come_together_are_written_together(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In pieces that a pipe keeps whole; a long line is alone."""
    pieces: list[int] = []
    written, begin = os.write, threading.Event()

    def write(descriptor: int, data: bytes) -> int:
        begin.wait(patience.seconds(5))
        pieces.append(len(data))
        return written(descriptor, data)

    path = tmp_path / "log"
    with path.open("wb") as file:
        writer = BackgroundWriter(file.fileno(), lost)
    monkeypatch.setattr(os, "write", write)
    lines = [b"first\n", *(b"%099d\n" % number for number in range(100)), b"x" * 9999 + b"\n", b"last\n"]
    for line in lines:
        writer.write(line)
    begin.set()
    writer.close()
    assert path.read_bytes() == b"".join(lines)
    assert max(size for size in pieces if size != 10_000) <= select.PIPE_BUF
    assert len(pieces) < 10


def test_a_closed_writer_takes_nothing(tmp_path: Path) -> None:
    """A line after the end is no error."""
    with (tmp_path / "log").open("wb") as file:
        writer = BackgroundWriter(file.fileno(), lost)
    writer.close()
    writer.close()
    writer.write(b"x\n")
    assert (tmp_path / "log").read_bytes() == b""


def test_a_descriptor_that_is_not_open() -> None:
    """It is an error at once, not later in a thread."""
    read, write = os.pipe()
    os.close(read)
    os.close(write)
    with pytest.raises(OSError, match="descriptor"):
        BackgroundWriter(write, lost)
