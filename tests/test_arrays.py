"""numpy is there when it is wanted, and not before."""

from __future__ import annotations

import subprocess

import numpy

from gateway.arrays import load_soon, np
from tests.equipment.process import ROOT, python

SERVING = "import sys, gateway.node.serve; print('numpy' in sys.modules, 'soxr' in sys.modules)"


def test_a_gateway_that_nobody_calls_does_without() -> None:
    """Whatever it has loaded until it answers."""
    ran = subprocess.run(python("-c", SERVING), cwd=ROOT, capture_output=True, text=True, check=True)
    assert ran.stdout.split() == ["False", "False"]


def test_what_is_asked_of_it_is_numpys() -> None:
    """Again and again, whether it was loaded before or not."""
    load_soon()
    load_soon()
    assert np.zeros is numpy.zeros
    assert np.int16 is numpy.int16
    assert np.lib.stride_tricks is numpy.lib.stride_tricks
