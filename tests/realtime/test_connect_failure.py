"""Against real servers, each wrong in its own way: what is told, and whether it is tried again."""

from __future__ import annotations

import asyncio
import dataclasses
import ssl
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest
from websockets.datastructures import Headers
from websockets.exceptions import InvalidMessage, InvalidStatus, InvalidURI, WebSocketException
from websockets.http11 import Response

from gateway.call import SessionLost
from gateway.errors import AccountFull, BadInput
from gateway.realtime.connect import NoAddress, open_connection
from gateway.realtime.connect_failure import MOST_WORDS, of_connect
from gateway.realtime.disconnects import by_limit
from gateway.realtime.providers import LOCAL, Provider, Secret, TlsFiles
from gateway.realtime.settings import ConnectTimeouts
from tests.equipment import ports
from tests.equipment.certificates import Authority
from tests.equipment.patience import seconds
from tests.equipment.streams import listening
from tests.realtime.wire_model import model

SERVER = dataclasses.replace(LOCAL, url="wss://model.example/v1?token=canary", key=Secret("canary-key"))


async def failure(provider: Provider) -> SessionLost:
    """Connect, and return why that failed."""
    patience = ConnectTimeouts(connect=seconds(2), close=0.2)
    try:
        socket = await open_connection(provider, "m", patience)
    except (OSError, WebSocketException, BadInput) as error:
        return of_connect(error, provider)
    await socket.close()
    raise AssertionError("it was connected")


def at(url: str, tls: TlsFiles | None = None) -> Provider:
    return dataclasses.replace(LOCAL, url=url, key=Secret("canary-key"), tls=tls)


@pytest.mark.parametrize(
    ("names", "days", "trusted", "words"),
    [
        ("IP:127.0.0.1", 2, False, "authority is not known here: name it as `tls.ca`"),
        ("IP:127.0.0.1", -1, True, "has expired"),
        ("DNS:model.example", 2, True, "not for this IP address"),
    ],
)
async def test_a_wrong_certificate_is_a_fault_of_configuration(
    tmp_path: Path, names: str, days: int, trusted: bool, words: str
) -> None:
    """Unknown authority, expired, another host's: for good, and in words that name the cure."""
    authority = Authority(tmp_path)
    wrong = authority.gives("server", names=names, days=days)
    async with model(wrong.serves()) as server:
        lost = await failure(at(server.url, TlsFiles(ca=authority.file) if trusted else None))
    assert (lost.code, lost.fatal) == ("tls_certificate", True)
    assert words in lost.message
    assert lost.message.startswith("127.0.0.1:")


async def test_a_name_that_does_not_match(tmp_path: Path) -> None:
    """The same for a host that is called by its name."""
    authority = Authority(tmp_path)
    other = authority.gives("server", names="DNS:model.example")
    async with model(other.serves()) as server:
        url = server.url.replace("127.0.0.1", "localhost")
        lost = await failure(at(url, TlsFiles(ca=authority.file)))
    assert (lost.code, lost.fatal) == ("tls_certificate", True)
    assert "another host's" in lost.message


async def test_a_self_signed_certificate(tmp_path: Path) -> None:
    """Its own authority: that is what has to be trusted."""
    authority = Authority(tmp_path)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(authority.file, tmp_path / "authority.key")
    async with model(context) as server:
        lost = await failure(at(server.url))
    assert lost.fatal
    assert "self-signed: name it as `tls.ca`" in lost.message


@pytest.mark.parametrize("newest", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
@pytest.mark.parametrize("shown", [False, True])
async def test_a_client_certificate_that_is_missing_or_wrong(
    tmp_path: Path, newest: ssl.TLSVersion, shown: bool
) -> None:
    """What is wanted is named, by either version of TLS."""
    authority = Authority(tmp_path)
    context = authority.gives("server").serves(clients_of=authority.file)
    context.maximum_version = newest
    mine = Authority(tmp_path, "stranger").gives("client") if shown else (None, None)
    async with model(context) as server:
        lost = await failure(at(server.url, TlsFiles(authority.file, *mine)))
    assert "client certificate" in lost.message
    assert "`tls.certificate`" in lost.message


async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, words: bytes) -> None:
    await reader.read(1000)
    writer.write(words)
    await writer.drain()
    writer.close()


