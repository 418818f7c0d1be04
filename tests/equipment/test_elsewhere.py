"""Phones go first; what they ring does not."""

from __future__ import annotations

import os
import subprocess
import threading

import pytest

from tests.equipment.elsewhere import AHEAD, as_elsewhere
from tests.equipment.process import Process, python

OWN = ["-c", "import json, os; print(json.dumps({'event': 'up', 'nice': os.nice(0)}), flush=True)"]


def niceness() -> int:
    return os.getpriority(os.PRIO_PROCESS, 0)


def in_a_thread() -> int:
    """Return the niceness of a thread that is started now."""
    told: list[int] = []
    thread = threading.Thread(target=lambda: told.append(niceness()))
    thread.start()
    thread.join()
    return told[0]


@pytest.mark.skipif(os.geteuid() != 0, reason="only root may go first")
def test_a_phone_goes_first_as_long_as_it_is_there() -> None:
    """The thread itself and those that it starts; afterwards it is one among others."""
    before = niceness()
    with as_elsewhere():
        assert (niceness(), in_a_thread()) == (AHEAD, AHEAD)
    assert niceness() == before


def test_a_program_under_test_does_not() -> None:
    """Whoever starts it, it has the priority that it would have had by itself."""
    before = niceness()
    with as_elsewhere(), Process(python(*OWN)) as program:
        assert program.wait_for(lambda line: line.get("event") == "up")["nice"] == before


def test_who_may_not_go_first_goes_with_the_others() -> None:
    """Without root the phones are as late as this machine is."""
    told = subprocess.run(
        ["setpriv", "--bounding-set=-sys_nice", "--inh-caps=-sys_nice", *python("-c", TRY)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert told.stdout == "0 ()\n", told.stderr


TRY = """
from tests.equipment.elsewhere import *
with as_elsewhere():
    print(os.getpriority(os.PRIO_PROCESS, 0), here())
"""
