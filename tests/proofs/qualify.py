"""Asterisk's `qualify` at a gateway that is told to stop: `python -m tests.proofs.qualify`.

A gateway has registered at Asterisk, which asks it every second whether it lives (OPTIONS), and rings it.
At SIGTERM the call goes on, OPTIONS gets 503, and Asterisk takes the gateway for unreachable.
Both sides' lines are written down as a person would read them.
"""

from __future__ import annotations

import asyncio
import json
import re
import signal
import sys
import tempfile
import threading
import time
from pathlib import Path

from tests.equipment import asterisk, ports
from tests.equipment.asterisk import ROOT
from tests.equipment.certificates import Authority
from tests.equipment.encrypting_asterisk import PASSWORD, EncryptingAsterisk
from tests.equipment.programs import Gateway, LocalServer, agent
from tests.proofs import NOT_HERE

QUALIFIES = "qualify_frequency=1\nqualify_2xx_only=yes"
PATIENCE_S = 15.0
MOST_OF_IT = 130
"""Packets, of the 150 of a call of 3 s."""


def said(far: EncryptingAsterisk, what: str) -> str:
    """Wait until Asterisk says something of its contact; return the line."""
    until = time.monotonic() + PATIENCE_S
    while time.monotonic() < until:
        lines = (ROOT / "var/log/asterisk-console").read_text(errors="replace").splitlines()
        for line in lines:
            if "Contact udp/" in line and what in line:
                return re.sub(r"\x1b\[[0-9;]*m", "", line).strip()
        threading.Event().wait(0.2)
    return f"nothing of {what}: {far.asks('pjsip show contacts')}"


def settings(folder: Path, port: int) -> Path:
    """Write a file of settings with a trunk that registers there."""
    account = {"registrar": f"127.0.0.1:{port}", "user": "udp", "password": "${ASTERISK_PASSWORD}"}
    file = folder / "gateway.yaml"
    file.write_text(json.dumps({"trunks": {"pbx": {"register": account}}}))
    return file


async def prove() -> bool:
    """Ring, stop it, and look."""
    with tempfile.TemporaryDirectory() as temporary, LocalServer() as server:
        port = ports.free_port()
        authority = Authority(Path(temporary))
        file = settings(Path(temporary), port)
        env = {"ASTERISK_PASSWORD": PASSWORD, "GATEWAY_DRAIN_SECONDS": "20"}
        plans = {"tone": agent("sip:udp", server.url, voice="tone-440-60s")}
        with (
            EncryptingAsterisk(authority, port, ports.free_port(), aor=QUALIFIES) as far,
            Gateway(plans, "--no-local", "--config", str(file), env=env) as gateway,
        ):
            there = await asyncio.to_thread(said, far, "is now Reachable")
            await asyncio.to_thread(far.rings, "udp", "drained")
            await gateway.said("call.answered")
            gateway.popen.send_signal(signal.SIGTERM)
            await gateway.said("gateway.draining")
            gone = await asyncio.to_thread(said, far, "is now Unreachable")
            code = await asyncio.to_thread(gateway.wait, 30)
            lines = [line for line in gateway.text if "draining" in line or "call.ended" in line]
        sys.stdout.write(f"{there}\n" + "\n".join(lines) + f"\n{gone}\n")
        ended = [(line["reason"], line["packets_in"], line["packets_out"]) for line in gateway.ended_calls()]
        sys.stdout.write(f"ended, packets in and out: {ended}, exit code {code}\n")
        whole = len(ended) == 1 and ended[0][0] == "caller_hung_up" and min(ended[0][1:]) > MOST_OF_IT
        return "Unreachable" in gone and whole and code == 0


if __name__ == "__main__":
    if why := asterisk.missing():
        sys.stdout.write(f"{why}\n")
        sys.exit(NOT_HERE)
    sys.exit(0 if asyncio.run(prove()) else 1)
