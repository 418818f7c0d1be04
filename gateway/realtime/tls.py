"""TLS towards providers: whom to trust, and who we are, from files that may be renewed while we run."""

from __future__ import annotations

import ssl
from functools import cache, lru_cache
from pathlib import Path

from gateway.errors import BadInput
from gateway.realtime.providers import TlsFiles

MOST_CONTEXTS = 32
"""Contexts kept: one for each provider with files of its own, and for each renewal."""


@cache
def usual() -> ssl.SSLContext:
    """Return the context for all others: loading the trusted certificates takes 20 ms and 1 MB each time."""
    return ssl.create_default_context()


def context(files: TlsFiles) -> ssl.SSLContext:
    """Return the context with these files as they are now. It reads them: not for the event loop.

    Raises BadInput naming the key, the file and what is wrong with it.
    """
    return _loaded(files, tuple(_state(file) for file in (files.ca, files.certificate, files.key)))


@lru_cache(MOST_CONTEXTS)
def _loaded(files: TlsFiles, _states: tuple[int, ...]) -> ssl.SSLContext:
    for key, file in (("ca", files.ca), ("certificate", files.certificate), ("key", files.key)):
        if file is not None:
            _readable(key, file)
    try:
        made = ssl.create_default_context(cafile=files.ca)
    except ssl.SSLError:
        raise _bad("ca", files.ca, "holds no certificate in PEM form (-----BEGIN CERTIFICATE-----)") from None
    if files.certificate is not None:
        _identify(made, files, files.certificate)
    return made


def _identify(made: ssl.SSLContext, files: TlsFiles, certificate: Path) -> None:
    """Load who we are. Without a password: the library would ask for one at the terminal."""
    try:
        made.load_cert_chain(certificate, files.key, password="")
    except ssl.SSLError as error:
        if error.reason == "KEY_VALUES_MISMATCH":
            cure = "belongs to another certificate than `certificate`"
        elif "BEGIN CERTIFICATE" not in certificate.read_text(errors="replace"):
            raise _bad("certificate", certificate, "holds no certificate in PEM form") from None
        elif "ENCRYPTED" in (files.key or certificate).read_text(errors="replace"):
            cure = "is locked with a password; write it without one, readable by this user alone"
        else:
            cure = "holds no private key in PEM form (-----BEGIN PRIVATE KEY-----)"
        raise _bad("key", files.key or certificate, cure) from None


def _readable(key: str, file: Path) -> None:
    try:
        if not file.read_bytes().strip():
            raise _bad(key, file, "is empty")
    except OSError as error:
        raise _bad(key, file, f"cannot be read: {error.strerror}") from None


def _bad(key: str, file: Path | None, what: str) -> BadInput:
    return BadInput("gateway.yaml", f"tls.{key}", str(file), f"{file} {what}")


def _state(file: Path | None) -> int:
    """Tell a file from what it was before it was renewed."""
    try:
        return file.stat().st_mtime_ns if file is not None else 0
    except OSError:
        return 0  # reading it will say what is wrong
