"""Records of TLS 1.3 that we make and read ourselves, with a peer of Python and with OpenSSL's own server."""

from __future__ import annotations

import select
import socket
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from gateway.media.tls import TlsSocket, TlsState, native_tls
from tests.equipment import patience, ports
from tests.equipment.certificates import Authority, Identity
from tests.equipment.tls_peer import ALERT, DATA, HANDSHAKE, KEY_UPDATE, NEW_SESSION_TICKET, TlsPeer, message
from tests.media.conftest import made

pytestmark = pytest.mark.native
CLOSE_NOTIFY, USER_CANCELED, INTERNAL_ERROR = b"\1\0", b"\1\x5a", b"\2\x50"
UNEXPECTED_MESSAGE, BAD_RECORD_MAC, RECORD_OVERFLOW, ILLEGAL_PARAMETER, DECODE_ERROR = 10, 20, 22, 47, 50
"""RFC 8446 section 6."""
MOST = 1 << 14
"""Bytes of a record's content."""
ASKS, ASKS_NOT = message(KEY_UPDATE, b"\1"), message(KEY_UPDATE, b"\0")
TICKET = message(NEW_SESSION_TICKET, bytes(200))


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    """An authority for all tests here."""
    return Authority(tmp_path_factory.mktemp("authority"))


@pytest.fixture(scope="module")
def server(authority: Authority) -> Identity:
    """A certificate for this machine."""
    return authority.gives("server")


def client(authority: Authority, line: socket.socket) -> TlsSocket:
    """Return our end, before the handshake."""
    made(native=True)
    make = native_tls()
    assert make is not None
    line.setblocking(False)
    return make(str(authority.file), "", "", "", 0).client(line.detach(), "localhost")


def wait(ours: TlsSocket) -> None:
    """Wait until something can be read."""
    assert select.select([ours.socket], [], [], patience.seconds(5))[0]


def came(ours: TlsSocket) -> bytes:
    """Return what the application is told next."""
    while (data := ours.receive()) is None:
        wait(ours)
    return data


def came_in_all(ours: TlsSocket, size: int) -> bytes:
    """Return so many bytes that the application is told."""
    data = b""
    while len(data) < size:
        data += came(ours)
    return data


Pair = tuple[TlsSocket, TlsPeer]


@pytest.fixture
def pair(authority: Authority, server: Identity, tmp_path: Path) -> Iterator[Pair]:
    """Our end and the peer's, with shaken hands."""
    line, theirs = socket.socketpair()
    with theirs:
        ours, peer = client(authority, line), TlsPeer(theirs, server, tmp_path / "keys")
        assert TlsState[ours.handshake().name] is TlsState.WANTS_READ
        assert not peer.go_on()
        assert TlsState[ours.handshake().name] is TlsState.DONE
        assert peer.go_on()
        yield ours, peer
        ours.close()


def test_content_of_any_size_goes_both_ways(pair: Pair) -> None:
    """In records of 16 KiB at most; several are read at one go, with padding and without, and empty ones."""
    ours, peer = pair
    much = bytes(range(256)) * 140
    assert ours.send(b"first") == 5
    assert ours.send(much) == len(much)
    assert [peer.next() for _ in range(4)] == [
        (DATA, b"first"),
        (DATA, much[:MOST]),
        (DATA, much[MOST : 2 * MOST]),
        (DATA, much[2 * MOST :]),
    ]
    assert ours.receive() is None
    peer.send(DATA, b"one")
    peer.send(DATA, b"", padding=3)
    peer.send(DATA, much[:MOST], padding=100)
    peer.send(DATA, b"two", padding=MOST - 3)
    assert came_in_all(ours, MOST + 6) == b"one" + much[:MOST] + b"two"
    peer.send(DATA, b"")
    wait(ours)
    assert ours.receive() is None


def test_a_record_may_come_byte_by_byte(pair: Pair) -> None:
    """As may what comes behind it."""
    ours, peer = pair
    for byte in peer.ours.seal(DATA, b"slowly"):
        assert ours.receive() is None
        peer.line.sendall(bytes([byte]))
    assert came(ours) == b"slowly"
    first, second = peer.ours.seal(DATA, b"one"), peer.ours.seal(DATA, b"two")
    peer.line.sendall(first + second[:20])
    assert came(ours) == b"one"
    assert ours.receive() is None
    peer.line.sendall(second[20:])
    assert came(ours) == b"two"


