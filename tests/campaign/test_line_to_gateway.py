"""A way to ask a gateway that may be away."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from gateway.campaign.line_to_gateway import LineToGateway
from gateway.node.control_client import GatewayAway, Refusal
from tests.campaign.gateway_of_outcomes import OutcomeGateway


async def test_it_connects_when_somebody_is_there(tmp_path: Path) -> None:
    """And stays connected when a question is refused."""
    at = tmp_path / "control.sock"
    async with LineToGateway(at) as line:
        with pytest.raises(GatewayAway):
            await line.ask("outcomes")
        async with OutcomeGateway().answering(at):
            assert (await line.ask("outcomes"))["run"] == "run1"
            with pytest.raises(Refusal):
                await line.ask("nonsense")
            assert (await line.ask("outcomes"))["last"] == 0


async def test_it_connects_again_when_it_was_lost(tmp_path: Path) -> None:
    """A gateway that is started anew hangs up on everybody."""
    at, asked = tmp_path / "control.sock", 0

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal asked
        await reader.readline()
        asked += 1
        if asked != 2:
            writer.write(b'{"id": 1, "ok": %d}\n' % asked)
        writer.close()

    server = await asyncio.start_unix_server(answer, at)
    async with LineToGateway(at) as line:
        assert await line.ask("outcomes") == 1
        with pytest.raises(GatewayAway):  # that connection is over
            await line.ask("outcomes")
        with pytest.raises(GatewayAway):
            await line.ask("outcomes")
        assert await line.ask("outcomes") == 3
    server.close()
    await server.wait_closed()
