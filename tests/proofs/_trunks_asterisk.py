"""Trunks through a real Asterisk: see `trunks`.

The gateway registers at Asterisk (`tests.equipment.asterisk` installs it) over UDP, TCP, and TLS with
SRTP by SDES and by DTLS. Over each, Asterisk rings and is rung, five at once.
Each call hears a tone both ways: what Asterisk plays reaches the leg, what the leg plays reaches Asterisk.
"""

from __future__ import annotations

import asyncio
import sys
import tempfile
import time
from pathlib import Path
from unittest import mock

from gateway.call import Answer, HangUp
from gateway.sip import user_agent
from gateway.sip.trunk_keys import TrunkKeys
from tests.equipment import asterisk, ports
from tests.equipment.certificates import Authority
from tests.equipment.encrypting_asterisk import ACCOUNTS, PASSWORD, EncryptingAsterisk
from tests.proofs._trunk_calls import HUNG_UP, heard, hears, registered, says
from tests.sip.conftest import Exchange, Listening, exchange

AT_ONCE = 5


def keys(name: str, transport: str, srtp: str, folder: Path, far: EncryptingAsterisk) -> TrunkKeys:
    """Return a trunk that registers at one of Asterisk's accounts."""
    port = far.tls_port if transport == "tls" else far.port
    text = {
        "register": {"registrar": f"127.0.0.1:{port}", "user": name, "password": "${file:password}"},
        "transport": transport,
        "encryption": "off" if srtp == "no" else "required",
        "keys": "dtls" if srtp == "dtls" else "sdes",
        "tls": {"ca": "authority.pem", "certificate": "gateway.pem", "key": "gateway.key"},
        "dial": ["1"],
    }
    return TrunkKeys.model_validate(text, context={"folder": folder})


async def answered(running: Exchange, outcome: list[str], encryption: list[str | None]) -> None:
    """Take the next call of Asterisk's."""
    leg = await running.leg()
    leg.leg.execute(Answer())
    await leg.fact()
    await says(leg)
    encryption.append((await leg.ended()).media.encryption)  # type: ignore[union-attr]
    outcome.append("heard" if hears(leg) else "silent here")


async def dialled(running: Exchange, trunk: str, far: EncryptingAsterisk, outcome: list[str]) -> None:
    """Ring Asterisk, which echoes."""
    port, transport = (far.tls_port, ";transport=tls") if trunk == "sdes" else (far.port, "")
    transport = ";transport=tcp" if trunk == "tcp" else transport
    leg = Listening(running.agent.dial(f"sip:100@127.0.0.1:{port}{transport}", trunk=trunk))
    for _ in range(2):
        if type(await leg.fact()).__name__ == "Answered":
            break
    await says(leg)
    outcome.append("heard" if hears(leg) else "silent here")
    leg.leg.execute(HangUp(HUNG_UP))
    await leg.ended()


async def both_ways(running: Exchange, far: EncryptingAsterisk, name: str, calls: int) -> bool:
    """Ring and be rung; return whether all was heard."""
    inbound: list[str] = []
    outbound: list[str] = []
    encryption: list[str | None] = []
    began = time.monotonic()
    for first in range(0, calls, AT_ONCE):
        several = range(first, min(first + AT_ONCE, calls))
        async with asyncio.TaskGroup() as tasks:
            for number in several:
                tasks.create_task(asyncio.to_thread(far.rings, name, f"{name}{number}"))
                tasks.create_task(answered(running, inbound, encryption))
        async with asyncio.TaskGroup() as tasks:
            for _ in several:
                tasks.create_task(dialled(running, name, far, outbound))
    there = sum(heard(far.heard(f"{name}{number}"), 8000) for number in range(calls))
    good = inbound.count("heard") == outbound.count("heard") == there == calls
    sys.stdout.write(
        f"{name:5} rung by Asterisk {inbound.count('heard')} of {calls} heard here, {there} there; "
        f"rang it {outbound.count('heard')} of {calls} echoed; SRTP {sorted(set(map(str, encryption)))}; "
        f"{time.monotonic() - began:.0f} s\n"
    )
    return good


async def prove(calls: int) -> bool:
    """Register, and talk over each trunk."""
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        authority = Authority(folder)
        authority.gives("gateway")
        (folder / "password").write_text(PASSWORD)
        with EncryptingAsterisk(authority, ports.free_port(), ports.free_port()) as far:
            trunks = {
                name: keys(name, transport, srtp, folder, far) for name, (transport, srtp) in ACCOUNTS.items()
            }
            with mock.patch.object(user_agent, "SWEEP_S", 0.2):
                async with exchange(trunks=trunks, max_calls=50) as running:
                    await registered(running)
                    return all([await both_ways(running, far, name, calls) for name in trunks])


def missing() -> str:
    """Return why it cannot be proved here; "" if it can."""
    return asterisk.missing()
