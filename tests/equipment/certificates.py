"""An authority of a test's own, and the certificates that it gives: right ones, and each kind of wrong."""

from __future__ import annotations

import ssl
import subprocess
from pathlib import Path
from typing import NamedTuple

LOOPBACK = "IP:127.0.0.1,DNS:localhost"
KEY = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes")


class Identity(NamedTuple):
    """A certificate and its key, as PEM files."""

    certificate: Path
    key: Path

    def serves(self, *, clients_of: Path | None = None) -> ssl.SSLContext:
        """Return what a server shows; with `clients_of` it asks for a certificate of that authority."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.certificate, self.key)
        if clients_of is not None:
            context.verify_mode = ssl.CERT_REQUIRED
            context.load_verify_locations(clients_of)
        return context


class Authority:
    """Made by openssl in a folder; `file` is what those who trust it load."""

    def __init__(self, folder: Path, name: str = "authority") -> None:
        self.folder = folder
        self.file, self._key = folder / f"{name}.pem", folder / f"{name}.key"
        made = ("-keyout", str(self._key), "-out", str(self.file))
        _openssl("req", "-x509", *KEY, "-days", "2", "-subj", f"/CN={name}", *made)

    def gives(self, name: str, *, names: str = LOOPBACK, days: int = 2) -> Identity:
        """Return a certificate for these names (subjectAltName); with days=-1 one that has expired."""
        certificate, key, wish, more = (self.folder / f"{name}.{end}" for end in ("pem", "key", "csr", "ext"))
        _openssl("req", *KEY, "-subj", f"/CN={name}", "-keyout", str(key), "-out", str(wish))
        more.write_text(f"subjectAltName={names}\n")
        signed = ("-CA", str(self.file), "-CAkey", str(self._key), "-CAcreateserial", "-extfile", str(more))
        _openssl("x509", "-req", "-in", str(wish), *signed, "-days", str(days), "-out", str(certificate))
        return Identity(certificate, key)


def _openssl(*arguments: str) -> None:
    subprocess.run(["openssl", *arguments], check=True, capture_output=True, timeout=60)
