"""Trunks through a real Kamailio as registrar and edge: see `trunks`.

The gateway registers over UDP, TCP, and TLS; a phone rings it and is rung through Kamailio, which stays on
the way. Over TLS the audio is encrypted by keys in the signalling. Each call is held by the phone, taken up
again, held by us, taken up again, and hung up by one of both by turns: all of that finds its way along the
Record-Route.
"""

from __future__ import annotations

import hashlib
import re
import sys
import tempfile
import time
from collections.abc import Coroutine
from pathlib import Path
from unittest import mock

from gateway.call import Answer, Answered, HangUp, Held, Hold, LegFact, Resume, Resumed
from gateway.sip import user_agent
from gateway.sip.trunk_keys import TrunkKeys
from tests.equipment import kamailio, ports, tone
from tests.equipment.certificates import Authority
from tests.equipment.kamailio import PASSWORD, Kamailio
from tests.equipment.wire_call import Call
from tests.equipment.wire_phone import Phone
from tests.equipment.wire_rtp import Pump
from tests.equipment.wire_srtp import Sdes
from tests.proofs._trunk_calls import HUNG_UP, heard, hears, registered, says
from tests.sip.conftest import Exchange, Listening, exchange

TRANSPORTS = {"udp": "udp", "tcp": "tcp", "sdes": "tls"}
SAYS_MS = 600
PHONE_HERTZ = 1000
REALM = "edge.test"


def missing() -> str:
    """Return why it cannot be proved here; "" if it can."""
    return kamailio.missing()


def keys(name: str, transport: str, folder: Path, edge: Kamailio) -> TrunkKeys:
    """Return a trunk that registers there."""
    port = edge.tls_port if transport == "tls" else edge.port
    text = {
        "register": {"registrar": f"127.0.0.1:{port}", "user": name, "password": "${file:password}"},
        "transport": transport,
        "encryption": "required" if transport == "tls" else "off",
        "tls": {"ca": "authority.pem", "certificate": "gateway.pem", "key": "gateway.key"},
    }
    return TrunkKeys.model_validate(text, context={"folder": folder})


async def register(phone: Phone, user: str) -> None:
    """Register a phone by digest (RFC 2617)."""
    own = [("Expires", "300")]
    told = await phone.ask("REGISTER", headers=own, number=user)
    nonce = re.search(r'nonce="([^"]+)"', told.header("WWW-Authenticate"))
    assert nonce, told.start
    uri = f"sip:{user}@{phone.target[0]}:{phone.target[1]}"

    def of(*parts: str) -> str:
        return hashlib.md5(":".join(parts).encode()).hexdigest()

    answer = of(of(user, REALM, PASSWORD), nonce[1], of("REGISTER", uri))
    shown = f'Digest username="{user}", realm="{REALM}", nonce="{nonce[1]}", uri="{uri}", response="{answer}"'
    request = phone.request("REGISTER", headers=[*own, ("Authorization", shown)], number=user)
    assert (await phone.transact(request).final()).status == 200


async def until(leg: Listening, kind: type[LegFact]) -> None:
    """Wait for a fact; others are passed over."""
    while not isinstance(await leg.fact(), kind):
        pass


async def talk(call: Call, leg: Listening) -> bool:
    """Say a tone on both sides; return whether both have heard the other."""
    since, leg.heard = time.monotonic_ns(), b""
    call.media.say(tone.sine(PHONE_HERTZ, SAYS_MS))
    await says(leg, SAYS_MS)
    there = heard(call.media.heard(since=since), 8000, ms=SAYS_MS)
    return there and hears(leg, PHONE_HERTZ, SAYS_MS)


