"""A trunk that registers: what its registrar sees, and what is told of it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from gateway.call import Answered, Ending, LegEnded, Reason, Result, Ring
from gateway.sip.trunk import TrunkView
from gateway.sip.trunk_keys import TrunkKeys
from tests.equipment import patience
from tests.equipment.registrar import Registrar
from tests.equipment.wire_phone import Phone
from tests.equipment.wire_rtp import Pump
from tests.equipment.wire_sip import Message
from tests.sip.conftest import Exchange, Listening, exchange, needs_guard

pytestmark = needs_guard


def keys(tmp_path: Path, place: str = "", password: str = "secret", **given: Any) -> TrunkKeys:
    """A trunk's keys; it registers at that place."""
    (tmp_path / "password").write_text(password)
    if place:
        given["register"] = {
            "registrar": place,
            "user": "line1",
            "password": "${file:password}",
            "expires": "1m",
        }
    return TrunkKeys.model_validate({"keepalive": "off"} | given, context={"folder": tmp_path})


async def stands(running: Exchange, fits: Callable[[TrunkView], bool]) -> TrunkView:
    """Wait until the only trunk stands so."""
    async with patience.within(10):
        while not (views := running.agent.trunks.views) or not fits(views[0]):  # noqa: ASYNC110 - nobody is told
            await asyncio.sleep(0.02)
    return views[0]


@asynccontextmanager
async def registering(tmp_path: Path, registrar: Registrar, **given: Any) -> AsyncIterator[Exchange]:
    """An agent that registers there."""
    async with registrar, exchange(trunks={"carrier": keys(tmp_path, registrar.place, **given)}) as running:
        yield running


@pytest.mark.usefixtures("attentive")
async def test_password_is_shown_by_the_topmost_challenge(tmp_path: Path) -> None:
    """RFC 8760 section 2.4: whoever asks for SHA-256 first gets it, and MD5 is not sent beside it."""
    registrar = Registrar(challenges=("SHA-256", "MD5"))
    async with registering(tmp_path, registrar) as running:
        view = await stands(running, lambda one: one.state == "registered")
        assert view.algorithm == "SHA-256"
        assert [shown["algorithm"] for shown in registrar.shown] == ["SHA-256"]
        assert len(registrar.requests[-1].all("Authorization")) == 1


@pytest.mark.usefixtures("attentive")
async def test_registration_is_given_back_at_the_end(tmp_path: Path) -> None:
    """The registrar is told that we are gone, with the credentials that it knows, in one message."""
    registrar = Registrar()
    async with registering(tmp_path, registrar) as running:
        await stands(running, lambda one: one.state == "registered")
        before = len(registrar.requests)
        await running.agent.stop()
        last = (await registrar.asked(before + 1))[before:]
    assert [(one.header("Expires"), bool(one.all("Authorization"))) for one in last] == [("0", True)]


@pytest.mark.usefixtures("attentive")
async def test_wrong_password_is_not_tried_again_and_again(tmp_path: Path) -> None:
    """The account would be locked: two tries, and then a minute's rest."""
    registrar = Registrar(password="another")
    async with registering(tmp_path, registrar) as running:
        view = await stands(running, lambda one: one.state == "failed")
        assert view.detail.startswith("401")
        assert view.again_s is not None
        assert view.again_s >= 40
        assert len(registrar.requests) <= 3


@pytest.mark.usefixtures("attentive")
async def test_registrar_says_when_to_come_back(tmp_path: Path) -> None:
    """Retry-After is obeyed (RFC 3261 section 20.33), and not PJSIP's own five minutes."""
    registrar = Registrar()
    registrar.says = lambda _: (503, [("Retry-After", "1")])
    async with registering(tmp_path, registrar) as running:
        view = await stands(running, lambda one: one.state == "failed")
        assert view.detail.startswith("503")
        registrar.says = lambda _: None
        await stands(running, lambda one: one.state == "registered")


@pytest.mark.parametrize(
    ("prack", "in_ours", "reliable", "without"),
    [("asked", "", False, 180), ("supported", "", True, 180), ("required", "100rel", True, 421)],
)
async def test_progress_is_as_reliable_as_the_trunk_wants(
    tmp_path: Path, pump: Pump, prack: str, in_ours: str, without: int, *, reliable: bool
) -> None:
    """Ours and theirs: sent again until it is there, where both can; whoever has to be able to is refused."""
    trunks = {"carrier": keys(tmp_path, peers=["127.0.0.1"], prack=prack)}
    async with exchange(trunks=trunks) as running, Phone(running.address, pump, user="desk") as phone:
        running.agent.dial(f"sip:desk@{phone.local[0]}:{phone.local[1]}", trunk="carrier")
        ours = (await phone.incoming()).messages[0]
        assert "100rel" in ",".join(ours.all("Supported"))
        assert ours.header("Require") == in_ours
        able = phone.call("100", headers=[("Supported", "100rel")])
        (await running.leg()).leg.execute(Ring())
        assert ("100rel" in (await able.progress(180)).header("Require")) is reliable
        unable = phone.call("101")
        if without == 180:
            (await running.leg()).leg.execute(Ring())
            assert (await unable.progress(180)).header("Require") == ""
        else:
            assert (await unable.final()).status == without


@pytest.mark.parametrize(
    ("to", "host", "followed"),
    [
        ("+4930200", "127.0.0.1", True),
        ("+33100200300", "127.0.0.1", False),  # dial does not list it
        ("+49112", "127.0.0.1", False),  # nobody wants an emergency service
        ("+4930200", "127.0.0.9", False),  # not on this trunk
    ],
)
async def test_a_redirection_is_followed_where_the_trunk_allows_it(
    tmp_path: Path, pump: Pump, to: str, host: str, *, followed: bool
) -> None:
    """To a number that it calls, at its own host; else the call is over, and says that they are elsewhere."""
    given = {"peers": ["127.0.0.1"], "redirects": "follow", "dial": ["+49"], "region": "DE"}
    trunks = {"carrier": keys(tmp_path, **given)}
    async with exchange(trunks=trunks) as running, Phone(running.address, pump, user="desk") as phone:
        port = phone.local[1]
        leg = Listening(running.agent.dial(f"sip:+4930100@127.0.0.1:{port}", trunk="carrier"))
        call = await phone.incoming()
        kept = [pair for pair in call.messages[0].headers if pair[0] in ("Via", "From", "Call-ID", "CSeq")]
        kept += [("To", f"{call.messages[0].header('To')};tag=x"), ("Contact", f"<sip:{to}@{host}:{port}>")]
        phone.send(Message("SIP/2.0 302 Elsewhere", kept), call.messages[0].source)
        fact = await leg.fact()
        invites = [one.start for one in call.messages if one.method == "INVITE"]
        if followed:
            assert isinstance(fact, Answered)
            assert invites[1] == f"INVITE sip:{to}@{host}:{port} SIP/2.0"
        else:
            assert fact == LegEnded(Ending(Result.REJECTED, Reason.REDIRECTED, 302))
            assert len(invites) == 1
