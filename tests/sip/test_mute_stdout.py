"""Keeping a C library's output off the terminal."""

import ctypes

import pytest

from gateway.sip.mute_stdout import quiet


def test_what_c_prints_meanwhile_is_not_seen(capfd: pytest.CaptureFixture[str]) -> None:
    """And everything printed before and after is."""
    libc = ctypes.CDLL(None)
    libc.puts(b"before")
    with quiet():
        libc.puts(b"greeting")
    libc.puts(b"after")
    libc.fflush(None)
    assert capfd.readouterr().out.split() == ["before", "after"]
