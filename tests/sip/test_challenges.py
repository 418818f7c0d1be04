"""Registrars that ask for a password in several ways (RFC 3261 section 22.3)."""

from __future__ import annotations

from pathlib import Path

import pytest
from structlog.testing import capture_logs

from tests.equipment.registrar import Registrar
from tests.sip.conftest import needs_guard
from tests.sip.test_trunk import registering, stands

pytestmark = [*needs_guard, pytest.mark.usefixtures("attentive")]

OTHERS = ('Basic realm="r"', 'NTLM realm="r", targetname="sip", version=4', "\r\n Negotiate")


@pytest.mark.parametrize("transport", ["udp", "tcp"])
async def test_the_digest_among_them_is_answered(tmp_path: Path, transport: str) -> None:
    """Whatever stands before it, also in a line of its own."""
    registrar = Registrar(others=OTHERS, streams=transport == "tcp")
    async with registering(tmp_path, registrar, transport=transport) as running:
        await stands(running, lambda one: one.state == "registered")
        assert len(registrar.shown) == 1


async def test_no_digest_is_among_them(tmp_path: Path) -> None:
    """It is said what was asked for, and how to cure it."""
    registrar = Registrar(others=OTHERS[:2], challenges=())
    with capture_logs() as lines:
        async with registering(tmp_path, registrar) as running:
            view = await stands(running, lambda one: one.state == "failed")
    assert view.detail.startswith("401")
    (failed,) = (line for line in lines if line["event"] == "trunk.not_registered")
    assert "(Basic, NTLM)" in failed["cure"]
