"""Trunks with a real baresip at the other end: see `trunks`.

Both register at Kamailio, baresip over the transport that the gateway does; each rings the other through
it, over UDP, TCP, and TLS with SDES. baresip holds each call and takes it up again.
"""

from __future__ import annotations

import asyncio
import sys
import tempfile
import time
from pathlib import Path
from unittest import mock

from gateway.call import Answer, Answered, HangUp, Held, LegFact, Resumed
from gateway.sip import user_agent
from gateway.sip.trunk_keys import TrunkKeys
from tests.equipment import baresip, kamailio, ports
from tests.equipment.baresip import HERTZ, RATE, Baresip
from tests.equipment.certificates import Authority
from tests.equipment.kamailio import PASSWORD, Kamailio
from tests.proofs._trunk_calls import HUNG_UP, heard, hears, registered, says
from tests.sip.conftest import Exchange, Listening, exchange

ACCOUNTS = {
    "udp": ("udp", ""),
    "tcp": ("tcp", ""),
    "sdes": ("tls", "srtp-mand"),
    "dtls": ("udp", "dtls_srtp"),
}
"""Transport, and what baresip calls its keys."""
SAYS_MS = 1000


def missing() -> str:
    """Return why it cannot be proved here; "" if it can."""
    return kamailio.missing() or baresip.missing()


def keys(name: str, folder: Path, edge: Kamailio) -> TrunkKeys:
    """Return a trunk that registers there."""
    transport, srtp = ACCOUNTS[name]
    port = edge.tls_port if transport == "tls" else edge.port
    text = {
        "register": {"registrar": f"127.0.0.1:{port}", "user": name, "password": "${file:password}"},
        "transport": transport,
        "encryption": "required" if srtp else "off",
        "keys": "dtls" if srtp == "dtls_srtp" else "sdes",
        "tls": {"ca": "authority.pem", "certificate": "gateway.pem", "key": "gateway.key"},
    }
    return TrunkKeys.model_validate(text, context={"folder": folder})


def account(name: str, edge: Kamailio) -> str:
    """Return baresip's account line."""
    transport, srtp = ACCOUNTS[name]
    port = edge.tls_port if transport == "tls" else edge.port
    encrypts = f";mediaenc={srtp}" if srtp else ""
    return (
        f"<sip:bare@127.0.0.1:{port};transport={transport}>;auth_user=bare;auth_pass={PASSWORD};regint=120"
        f";audio_codecs=PCMU/8000{encrypts};answermode=manual"
    )


async def until(leg: Listening, kind: type[LegFact]) -> None:
    """Wait for a fact; others are passed over."""
    while not isinstance(await leg.fact(15), kind):
        pass


async def talk(leg: Listening) -> bool:
    """Say a tone; return whether the leg has heard baresip's."""
    leg.heard = b""
    await says(leg, SAYS_MS)
    return hears(leg, HERTZ, SAYS_MS)


async def through(far: Baresip, leg: Listening) -> str:
    """Talk, be held, talk, hang up; return what became of it."""
    if not await talk(leg):
        return "silent here"
    far.does("hold")
    await until(leg, Held)
    far.does("resume")
    await until(leg, Resumed)
    if not await talk(leg):
        return "silent after the hold"
    leg.leg.execute(HangUp(HUNG_UP))
    await leg.ended()
    await asyncio.to_thread(far.event, "CALL_CLOSED")
    return "heard" if heard(far.heard(), RATE, ms=2 * SAYS_MS) else "silent there"


async def rung(running: Exchange, far: Baresip, edge: Kamailio, name: str) -> str:
    """Have baresip ring us."""
    far.does("dial", f"sip:{name}@127.0.0.1:{edge.tls_port if ACCOUNTS[name][0] == 'tls' else edge.port}")
    leg = await running.leg()
    leg.leg.execute(Answer())
    await until(leg, Answered)
    return await through(far, leg)


async def rang(running: Exchange, far: Baresip, edge: Kamailio, name: str) -> str:
    """Ring it."""
    transport = ACCOUNTS[name][0]
    port = edge.tls_port if transport == "tls" else edge.port
    more = "" if transport == "udp" else f";transport={transport}"
    leg = Listening(running.agent.dial(f"sip:bare@127.0.0.1:{port}{more}", trunk=name))
    await asyncio.to_thread(far.event, "CALL_INCOMING")
    far.does("accept")
    await until(leg, Answered)
    return await through(far, leg)


async def over(running: Exchange, edge: Kamailio, authority: Authority, name: str, calls: int) -> bool:
    """Ring and be rung over one transport; return whether all was heard."""
    began = time.monotonic()
    with Baresip(account(name, edge), authority=authority) as far:
        await asyncio.to_thread(far.registered)
        good = True
        for way in (rung, rang):
            told = []
            for _ in range(calls):
                try:
                    told.append(await way(running, far, edge, name))
                except (TimeoutError, AssertionError) as error:
                    told.append(str(error).splitlines()[0] if str(error) else type(error).__name__)
                    far.does("hangup")
            good = good and told.count("heard") == calls
            rest, way_told = ", ".join(sorted(set(told) - {"heard"})), "was rung" if way is rung else "rang"
            well, took = told.count("heard"), time.monotonic() - began
            sys.stdout.write(f"{name:5} {way_told:8} {well} of {calls} heard and held, {took:.0f} s {rest}\n")
            sys.stdout.flush()
    return good


async def prove(calls: int) -> bool:
    """Register, ring and be rung over each transport."""
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        authority = Authority(folder)
        authority.gives("gateway")
        (folder / "password").write_text(PASSWORD)
        with Kamailio(authority, ports.free_port(), ports.free_port()) as edge:
            trunks = {name: keys(name, folder, edge) for name in ACCOUNTS}
            with mock.patch.object(user_agent, "SWEEP_S", 0.2):
                async with exchange(trunks=trunks, max_calls=8) as running:
                    await registered(running)
                    return all([await over(running, edge, authority, name, calls) for name in trunks])
