"""Contexts in C++: the files are Python's, and so is what is verified."""

from __future__ import annotations

import ssl
from pathlib import Path
from typing import Any

import pytest

from gateway.realtime import tls
from gateway.realtime.native_tls import NativeTls
from gateway.realtime.providers import TlsFiles
from tests.equipment.certificates import Authority


class Made:
    """A context that only remembers what it was made of."""

    def __init__(self, *given: Any) -> None:
        self.given = given
        if "broken" in given:
            raise RuntimeError("TLS: our key")

    def client(self, socket: int, host: str) -> Any:
        """Never asked."""


async def test_what_python_trusts_and_shows(tmp_path: Path) -> None:
    """The usual authorities, or a provider's own alone; each context is made once."""
    contexts, usual = NativeTls(Made), ssl.get_default_verify_paths()
    made = await contexts.context(None, tls.usual())
    assert isinstance(made, Made)
    assert made.given == (usual.cafile or "", usual.capath or "", "", "", int(tls.usual().verify_flags))
    assert await contexts.context(None, tls.usual()) is made
    authority = Authority(tmp_path)
    files = TlsFiles(authority.file, *authority.gives("client"))
    own = await contexts.context(files, tls.context(files))
    assert isinstance(own, Made)
    assert own.given[:4] == (str(files.ca), "", str(files.certificate), str(files.key))


async def test_what_only_python_can_do_stays_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Files that C++ cannot read, and keys that are to be logged."""
    contexts = NativeTls(Made)
    assert await contexts.context(TlsFiles(key=Path("broken")), tls.usual()) is None
    monkeypatch.setenv("SSLKEYLOGFILE", str(tmp_path / "keys"))
    assert await contexts.context(None, ssl.create_default_context()) is None
