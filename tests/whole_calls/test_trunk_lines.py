"""What is wrong with a trunk, in the line of the log that a person sees, with its cure."""

from __future__ import annotations

import asyncio
import gc
import io
import re
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from gateway import log
from gateway.sip import registration
from gateway.sip.trunk import TrunkView
from gateway.sip.trunk_keys import TrunkKeys
from tests.equipment import patience, ports
from tests.equipment.certificates import LOOPBACK, Authority
from tests.equipment.registrar import Registrar
from tests.sip.conftest import Exchange, attentive, exchange, needs_guard

__all__ = ["attentive"]

pytestmark = [
    *needs_guard,
    pytest.mark.usefixtures("attentive"),
    # asyncio forgets a TLS connection that breaks while it is opened or closed (seen in Python 3.11).
    pytest.mark.filterwarnings("ignore:unclosed:ResourceWarning"),
]


@pytest.fixture(autouse=True)
def _forgotten_connections() -> Iterator[None]:
    """Let them go here, and not in another test."""
    yield
    gc.collect()


@pytest.fixture
def terminal(monkeypatch: pytest.MonkeyPatch) -> Iterator[io.StringIO]:
    """What is written there."""
    monkeypatch.setattr(registration, "FIRST_S", 0.2)
    monkeypatch.setattr(registration, "LOST_S", 0.05)
    stream = io.StringIO()
    log.configure(stream=stream, json=False)
    yield stream
    log.configure()


def trunk(folder: Path, place: str, **given: Any) -> TrunkKeys:
    """A trunk that registers there."""
    (folder / "password").write_text("secret")
    account = {"registrar": place, "user": "line1", "password": "${file:password}", "expires": "1m"}
    return TrunkKeys.model_validate(
        {"keepalive": "off", "register": account} | given, context={"folder": folder}
    )


@asynccontextmanager
async def registering(keys: TrunkKeys) -> AsyncIterator[Exchange]:
    """A gateway with one trunk."""
    async with exchange(trunks={"carrier": keys}) as running:
        yield running


async def stands(running: Exchange, fits: Callable[[TrunkView], bool]) -> None:
    """Wait until the trunk does."""
    async with patience.within(20):
        while not (views := running.agent.trunks.views) or not fits(views[0]):  # noqa: ASYNC110 - nobody is told
            await asyncio.sleep(0.02)


def lines(terminal: io.StringIO) -> list[str]:
    """Return what was written: each line without its time, level and quotes, one blank between words."""
    written = [re.sub(r"\s+", " ", re.sub("['\"]", "", line)) for line in terminal.getvalue().splitlines()]
    return [re.sub(r"^\S+ \[\w+ *\] ", "", line).strip() for line in written]


def is_quoted(line: str) -> bool:
    """Return whether docs/trunks.md has the line, with other numbers and another word for the status."""

    def general(text: str) -> str:
        text = re.sub(r"\s+", " ", re.sub("['\"]", "", text)).strip()
        return re.sub(r"why=(x|Unauthorized)$", "why", re.sub(r"\d[\d.:]*", "N", text))

    quoted = Path(__file__).parents[2].joinpath("docs", "trunks.md").read_text(encoding="utf-8").splitlines()
    return general(line) in map(general, quoted)


async def test_wrong_password(tmp_path: Path, terminal: io.StringIO) -> None:
    """The user and password to look at; not tried again for a minute."""
    async with (
        Registrar(password="another") as registrar,
        registering(trunk(tmp_path, registrar.place)) as running,
    ):
        await stands(running, lambda one: one.state == "failed")
    (line,) = [one for one in lines(terminal) if "not registered" in one]
    assert re.fullmatch(
        r"! trunk not registered again_s=\d\d cure=the registrar does not take this user with this password:"
        r" look at register\.user and \.password status=401 trunk=carrier why=x",
        line,
    ), line
    assert is_quoted(line)


async def test_password_asked_for_in_a_way_that_is_not_known(tmp_path: Path, terminal: io.StringIO) -> None:
    """Another password would not help: the way is named, and those that there are."""
    registrar = Registrar()
    asked = ("WWW-Authenticate", 'Digest realm="r", nonce="n", qop="auth-int"')
    registrar.says = lambda _: (401, [asked])
    async with registrar, registering(trunk(tmp_path, registrar.place)) as running:
        await stands(running, lambda one: one.state == "failed")
    (line,) = [one for one in lines(terminal) if "not registered" in one]
    assert is_quoted(line), line


CERTIFICATES = {
    "expired": (LOOPBACK, -1, "authority", "The certificate has expired or not yet valid"),
    "of an unknown authority": (LOOPBACK, 2, "other", "The certificate is untrusted"),
    "for another name": (
        "DNS:elsewhere.example",
        2,
        "authority",
        "The server identity does not match to any identities specified in the certificate",
    ),
}


@pytest.mark.parametrize("what", CERTIFICATES)
async def test_wrong_certificate(tmp_path: Path, terminal: io.StringIO, what: str) -> None:
    """What it lacks, where it was shown, and where to look."""
    names, days, trusted, why = CERTIFICATES[what]
    authority, other = Authority(tmp_path), Authority(tmp_path, "other")
    shown = authority.gives("registrar", names=names, days=days)
    keys = {"ca": str((authority if trusted == "authority" else other).file)}
    async with Registrar(streams=shown.serves()) as registrar:
        async with registering(trunk(tmp_path, registrar.place, transport="tls", tls=keys)) as running:
            await stands(
                running, lambda _one: any("certificate is not taken" in line for line in lines(terminal))
            )
        assert not registrar.requests
    (line,) = [one for one in lines(terminal) if "certificate is not taken" in one]
    cure = "cure=see tls.ca, and the names in its certificate: docs/trunks.md"
    assert line.startswith(
        f"! a trunks certificate is not taken {cure} peer={registrar.place} trunk=carrier why="
    )
    assert why in line, line
    assert is_quoted(line)
    assert all(map(is_quoted, [one for one in lines(terminal) if "not registered" in one]))


async def test_registrar_gone_and_back(tmp_path: Path, terminal: io.StringIO) -> None:
    """One line when it goes, one when it is there again."""
    port = ports.free_port()
    keys = trunk(tmp_path, f"127.0.0.1:{port}", transport="tcp")
    async with Registrar(streams=True, port=port) as first, registering(keys) as running:
        await stands(running, lambda one: one.state == "registered")
        await first.__aexit__()
        await stands(running, lambda _one: any("not registered" in line for line in lines(terminal)))
        async with Registrar(streams=True, port=port):
            await stands(running, lambda _one: "= trunk registered" in lines(terminal)[-1])
            told = [one for one in lines(terminal) if "registered" in one]
    assert told[0] == "= trunk registered seconds=60 trunk=carrier"
    assert "! trunk not registered" in told[1]
    assert "cure=nobody answers there: look at registrar, proxy, transport, and the firewall" in told[1]
    assert told[2:] == told[:1]
    assert all(map(is_quoted, told))