def test_a_socket_that_takes_no_more_loses_nothing(pair: Pair) -> None:
    """What it did not take is given again, and is in no second record."""
    ours, peer = pair
    sent, data = b"", bytes(range(251)) * 4000
    while (taken := ours.send(data[len(sent) : len(sent) + 100_000])) > 0:
        sent += data[len(sent) : len(sent) + taken]
    assert len(sent) < len(data)
    got = b""
    while len(got) < len(data):
        kind, content = peer.next()
        assert kind == DATA
        got += content
        taken = ours.send(data[len(sent) :])
        sent += data[len(sent) : len(sent) + taken]
    assert got == data


def test_tickets_are_of_no_use(pair: Pair) -> None:
    """However they are cut into records; what comes behind them is told."""
    ours, peer = pair
    peer.send(HANDSHAKE, TICKET + TICKET[:2])
    peer.send(HANDSHAKE, TICKET[2:90])
    peer.send(HANDSHAKE, TICKET[90:] + TICKET)
    peer.send(DATA, b"said")
    assert came(ours) == b"said"


def test_the_next_keys_are_used_when_the_peer_wishes(pair: Pair) -> None:
    """Theirs at once; ours if asked for, once however often that is, before anything else is sent."""
    ours, peer = pair
    for asks in (ASKS_NOT, ASKS, ASKS):
        peer.send(HANDSHAKE, asks)
        peer.ours.update()
    peer.send(DATA, b"new keys")
    assert came(ours) == b"new keys"
    assert ours.send(b"ours as well") == 12
    assert peer.next() == (HANDSHAKE, ASKS_NOT)
    peer.theirs.update()
    assert peer.next() == (DATA, b"ours as well")
    assert ours.send(b"still") == 5
    assert peer.next() == (DATA, b"still")


def test_keys_are_changed_between_two_records(pair: Pair) -> None:
    """Where the socket took a part of one: the rest of that comes first."""
    ours, peer = pair
    data = bytes(range(251)) * 8000
    sent = 0
    while (taken := ours.send(data[sent : sent + 100_000])) > 0:
        sent += taken
    peer.send(HANDSHAKE, ASKS)
    peer.ours.update()
    wait(ours)
    assert ours.receive() is None
    got, kinds = b"", []
    while not kinds or kinds[-1] == DATA:
        kind, content = peer.next()
        kinds.append(kind)
        got += content if kind == DATA else b""
        sent += ours.send(data[sent : sent + 100_000])
    assert kinds[-1] == HANDSHAKE
    peer.theirs.update()
    while len(got) < sent:
        got += peer.next()[1]
    assert got == data[:sent]


@pytest.mark.parametrize("told", [True, False])
def test_the_peer_ends_it(pair: Pair, told: bool) -> None:
    """With a word or without one; what it said before is told, and it may still be spoken to."""
    ours, peer = pair
    peer.send(DATA, b"last")
    if told:
        peer.send(ALERT, USER_CANCELED)
        peer.send(ALERT, CLOSE_NOTIFY)
    else:
        peer.line.shutdown(socket.SHUT_WR)
    assert came(ours) == b"last"
    assert came(ours) == came(ours) == b""
    assert ours.trouble() == (0, "", "", 0)
    assert ours.send(b"late") == 4
    assert peer.next() == (DATA, b"late")


def test_we_end_it(pair: Pair) -> None:
    """The peer is told, and hears the end."""
    ours, peer = pair
    ours.send(b"last")
    ours.close(True)
    ours.close(True)
    assert [peer.next(), peer.next()] == [(DATA, b"last"), (ALERT, CLOSE_NOTIFY)]
    with pytest.raises(EOFError):
        peer.next()
    assert (ours.socket, ours.send(b"x"), ours.receive()) == (-1, -1, b"")


@pytest.mark.parametrize(
    ("records", "alert", "words"),
    [
        ([(99, b"?")], UNEXPECTED_MESSAGE, "unexpected message"),
        ([(0, b"")], UNEXPECTED_MESSAGE, "unexpected message"),
        ([(DATA, bytes(MOST + 1))], RECORD_OVERFLOW, "data length too long"),
        ([(HANDSHAKE, message(1, b"hello?"))], UNEXPECTED_MESSAGE, "unexpected message"),
        ([(HANDSHAKE, b"\4\xff\xff\xff")], UNEXPECTED_MESSAGE, "unexpected message"),
        ([(HANDSHAKE, TICKET[:9]), (DATA, b"?")], UNEXPECTED_MESSAGE, "unexpected message"),
        ([(HANDSHAKE, message(KEY_UPDATE, b"\2"))], ILLEGAL_PARAMETER, "bad key update"),
        ([(HANDSHAKE, message(KEY_UPDATE, b""))], ILLEGAL_PARAMETER, "bad key update"),
        ([(HANDSHAKE, message(KEY_UPDATE, b"\0\0"))], ILLEGAL_PARAMETER, "bad key update"),
        ([(HANDSHAKE, ASKS + TICKET)], ILLEGAL_PARAMETER, "bad key update"),
        ([(ALERT, b"\1")], DECODE_ERROR, "bad length"),
    ],
)
def test_what_makes_no_sense_ends_it(
    pair: Pair, records: list[tuple[int, bytes]], alert: int, words: str
) -> None:
    """The peer is told what was wrong with it, and nothing more is read or sent."""
    ours, peer = pair
    peer.send(DATA, b"sense")
    for kind, content in records:
        peer.send(kind, content)
    peer.send(DATA, b"never told")
    assert came(ours) == b"sense"
    assert came(ours) == came(ours) == b""
    assert ours.trouble() == (0, "", words, 0)
    assert peer.next() == (ALERT, bytes([2, alert]))
    assert ours.send(b"x") == -1
    ours.close(True)
    assert ours.trouble() == (0, "", words, 0)


