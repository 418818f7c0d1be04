"""A call's sound on its way over the control socket."""

from __future__ import annotations

import orjson
import pytest

from gateway.call import TapBlock
from gateway.node.live_audio import block_of, line


@pytest.mark.parametrize("missing", [True, False])
def test_what_goes_in_comes_out(missing: bool) -> None:
    """Whatever bytes a sound has."""
    block = TapBlock(7, 8000, bytes(range(256)) * 5, caller_missing=missing)
    assert block_of(orjson.loads(line(block))["heard"]) == block
