"""SIP and SDP as bytes: what a phone needs to read and write them, right or deliberately wrong.

Independent of PJSIP and of the gateway. Reading is lenient (a broken answer should fail an assertion, not
the reader); writing adds nothing that was not asked for.
"""

from __future__ import annotations

import itertools
import re
import secrets
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import Any

Headers = list[tuple[str, str]]

_COMPACT = {"v": "via", "f": "from", "t": "to", "i": "call-id", "m": "contact", "l": "content-length"}
_COMPACT |= {"c": "content-type", "k": "supported", "r": "refer-to", "x": "session-expires"}


@dataclass(frozen=True)
class Message:
    """One SIP message as it came or goes; `at` is CLOCK_MONOTONIC in ns, 0 for one not sent yet."""

    start: str
    headers: Headers
    body: bytes = b""
    at: int = 0
    source: tuple[str, int] = ("", 0)

    @property
    def status(self) -> int:
        """Status of a response; 0 for a request."""
        match = re.match(r"SIP/2\.0 (\d{3})", self.start)
        return int(match[1]) if match else 0

    @property
    def method(self) -> str:
        """Method of a request, or the one a response answers (CSeq, RFC 3261 20.16)."""
        return self.header("CSeq").split(" ")[-1].strip() if self.status else self.start.split(" ")[0]

    @property
    def cseq(self) -> int:
        """Sequence number of the request."""
        return int(self.header("CSeq", "0").split()[0])

    @property
    def branch(self) -> str:
        """Branch of the topmost Via: the transaction."""
        return parameter(self.header("Via"), "branch")

    def all(self, name: str) -> list[str]:
        """All values of a header, in order."""
        wanted = name.lower()
        return [value for key, value in self.headers if _COMPACT.get(key.lower(), key.lower()) == wanted]

    def header(self, name: str, default: str = "") -> str:
        """First value of a header."""
        return next(iter(self.all(name)), default)

    def __bytes__(self) -> bytes:
        lines = [self.start, *(f"{name}: {value}" for name, value in self.headers)]
        if not self.header("Content-Length"):
            lines.append(f"Content-Length: {len(self.body)}")
        return "\r\n".join([*lines, "", ""]).encode() + self.body


def parse(data: bytes, *, at: int = 0, source: tuple[str, int] = ("", 0)) -> Message:
    """Read a message whose header part is complete."""
    head, _, body = data.partition(b"\r\n\r\n")
    lines = re.sub(rb"\r\n[ \t]+", b" ", head).decode("utf-8", "replace").split("\r\n")
    pairs = (line.partition(":") for line in lines[1:])
    return Message(lines[0], [(name.strip(), value.strip()) for name, _, value in pairs], body, at, source)


def split_stream(buffer: bytearray) -> list[bytes]:
    """Take all whole messages off the front of a TCP buffer (RFC 3261 18.3); CRLF keep-alives are dropped."""
    whole: list[bytes] = []
    while True:
        while buffer[:2] == b"\r\n":
            del buffer[:2]
        end = buffer.find(b"\r\n\r\n")
        if end < 0:
            return whole
        size = end + 4 + int(parse(bytes(buffer[: end + 4])).header("Content-Length", "0"))
        if len(buffer) < size:
            return whole
        whole.append(bytes(buffer[:size]))
        del buffer[:size]


def parameter(value: str, name: str) -> str:
    """Return the value of `;name=value` in a header, "" if it is not there."""
    match = re.search(rf";\s*{name}=([^;,>\s]+)", value, re.IGNORECASE)
    return match[1] if match else ""


def uri(value: str) -> str:
    """Return the URI of a From, To, Contact or Route value."""
    match = re.search(r"<([^>]*)>", value)
    return match[1] if match else value.partition(";")[0].strip()


def address(sip_uri: str, port: int = 5060) -> tuple[str, int]:
    """Return host and port of a numeric SIP URI."""
    match = re.match(r"sips?:(?:[^@]*@)?(\[[^\]]*\]|[^:;>?]+)(?::(\d+))?", sip_uri)
    if not match:
        raise ValueError(f"not a SIP URI: {sip_uri!r}")
    return match[1].strip("[]"), int(match[2] or port)


def bracketed(host: str) -> str:
    """Return a host as it stands in a URI."""
    return f"[{host}]" if ":" in host else host


def token() -> str:
    """Make a tag or Call-ID."""
    return secrets.token_hex(8)


