"""Thousands of spoiled messages, answers and packets: proofs in their short form, each alone with itself."""

from __future__ import annotations

import subprocess
import sys

import pytest

from tests.equipment import alone
from tests.equipment.process import ROOT

pytestmark = pytest.mark.native

if why := alone.refusal():
    pytest.skip(why, allow_module_level=True)


@pytest.mark.parametrize("proof", ["mutations", "answers", "rtp"])
def test_what_is_spoiled_costs_no_call(proof: str) -> None:
    """Said to us over UDP and TCP, answered to calls of ours, or sent where audio is: nobody else notices."""
    command = [sys.executable, "-m", f"tests.proofs.{proof}", "--short"]
    result = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stdout + result.stderr