@pytest.mark.parametrize(
    ("scheme", "answered", "words", "fatal"),
    [
        ("ws", b"220 mail.example ESMTP\r\n", "speaks no HTTP", False),
        ("ws", b"", "closed before an answer", False),
        ("ws", b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi", "answered with 200: hi", True),
        ("ws", b"HTTP/1.1 101 OK\r\n\r\n", "no WebSocket", True),
        ("wss", b"220 mail.example ESMTP\r\n", "speaks no TLS", True),
        ("wss", b"", "does it speak TLS", False),
    ],
)
async def test_something_else_listens_there(scheme: str, answered: bytes, words: str, fatal: bool) -> None:
    """A mail server, a web server, nothing that answers, the wrong one of ws:// and wss://."""

    def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> Awaitable[None]:
        return answer(reader, writer, answered)

    served: Callable[..., Awaitable[None]] = serve
    async with listening(served) as port:
        lost = await failure(at(f"{scheme}://127.0.0.1:{port}/v1"))
    assert words in lost.message
    assert lost.fatal is fatal


@pytest.mark.parametrize(
    ("url", "code", "words", "fatal"),
    [
        ("ws://127.0.0.1:{free}/", "connect_failed", "nobody listens there", False),
        ("ws://no.such.host.invalid/v1", "connect_failed", "no.such.host.invalid: ", False),
        ("ws://127.0.0.1:99999/v1", "invalid_url", "Port out of range", True),
        (f"ws://{'a' * 70}.example/v1", "invalid_url", "no address", True),
        ("http://127.0.0.1/v1", "invalid_url", "no WebSocket address", True),
    ],
)
async def test_an_address_that_leads_nowhere(url: str, code: str, words: str, fatal: bool) -> None:
    """The host is named, and what is wrong with it; none of them ends more than the session."""
    lost = await failure(at(url.replace("{free}", str(ports.free_port()))))
    assert (lost.code, lost.fatal) == (code, fatal)
    assert words in lost.message


async def test_a_key_that_is_none_is_never_shown() -> None:
    """A line break in it, such as a file with two lines has: the library's own words would repeat the key."""
    async with model() as server:
        lost = await failure(dataclasses.replace(LOCAL, url=server.url, key=Secret("canary\ncanary")))
    assert (lost.code, lost.fatal) == ("invalid_key", True)
    assert "canary" not in lost.message


def refused(status: int, body: bytes) -> SessionLost:
    return of_connect(InvalidStatus(Response(status, "x", Headers(), body)), SERVER)


@pytest.mark.parametrize(
    ("status", "body", "code", "fatal", "words"),
    [
        (
            401,
            b'{"error":{"code":"invalid_api_key","message":"No key x."}}',
            "invalid_api_key",
            True,
            "No key",
        ),
        (401, b"", "http_401", True, "the key was refused (401)"),
        (403, b"<html>no</html>", "http_403", True, "may not do this (403)"),
        (404, b'{"detail":"no deployment y"}', "http_404", True, "(404): no deployment y"),
        (404, b'"no model z"', "http_404", True, "(404): no model z"),
        (429, b"", "http_429", False, "limit is reached (429)"),
        (429, b'{"error":{"type":"insufficient_quota","message":"m"}}', "http_429", False, "m"),
        (429, b'{"error":{"code":"insufficient_quota","message":"m"}}', "insufficient_quota", True, "m"),
        (500, b"[]", "http_500", False, "answered with 500"),
        (503, b'{"error":null}', "http_503", False, "answered with 503"),
    ],
)
def test_what_a_server_says_is_passed_on(
    status: int, body: bytes, code: str, fatal: bool, words: str
) -> None:
    """Its own sentence, whichever shape it has, after what the status means."""
    lost = refused(status, body)
    assert (lost.code, lost.fatal) == (code, fatal)
    assert words in lost.message
    assert "<html" not in lost.message


def test_no_secret_and_no_novel_gets_into_a_message() -> None:
    """A server may repeat the key, and write as much as it likes."""
    lost = refused(401, b"You sent canary-key.\x1b[31m" + b"a " * 5000)
    assert "canary" not in lost.message
    assert "\x1b" not in lost.message
    assert len(lost.message) < MOST_WORDS + 100
    for error in (InvalidURI("http://canary", "no"), InvalidMessage("canary"), NoAddress("Port out")):
        assert "canary" not in of_connect(error, SERVER).message
    assert of_connect(TimeoutError(), SERVER) == SessionLost(
        "connect_timeout", "model.example: no answer in time"
    )


def test_several_addresses_that_all_refuse() -> None:
    """What asyncio says of a host with more than one."""
    error = OSError("Multiple exceptions: [Errno 111] Connect call failed, [Errno 111] Connect call failed")
    assert "nobody listens there" in of_connect(error, SERVER).message


def test_an_account_without_room_passes() -> None:
    """It is tried again, and counts as a limit of the account."""
    lost = of_connect(AccountFull("acme", 5), SERVER)
    assert (lost.code, lost.fatal, by_limit(lost.code)) == ("account_full", False, True)
    assert "providers.acme.max_sessions" in lost.message