def new_branch() -> str:
    """Make a branch with RFC 3261's magic cookie."""
    return f"z9hG4bK{token()}"


# --- SDP (RFC 4566, RFC 3264) ------------------------------------------------------------------------

PCMU, PCMA = 0, 8
STATIC_NAMES = {0: "PCMU/8000", 3: "GSM/8000", 8: "PCMA/8000", 9: "G722/8000", 18: "G729/8000"}


@dataclass(frozen=True)
class Sdp:
    """The one audio stream of a session description; `write` and `read` are each other's inverse."""

    host: str
    port: int
    formats: tuple[int, ...] = (PCMU, PCMA, 101)
    names: dict[int, str] = field(default_factory=lambda: {101: "telephone-event/8000"})
    """rtpmap of the dynamic payload types."""
    ptime: int | None = 20
    direction: str = "sendrecv"
    version: int = 1
    profile: str = "RTP/AVP"
    extra: tuple[str, ...] = ()
    """Further lines for the media section, as they are."""
    before: tuple[str, ...] = ()
    """Whole media sections in front of the audio's, as they are."""

    def write(self) -> bytes:
        """Write the description."""
        names = STATIC_NAMES | self.names
        family = "IP6" if ":" in self.host else "IP4"
        lines = [
            "v=0",
            f"o=phone 1 {self.version} IN {family} {self.host}",
            "s=-",
            f"c=IN {family} {self.host}",
            "t=0 0",
            *self.before,
            f"m=audio {self.port} {self.profile} {' '.join(map(str, self.formats))}",
            *(f"a=rtpmap:{number} {names[number]}" for number in self.formats if number in names),
            *(f"a=fmtp:{number} 0-16" for number in self.formats if "telephone" in names.get(number, "")),
            *([f"a=ptime:{self.ptime}"] if self.ptime else []),
            f"a={self.direction}",
            *self.extra,
        ]
        return "\r\n".join([*lines, ""]).encode()

    @property
    def telephone_event(self) -> int | None:
        """Payload type of RFC 4733 digits, if any."""
        return next((n for n in self.formats if self.names.get(n, "").startswith("telephone-event")), None)

    @property
    def codec(self) -> int | None:
        """The first payload type that is audio."""
        return next((n for n in self.formats if n != self.telephone_event), None)

    def changed(self, **changes: Any) -> Sdp:
        """Return the same with some fields changed and a new version (RFC 3264 section 8)."""
        return replace(self, version=self.version + 1, **changes)


def read_sdp(body: bytes) -> Sdp:
    """Read the first audio stream of a description, one that is not refused (port 0) if there is one."""
    lines = body.decode("utf-8", "replace").replace("\r\n", "\n").split("\n")
    streams = [number for number, line in enumerate(lines) if line.startswith("m=audio ")]
    if not streams:
        raise ValueError(f"no audio stream in {body!r}")
    start = next((number for number in streams if lines[number].split()[1] != "0"), streams[0])
    section = [*lines[start + 1 :]]
    section = section[: next((i for i, line in enumerate(section) if line.startswith("m=")), len(section))]
    _, port, profile, *formats = lines[start][2:].split()
    session = list(itertools.takewhile(lambda line: not line.startswith("m="), lines))
    connection = next((line for line in section + session if line.startswith("c=")), "c=IN IP4 0.0.0.0")
    attributes = [line[2:] for line in section + session if line.startswith("a=")]
    directions = ("sendrecv", "sendonly", "recvonly", "inactive")
    return Sdp(
        host=connection.split()[-1],
        port=int(port),
        formats=tuple(int(number) for number in formats),
        names=dict(_rtpmaps(attributes)),
        ptime=next((int(a[6:]) for a in attributes if a.startswith("ptime:")), None),
        direction=next((a for a in attributes if a in directions), "sendrecv"),
        profile=profile,
    )


def _rtpmaps(attributes: Iterable[str]) -> Iterable[tuple[int, str]]:
    for attribute in attributes:
        if attribute.startswith("rtpmap:"):
            number, name = attribute[7:].split(" ", 1)
            yield int(number), name


def streams(body: bytes) -> list[tuple[str, int]]:
    """Return kind and port of each stream of a description, in order; port 0 is a refused one."""
    lines = (line.split() for line in body.decode("utf-8", "replace").splitlines() if line.startswith("m="))
    return [(kind.removeprefix("m="), int(port)) for kind, port, *_ in lines]