async def through(call: Call, leg: Listening, n: int, again: tuple[str, ...]) -> str:
    """Talk, hold, talk, be held, talk, hang up; return what became of it.

    `again`: lines of a phone's new offers.
    """
    if not await talk(call, leg):
        return "silent"
    for direction, fact in (("sendonly", Held), ("sendrecv", Resumed)):
        await call.reinvite(direction=direction, extra=again)
        await until(leg, fact)
    if not await talk(call, leg):
        return "silent after the phone's hold"
    for order, direction in ((Hold(), "recvonly"), (Resume(), "sendrecv")):
        leg.leg.execute(order)
        await call.hears(
            lambda wanted=direction: call.local_sdp and call.local_sdp.direction == wanted, "our hold"
        )  # type: ignore[misc]
    if not await talk(call, leg):
        return "silent after our hold"
    if n % 2:
        leg.leg.execute(HangUp(HUNG_UP))
        await call.ended()
    else:
        await call.hang_up()
        await leg.ended()
    return "heard"


async def rung(running: Exchange, edge: Kamailio, pump: Pump, name: str, n: int) -> str:
    """Have a phone ring one of our accounts."""
    async with Phone(("127.0.0.1", edge.port), pump, user="caller") as phone:
        call, cipher = phone.call(name, invite=False), Sdes()
        secret = name == "sdes"
        if secret:
            call.media.cipher = cipher
        more = {"profile": "RTP/SAVP", "extra": (cipher.line,)} if secret else {}
        call.invite(formats=(0, 101), **more)
        leg = await running.leg()
        leg.leg.execute(Answer())
        answer = await call.answered()
        if secret:
            cipher.agree(answer.body)
            call.answers_with = more
        await until(leg, Answered)
        return await through(call, leg, n, (cipher.line,) if secret else ())


async def rang(running: Exchange, edge: Kamailio, pump: Pump, name: str, n: int) -> str:
    """Ring a phone that is registered there."""
    async with Phone(("127.0.0.1", edge.port), pump, user=f"desk{n}") as phone:
        await register(phone, f"desk{n}")
        transport = TRANSPORTS[name]
        port = edge.tls_port if transport == "tls" else edge.port
        more = "" if transport == "udp" else f";transport={transport}"
        leg = Listening(running.agent.dial(f"sip:desk{n}@127.0.0.1:{port}{more}", trunk=name))
        call, cipher = await phone.incoming(), Sdes()
        if name == "sdes":
            call.media.cipher = cipher
            cipher.agree_on_offer(call.messages[0].body)
            call.answers_with = {"profile": "RTP/SAVP", "extra": (cipher.line_for(call.messages[0].body),)}
        await call.accept()
        await until(leg, Answered)
        return await through(call, leg, n, tuple(call.answers_with.get("extra", ())))


async def said(call: Coroutine[object, object, str]) -> str:
    """Return what became of a call, also of one of which nothing more was heard."""
    try:
        return await call
    except (AssertionError, TimeoutError) as error:
        return str(error).partition("\n")[0] or type(error).__name__


async def prove(calls: int) -> bool:
    """Register, ring and be rung over each transport."""
    good = True
    with tempfile.TemporaryDirectory() as temporary, Pump() as pump:
        folder = Path(temporary)
        authority = Authority(folder)
        authority.gives("gateway")
        (folder / "password").write_text(PASSWORD)
        with Kamailio(authority, ports.free_port(), ports.free_port()) as edge:
            trunks = {name: keys(name, transport, folder, edge) for name, transport in TRANSPORTS.items()}
            with mock.patch.object(user_agent, "SWEEP_S", 0.2):
                async with exchange(trunks=trunks, max_calls=8) as running:
                    await registered(running)
                    for name in trunks:
                        for way in (rung, rang):
                            told = [await said(way(running, edge, pump, name, n)) for n in range(calls)]
                            heard_well = told.count("heard")
                            good = good and heard_well == calls
                            rest = sorted(set(told) - {"heard"})
                            sys.stdout.write(
                                f"{name:5} {'was rung' if way is rung else 'rang':8} {heard_well} of {calls} "
                                f"heard and held both ways {', '.join(rest)}\n"
                            )
                            sys.stdout.flush()
    return good
