"""Files: records, the control socket, the API's tokens, certificates."""

from __future__ import annotations

import os
import ssl
import stat
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

from gateway.doctor.finding import Finding, Grade, fine, look, wrong
from gateway.errors import BadInput
from gateway.node.api_tokens import TokenFile
from gateway.node.control_server import LONGEST_PATH
from gateway.node.settings import Settings
from gateway.records.settings import Place
from gateway.records.store.opening import open_records

SOON = timedelta(days=21)
"""Before the end of a certificate; most are renewed a month before."""
UTC_TIME, GENERALIZED_TIME, SEQUENCE = 0x17, 0x18, 0x30


def look_at_files(settings: Settings, now: datetime) -> Iterator[Finding]:
    """Look at all of them."""
    if isinstance(database := settings.records.database, Path):
        yield _records(database)
    elif database is not None:
        yield _opened(database, database.text, "is it up, and are name and password right?")
        if settings.records.spool is not None:
            yield _spool(settings.records.spool)
    if settings.control is not None:
        yield _control(settings.control)
    if settings.api is not None:
        yield _tokens(settings.api.tokens)
    if settings.tls is not None:
        yield certificate("SIP certificate", settings.tls.certificate, now)
    for name, provider in settings.providers.items():
        files = provider.tls.files() if provider.tls is not None else None
        for path in (files.certificate, files.ca) if files is not None else ():
            if path is not None:
                yield certificate(f"certificate of {name}", path, now)


def _records(file: Path) -> Finding:
    folder = _nearest(file.parent)
    if not file.exists():
        if os.access(folder, os.W_OK):
            return fine("records", f"{file} will be made")
        return wrong("records", f"{folder} cannot be written by this user", _owner(folder))
    opened = _opened(file, str(file), "move it away: a new one is made; or upgrade the gateway")
    if opened.grade is not Grade.FINE:
        return opened
    if not os.access(file, os.W_OK) or not os.access(file.parent, os.W_OK):
        return wrong("records", f"{file} cannot be written by this user", _owner(file))
    return opened


def _opened(place: Place, name: str, cure: str) -> Finding:
    try:
        with open_records(place, only_read=True):
            return fine("records", name)
    except BadInput as error:
        return wrong("records", f"{name}: {error.cure}", cure)


def _spool(folder: Path) -> Finding:
    """Look at where records wait for the database of all machines."""
    there = _nearest(folder)
    if not there.is_dir():
        return wrong("records' spool", f"{there} is no folder", "name another `records.spool`")
    if not os.access(there, os.W_OK):
        return wrong("records' spool", f"{there} cannot be written by this user", _owner(there))
    return fine("records' spool", str(folder))


def _control(path: Path) -> Finding:
    if len(os.fsencode(path)) > LONGEST_PATH:
        return wrong(
            "control socket", f"{path} is too long", f"{LONGEST_PATH} bytes at most: name another `control`"
        )
    folder = _nearest(path.parent)
    if not os.access(folder, os.W_OK):
        return wrong("control socket", f"{folder} cannot be written by this user", _owner(folder))
    return fine("control socket", str(path))


def _tokens(path: Path) -> Finding:
    try:
        known = TokenFile(path).read().tokens
    except BadInput as error:
        return wrong("API tokens", f"{path}: {error.cure}", "`gateway token` runs as the gateway's own user")
    if path.exists() and stat.S_IMODE(path.stat().st_mode) & 0o077:
        return wrong("API tokens", f"{path} may be read by others", f"chmod 600 {path}")
    if not known:
        return look("API tokens", "there is none yet", "gateway token new NAME --role read")
    return fine("API tokens", ", ".join(f"{one.name} ({one.role.word})" for one in known))


def certificate(what: str, path: Path, now: datetime) -> Finding:
    """Tell how long the first certificate of a PEM file holds."""
    try:
        text = path.read_text(encoding="ascii")
        begin = text.index("-----BEGIN CERTIFICATE-----")
        end = text.index("-----END CERTIFICATE-----", begin) + len("-----END CERTIFICATE-----")
        until = _not_after(ssl.PEM_cert_to_DER_cert(text[begin:end]))
    except OSError as error:
        return wrong(what, f"{path}: {error.strerror}", "name a PEM file that this user may read")
    except (ValueError, IndexError):
        return wrong(what, f"{path} holds no certificate", "name a PEM file (-----BEGIN CERTIFICATE-----)")
    if until <= now:
        return wrong(what, f"{path} has expired on {until:%Y-%m-%d}", "renew it; new connections then use it")
    if until - now < SOON:
        return look(what, f"{path} expires on {until:%Y-%m-%d}", "renew it before that")
    return fine(what, f"{path} holds until {until:%Y-%m-%d}")


def _not_after(der: bytes) -> datetime:
    """Return until when a certificate holds: `validity` of its `tbsCertificate` (RFC 5280 section 4.1)."""
    certificate_ = _inside(der)
    fields = _inside(certificate_)
    while fields:
        tag, body, fields = _element(fields)
        if tag == SEQUENCE and body[:1] in (bytes([UTC_TIME]), bytes([GENERALIZED_TIME])):
            _tag, _before, rest = _element(body)
            kind, after, _rest = _element(rest)
            text = after.decode("ascii")
            if kind == UTC_TIME:  # its years are 1950 to 2049 (section 4.1.2.5.1)
                text = ("19" if text[:2] >= "50" else "20") + text
            return datetime.strptime(text, "%Y%m%d%H%M%SZ").replace(tzinfo=UTC)
    raise ValueError("no validity")


def _element(der: bytes) -> tuple[int, bytes, bytes]:
    """Take one element (X.690): its tag, its content, and what follows it."""
    tag, length, start = der[0], der[1], 2
    if length & 0x80:
        start = 2 + (length & 0x7F)
        length = int.from_bytes(der[2:start], "big")
    return tag, der[start : start + length], der[start + length :]


def _inside(der: bytes) -> bytes:
    return _element(der)[1]


def _nearest(folder: Path) -> Path:
    folder = folder.absolute()
    while not folder.exists():
        folder = folder.parent
    return folder


def _owner(path: Path) -> str:
    return f"run the gateway as the user that owns it, or: chown $USER {path}"
