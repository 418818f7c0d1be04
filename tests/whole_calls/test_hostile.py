"""Three thousand spoiled messages, beside ten calls: the short form of a proof, in a network of its own."""

from __future__ import annotations

import subprocess
import sys

import pytest

from tests.equipment import alone
from tests.equipment.process import ROOT

pytestmark = pytest.mark.native

if why := alone.refusal():
    pytest.skip(why, allow_module_level=True)


def test_spoiled_messages_cost_no_call() -> None:
    """Inside of calls and beside them, over UDP and TCP: nobody else notices."""
    proof = [sys.executable, "-m", "tests.proofs.mutations", "--short"]
    result = subprocess.run(proof, cwd=ROOT, capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stdout + result.stderr
