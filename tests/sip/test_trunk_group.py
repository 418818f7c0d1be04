"""Who may ring, and which trunk a call is of, on the wire."""

from __future__ import annotations

import asyncio
import hashlib
import re
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from structlog.testing import capture_logs

from gateway.call import Answer, Ending, HangUp, Reason, Result, UseCodecs
from gateway.sip.trunk_keys import TrunkKeys
from tests.equipment import patience
from tests.equipment.wire_phone import Phone
from tests.equipment.wire_rtp import Pump
from tests.equipment.wire_sip import Message
from tests.sip.conftest import Exchange, Listening, exchange, needs_guard

pytestmark = needs_guard

HOME = ("127.0.0.1/32",)
CARRIER, STRANGER = "127.0.0.7", "127.0.0.66"
BUSY = Ending(Result.REJECTED, Reason.BUSY, 486)
ASSERTED = ("P-Asserted-Identity", '"Ann" <sip:+15551230001@carrier.example>')


def trunk(folder: Path = Path(), **given: Any) -> TrunkKeys:
    """Keys of a trunk."""
    return TrunkKeys.model_validate({"keepalive": "off"} | given, context={"folder": folder})


@pytest.fixture
async def guarded() -> AsyncIterator[Exchange]:
    """An agent with one trunk, to whom only 127.0.0.1 is its own machine."""
    trunks = {"carrier": trunk(peers=["127.0.0.0/29"], trusted=True)}
    async with exchange(home=HOME, trunks=trunks) as running:
        yield running


async def rung(running: Exchange, pump: Pump, host: str, **invite: Any) -> Any:
    """Ring from there; return what is known of the call, or what the caller is told."""
    async with Phone(running.address, pump, host=host) as phone:
        call = phone.call("100", **invite)
        try:
            leg = await asyncio.wait_for(running.leg(), patience.seconds(0.5))
        except TimeoutError:
            return phone.received[0].status if phone.received else None
        leg.leg.execute(HangUp(BUSY))
        await call.final()
        return leg.leg.info


async def test_call_of_a_peer_is_its_trunks(guarded: Exchange, pump: Pump) -> None:
    """By its address; what the trunk asserts of the caller is believed."""
    info = await rung(guarded, pump, CARRIER, headers=[ASSERTED])
    assert (info.trunk, info.caller.user, info.caller.display_name, info.verified) == (
        "carrier",
        "+15551230001",
        "Ann",
        True,
    )


async def test_plans_see_of_a_call_what_its_trunk_lets_through(pump: Pump) -> None:
    """Whatever a caller writes into a header comes as one line without control characters, or not at all."""
    keys = trunk(peers=[CARRIER], pass_headers=["X-Campaign"])
    given = [("X-Campaign", "spring\r\n  sale\x07\x1b[31m \u202e"), ("X-Customer", "12")]
    async with exchange(home=HOME, trunks={"carrier": keys}) as running:
        info = await rung(running, pump, CARRIER, headers=given)
        assert dict(info.headers) == {"x-campaign": "spring sale[31m "}
        info = await rung(running, pump, "127.0.0.1", headers=given)
        assert info.headers["x-customer"] == "12"


async def test_call_of_this_machine_is_of_no_trunk(pump: Pump) -> None:
    """What it asserts is worth nothing."""
    async with exchange(home=HOME) as running:
        info = await rung(running, pump, "127.0.0.1", headers=[ASSERTED])
        assert (info.trunk, info.caller.user, info.verified) == ("", "phone", False)


@pytest.mark.parametrize(("guests", "told"), [("refuse", 403), ("drop", None)])
async def test_stranger_does_not_get_in(pump: Pump, guests: str, told: int | None) -> None:
    """He is told 403, or nothing."""
    async with exchange(home=HOME, guests=guests) as running:
        assert await rung(running, pump, STRANGER) == told
        assert running.quiet


async def test_stranger_gets_in_where_guests_are_allowed(pump: Pump) -> None:
    """Of no trunk; a scanner does not."""
    async with exchange(home=HOME, guests="allow") as running:
        assert (await rung(running, pump, STRANGER)).trunk == ""
        assert await rung(running, pump, STRANGER, headers=[("User-Agent", "friendly-scanner")]) is None


async def test_answer_to_a_stranger_is_not_longer_than_what_he_sent(guarded: Exchange, pump: Pump) -> None:
    """He may have written somebody else's address onto his packet."""
    async with Phone(guarded.address, pump, host=STRANGER) as phone:
        host, port = phone.local
        short = (
            f"OPTIONS sip:a SIP/2.0\r\nv:SIP/2.0/UDP {host}:{port};branch=z9hG4bKx\r\n"
            "f:<sip:a>;tag=1\r\nt:<sip:a>\r\ni:1\r\nCSeq:1 OPTIONS\r\nl:0\r\n\r\n"
        )
        phone.send(short.encode())
        long = phone.request("OPTIONS", headers=[("X-Filler", "x" * 300)])
        answer = await phone.transact(long).final()
    assert answer.status == 403
    assert len(bytes(answer)) <= len(bytes(long))
    assert [one.status for one in phone.received] == [403]