@pytest.mark.parametrize("place", [0, 3, 4, 5, 20, -1])
def test_what_was_changed_on_its_way_ends_it(pair: Pair, place: int) -> None:
    """Wherever in a record: it is too long then, incomplete, or not what was sealed."""
    ours, peer = pair
    record = bytearray(peer.ours.seal(DATA, b"sealed"))
    record[place] ^= 0x80
    peer.line.sendall(record)
    if place == 4:
        peer.line.sendall(bytes(0x80))  # which the length promises
    assert came(ours) == b""
    expected = RECORD_OVERFLOW if place == 3 else BAD_RECORD_MAC
    assert peer.next() == (ALERT, bytes([2, expected]))
    words = "encrypted length too long" if place == 3 else "decryption failed or bad record mac"
    assert ours.trouble()[2] == words


@pytest.mark.parametrize("size", [0, 1, 16])
def test_a_record_that_is_too_short_ends_it(pair: Pair, size: int) -> None:
    """There is not even room for what seals it."""
    ours, peer = pair
    peer.line.sendall(b"\x17\x03\x03" + size.to_bytes(2, "big") + bytes(size))
    assert came(ours) == b""
    assert peer.next() == (ALERT, bytes([2, BAD_RECORD_MAC]))


@pytest.mark.parametrize(
    ("content", "words"),
    [(INTERNAL_ERROR, "tlsv1 alert internal error"), (b"\2\xc8", "alert 200")],
)
def test_an_alert_of_the_peer_is_told(pair: Pair, content: bytes, words: str) -> None:
    """In OpenSSL's words, where it has any."""
    ours, peer = pair
    peer.send(ALERT, content)
    assert came(ours) == b""
    assert ours.trouble() == (0, "", words, 0)


def test_a_line_that_breaks_says_so(pair: Pair) -> None:
    """Whoever writes hears it, with the system's number."""
    ours, peer = pair
    peer.line.close()
    while ours.send(b"x") >= 0:
        pass
    assert ours.trouble()[3] != 0


@pytest.mark.parametrize("suite", ["AES_128_GCM_SHA256", "AES_256_GCM_SHA384", "CHACHA20_POLY1305_SHA256"])
def test_openssl_understands_each_cipher(authority: Authority, server: Identity, suite: str) -> None:
    """Its server hears us, we hear it, and both go on once it has asked for the next keys."""
    port = ports.free_port()
    command = ["openssl", "s_server", "-accept", f"127.0.0.1:{port}", "-ciphersuites", f"TLS_{suite}"]
    command += ["-cert", str(server.certificate), "-key", str(server.key), "-naccept", "1"]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.STDOUT}
    with subprocess.Popen(command, bufsize=0, **pipes) as theirs:  # type: ignore[call-overload]
        try:
            until(theirs, b"ACCEPT")
            ours = client(authority, socket.create_connection(("127.0.0.1", port)))
            while TlsState[ours.handshake().name] is not TlsState.DONE:
                wait(ours)
            assert ours.send(b"to the server\n") == 14
            until(theirs, b"to the server\n")
            for asks in (b"", b"K\n", b"k\n"):
                if asks:
                    theirs.stdin.write(asks)
                    wait(ours)
                    assert ours.receive() is None
                theirs.stdin.write(b"to the client\n")
                assert came_in_all(ours, 14) == b"to the client\n"
                assert ours.send(b"once more\n") == 10
                until(theirs, b"once more\n")
            ours.close(True)
        finally:
            theirs.terminate()


def until(server: subprocess.Popen[bytes], words: bytes) -> None:
    """Wait for what a server tells."""
    assert server.stdout is not None
    told = b""
    while words not in told:
        assert select.select([server.stdout], [], [], patience.seconds(5))[0], told
        told += server.stdout.read(1 << 16)
