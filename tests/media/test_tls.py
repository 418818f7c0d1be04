"""TLS in C++: contexts and sockets by themselves; tests/realtime/test_tls_transport.py has a server."""

from __future__ import annotations

import socket
import ssl
from pathlib import Path

import pytest

from gateway.media.tls import MakeTlsContext, TlsState, native_tls
from tests.equipment.certificates import Authority
from tests.media.conftest import made

pytestmark = pytest.mark.native


@pytest.fixture
def make() -> MakeTlsContext:
    """What makes contexts."""
    made(native=True)
    found = native_tls()
    assert found is not None
    return found


def test_files_that_cannot_be_loaded_are_refused(make: MakeTlsContext, tmp_path: Path) -> None:
    """Whatever is wrong with them: what to do about it is told by Python, which has read them before."""
    authority = Authority(tmp_path)
    client, other = authority.gives("client"), authority.gives("other")
    trusted, missing = str(authority.file), str(tmp_path / "missing")
    make(trusted, "", str(client.certificate), str(client.key), 0)
    for files in (
        (missing, "", "", ""),
        (trusted, "", missing, ""),
        (trusted, "", str(client.certificate), str(other.key)),
        (trusted, "", str(client.key), str(client.key)),
    ):
        with pytest.raises(RuntimeError, match=r"^TLS: "):
            make(*files, 0)


def test_a_handshake_waits_for_the_other_side(make: MakeTlsContext) -> None:
    """It never blocks; a socket that is closed says so, whatever is asked of it."""
    usual = ssl.get_default_verify_paths()
    context = make(usual.cafile or "", usual.capath or "", "", "", 0)
    ours, theirs = socket.socketpair()
    ours.setblocking(False)
    tls = context.client(ours.detach(), "example.com")
    assert TlsState[tls.handshake().name] is TlsState.WANTS_READ
    assert b"example.com" in theirs.recv(4096)  # whom we want to speak to: RFC 6066 section 3
    assert tls.receive() is None
    tls.close(True)
    tls.close()
    assert theirs.recv(1) == b""
    assert (tls.socket, tls.send(b"x"), tls.receive()) == (-1, -1, b"")
    assert TlsState[tls.handshake().name] is TlsState.FAILED
    theirs.close()
