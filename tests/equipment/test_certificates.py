from __future__ import annotations

import ssl
from contextlib import suppress
from pathlib import Path

import pytest

from tests.equipment.certificates import Authority, Identity


def shake(client: ssl.SSLContext, server: ssl.SSLContext, host: str) -> None:
    """Do a handshake in memory."""
    pipes = [ssl.MemoryBIO() for _ in range(2)]
    ends = [
        client.wrap_bio(pipes[0], pipes[1], server_hostname=host),
        server.wrap_bio(pipes[1], pipes[0], server_side=True),
    ]
    for _ in range(4):
        for end in ends:
            with suppress(ssl.SSLWantReadError):
                end.do_handshake()


def test_who_trusts_the_authority_trusts_what_it_gives(tmp_path: Path) -> None:
    """For the right host, as long as it holds; nobody else does."""
    authority = Authority(tmp_path)
    client = ssl.create_default_context(cafile=authority.file)
    good: Identity = authority.gives("good")
    shake(client, good.serves(), "localhost")
    for wrong, host in (
        (good, "model.example"),
        (authority.gives("other", names="DNS:x.example"), "localhost"),
        (authority.gives("old", days=-1), "localhost"),
    ):
        with pytest.raises(ssl.SSLCertVerificationError):
            shake(client, wrong.serves(), host)
    with pytest.raises(ssl.SSLCertVerificationError):
        shake(ssl.create_default_context(), good.serves(), "localhost")
