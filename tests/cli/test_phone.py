"""`gateway phone`, before it rings."""

from __future__ import annotations

import pytest

from tests.cli.conftest import Run


def test_a_phone_that_cannot_reach_anybody(gateway: Run) -> None:
    """An address that is none is said in one line."""
    told = gateway("phone", "--to", "sip:100@999.999.1.1")
    assert told.code == 1
    assert told.err.startswith("gateway: ")
    assert "999.999.1.1" in told.err
    assert told.err.count("\n") == 1


@pytest.mark.parametrize("mistake", [("--after", "1000"), ("--record", "nowhere/call.wav")])
def test_a_phones_script_is_checked_before_it_rings(gateway: Run, mistake: tuple[str, str]) -> None:
    """Nobody is called for a mistake."""
    told = gateway("phone", "--to", "sip:100@127.0.0.1", *mistake, "--digits", "1")
    assert told.code == 1
    assert mistake[1] in told.err
