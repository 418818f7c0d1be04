"""`gateway doctor`: a line for each look, a cure for each fault, an exit code for scripts."""

from __future__ import annotations

from pathlib import Path

import orjson
import pytest

from tests.cli.conftest import Run
from tests.equipment import ports


@pytest.mark.usefixtures("dialplans")
def test_what_is_printed(gateway: Run) -> None:
    """For people, and for programs; nothing wrong is code 0."""
    Path("gateway.yaml").write_text(
        f"sip: '127.0.0.1:{ports.free_port()}'\nmax_calls: 5\nlocal: no\n", encoding="utf-8"
    )
    told = gateway("doctor", "--offline")
    assert told.code == 0, told.out
    assert "ok     RTP range" in told.out
    assert told.out.splitlines()[-1].startswith("0 wrong, ")
    lines = [orjson.loads(line) for line in gateway("doctor", "--offline", "--json").out.splitlines()]
    assert {"what", "grade", "found", "cure"} == set(lines[0])


@pytest.mark.usefixtures("dialplans")
def test_what_is_wrong(gateway: Run) -> None:
    """Code 1, and the cure below the fault."""
    Path("gateway.yaml").write_text("sipp: 127.0.0.1:5060\n", encoding="utf-8")
    told = gateway("doctor", "--offline")
    assert told.code == 1
    assert "did you mean" in told.out
    Path("gateway.yaml").write_text("rtp: 20000-20009\nmax_calls: 500\n", encoding="utf-8")
    told = gateway("doctor", "--offline")
    assert told.code == 1
    assert "wrong  RTP range" in told.out
    assert "-> widen `rtp` to 1000 ports" in told.out
