"""Until when accounts have no room for new calls."""

from __future__ import annotations

from gateway.node.workers.scarce_ledger import ScarceLedger


def test_the_scarcest_limit_decides() -> None:
    """Until it is whole again, or somebody was told otherwise."""
    ledger = ScarceLedger()
    ledger.tell("acme", {"tokens": 30.0, "requests": 5.0}, 100.0)
    assert ledger.waits(["acme", "other"], 110.0) == {"acme": 20.0, "other": 0.0}
    ledger.tell("acme", {"tokens": 0.0}, 101.0)
    assert ledger.waits(["acme"], 102.0) == {"acme": 3.0}
    assert ledger.waits(["acme"], 200.0) == {"acme": 0.0}