@pytest.mark.usefixtures("attentive")
async def test_stranger_has_a_line_in_the_log(guarded: Exchange, pump: Pump) -> None:
    """With his address, which fail2ban reads."""
    with capture_logs() as lines:
        await rung(guarded, pump, STRANGER)
        await asyncio.sleep(0.1)
    assert [line["source"] for line in lines if line["event"] == "sip.stranger"] == [STRANGER]


async def test_trunk_has_no_more_calls_than_it_may(pump: Pump) -> None:
    """One more gets 503, and the plans do not see it."""
    trunks = {"carrier": trunk(peers=["127.0.0.0/29"], calls_per_second=0.1)}
    async with exchange(home=HOME, trunks=trunks) as running:
        assert (await rung(running, pump, CARRIER)).trunk == "carrier"
        async with Phone(running.address, pump, host=CARRIER) as phone:
            assert (await phone.call("100").final()).status == 503
        assert running.quiet


async def test_we_make_no_more_calls_over_a_trunk_than_it_may_have(pump: Pump) -> None:
    """Its calls and ours count together; one too many is not sent, and ends as refused."""
    trunks = {"carrier": trunk(peers=[CARRIER], max_calls=1)}
    async with (
        exchange(home=HOME, trunks=trunks) as running,
        Phone(running.address, pump, host=CARRIER) as phone,
    ):
        place = f"sip:100@{phone.local[0]}:{phone.local[1]}"
        Listening(running.agent.dial(place, trunk="carrier"))
        await phone.incoming()
        second = await Listening(running.agent.dial(place, trunk="carrier")).ended()
        assert (second.ending.reason, second.ending.status) == ("overloaded", 503)
        assert len(phone.calls) == 1


# --- a password for each call ------------------------------------------------------------------------


def shown(challenge: Message, call_uri: str, *, password: str = "secret", nc: str = "00000001") -> str:
    """Return the Authorization that answers the topmost challenge (RFC 7616)."""
    fields = dict(re.findall(r'(\w+)="?([^",\s]*)"?', challenge.header("WWW-Authenticate").partition(" ")[2]))
    assert fields["algorithm"] == "SHA-256"

    def of(*parts: str) -> str:
        return hashlib.sha256(":".join(parts).encode()).hexdigest()

    first = of("pbx", fields["realm"], password)
    digest = of(first, fields["nonce"], nc, "abc", "auth", of("INVITE", call_uri))
    return (
        f'Digest username="pbx", realm="{fields["realm"]}", nonce="{fields["nonce"]}", uri="{call_uri}", '
        f'algorithm=SHA-256, qop=auth, nc={nc}, cnonce="abc", response="{digest}"'
    )


@pytest.fixture
async def asking(tmp_path: Path) -> AsyncIterator[Exchange]:
    """An agent whose trunk has to show a password, from wherever it comes."""
    (tmp_path / "password").write_text("secret")
    trunks = {"pbx": trunk(tmp_path, auth={"user": "pbx", "password": "${file:password}"})}
    async with exchange(home=HOME, trunks=trunks) as running:
        yield running


async def challenged(phone: Phone) -> tuple[Message, str]:
    """Ring and be asked; return how, and who was rung."""
    call = phone.call("100")
    told = await call.final()
    assert told.status == 401
    return told, call.remote_uri


async def test_password_lets_in_once(asking: Exchange, pump: Pump) -> None:
    """The right one; what was overheard on the way is stale (RFC 7616 section 5.12)."""
    async with Phone(asking.address, pump, host=STRANGER) as phone:
        told, uri = await challenged(phone)
        proof = ("Authorization", shown(told, uri))
        phone.call("100", headers=[proof])
        leg = await asking.leg()
        assert leg.leg.info.trunk == "pbx"
        again = await phone.call("100", headers=[proof]).final()
        assert again.status == 401
        assert "stale=true" in again.header("WWW-Authenticate")
        leg.leg.execute(HangUp(BUSY))


async def test_wrong_password_does_not_let_in(asking: Exchange, pump: Pump) -> None:
    """The same answer as to whoever shows none."""
    async with Phone(asking.address, pump, host=STRANGER) as phone:
        told, uri = await challenged(phone)
        wrong = ("Authorization", shown(told, uri, password="guess"))
        refused = await phone.call("100", headers=[wrong]).final()
        assert refused.status == 401
        assert "stale" not in refused.header("WWW-Authenticate")
        assert asking.quiet


async def test_a_trunk_may_have_codecs_of_its_own(pump: Pump) -> None:
    """For its calls alone, before those of the settings; a call's plan may have others again."""
    trunks = {"carrier": trunk(peers=[CARRIER], codecs=["pcma", "g722"])}
    async with (
        exchange(home=HOME, trunks=trunks, codecs=("pcmu", "pcma")) as sip,
        Phone(sip.address, pump, host=CARRIER) as carrier,
        Phone(sip.address, pump) as phone,
    ):
        for ringing, wanted, taken in ((carrier, (), 8), (phone, (), 0), (carrier, ("g722",), 9)):
            call = ringing.call("100", formats=(0, 8, 9, 101))
            leg = await sip.leg()
            leg.leg.execute(UseCodecs(wanted))
            leg.leg.execute(Answer())
            await call.answered()
            assert call.remote_sdp
            assert call.remote_sdp.formats[0] == taken
            await call.hang_up()
