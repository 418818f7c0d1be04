"""The table of trunks."""

from __future__ import annotations

from dataclasses import asdict, replace
from typing import Any

from rich.console import Console

from gateway.node.trunk_table import table
from gateway.sip.trunk import TrunkView

CARRIER = TrunkView("carrier", "registered", "", 550, None, "SHA-256", 3, "sip.c.example", "tls", "required")
PBX = TrunkView("pbx", "failed", "403 Forbidden", None, 57, "MD5", 0, "192.0.2.10", "udp", "off")


def shown(*trunks: TrunkView) -> str:
    """The table as text."""
    console = Console(width=120)
    with console.capture() as text:
        rows: list[dict[str, Any]] = [asdict(one) for one in trunks]
        console.print(table(rows))
    return text.get()


def test_each_trunk_has_a_row_and_what_is_behind_it() -> None:
    """State, place and calls in the row; expiry, failure and the digest below."""
    text = shown(CARRIER, PBX)
    assert "carrier  registered  sip.c.example  tls        required      3" in text
    assert "carrier: for 550 s more, password shown by SHA-256" in text
    assert "pbx: 403 Forbidden, password shown by MD5, tried again in 57 s" in text


def test_a_terminal_obeys_no_registrar() -> None:
    """Whatever stands behind its status."""
    text = shown(replace(PBX, detail="403 \x1b[2J[/b]"))
    assert "pbx: 403  [2J[/b]," in text


def test_none() -> None:
    """Without trunks it says where one reads how to have one."""
    assert shown().strip() == "no trunks: see docs/trunks.md"
