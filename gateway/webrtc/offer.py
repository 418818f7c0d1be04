"""A browser's offer out of the body of a request, in each form in which pages send it. Pure.

`application/sdp` is the offer alone; `multipart/form-data` has the fields `sdp` and `session`, as OpenAI's
service takes them; `application/json` the same two as an object.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any

import orjson

from gateway.errors import BadInput

LONGEST_SDP = 64 << 10
"""Bytes; a browser's offer of audio and a data channel has 3 000."""
FORMS = "send application/sdp, or multipart/form-data with sdp and session"


@dataclass(frozen=True, slots=True)
class Offer:
    """An SDP offer (RFC 8866), and the session that is wanted; None: what the key brings, or the usual."""

    sdp: str
    session: Mapping[str, Any] | None = None
    in_json: bool = False
    """It was asked in JSON, and is answered in JSON."""


def read_offer(content_type: str, body: bytes) -> Offer:
    """Read the body of a request. Raises BadInput with the cure."""
    kind = content_type.partition(";")[0].strip().lower()
    match kind:
        case "multipart/form-data":
            fields = _fields(content_type, body)
            session = fields.get("session")
            return Offer(_sdp(fields.get("sdp")), None if session is None else _object("session", session))
        case "application/json":
            told = _object("body", body)
            sdp, session = told.get("sdp"), told.get("session")
            if session is not None and not isinstance(session, dict):
                raise BadInput("offer", "session", None, "write an object")
            return Offer(_sdp(sdp.encode() if isinstance(sdp, str) else None), session, in_json=True)
        case "application/sdp" | "text/plain" | "":
            return Offer(_sdp(body))
        case _:
            raise BadInput("offer", "Content-Type", kind, FORMS)


def _sdp(raw: bytes | None) -> str:
    if raw is None:
        raise BadInput("offer", "sdp", None, f"there is no offer; {FORMS}")
    if len(raw) > LONGEST_SDP:
        raise BadInput("offer", "sdp", None, f"it is longer than {LONGEST_SDP} bytes")
    text = raw.decode(errors="replace").lstrip()
    if not text.startswith("v=0"):
        raise BadInput("offer", "sdp", text[:20], "an offer begins with v=0")
    return text


def _fields(content_type: str, body: bytes) -> dict[str, bytes]:
    """Return the fields of a form (RFC 7578), each once."""
    head = b"Content-Type: " + content_type.encode("latin-1", "replace") + b"\r\n\r\n"
    form = message_from_bytes(head + body, policy=policy.HTTP)
    found: dict[str, bytes] = {}
    if not form.is_multipart():
        raise BadInput("offer", "Content-Type", None, "the form has no boundary")
    for part in form.iter_parts():
        assert isinstance(part, EmailMessage)
        name = part.get_param("name", header="content-disposition")
        value = part.get_payload(decode=True)
        if isinstance(name, str) and isinstance(value, bytes):
            found.setdefault(name, value)
    return found


def _object(key: str, raw: bytes) -> dict[str, Any]:
    try:
        told = orjson.loads(raw)
    except orjson.JSONDecodeError as error:
        raise BadInput("offer", key, None, f"this is not JSON: {error}") from None
    if not isinstance(told, dict):
        raise BadInput("offer", key, None, "write an object")
    return told
