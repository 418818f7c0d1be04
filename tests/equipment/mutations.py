"""SIP messages that are nearly right: a valid one goes in, a spoiled one comes out, and the seed decides all.

Most of what comes out still looks enough like SIP to get past the first look at it: one to four changes are
made, and most of them know what they change (a header, a number, a line of SDP).
"""

from __future__ import annotations

import random
import re
from collections.abc import Callable

from tests.equipment.mutation_words import (
    BODIES,
    BODY_TYPES,
    HEADERS,
    METHODS,
    NUMBERS,
    PIECES,
    SDP_LINES,
)

LARGEST = 20_000
"""Bytes; what is longer than 16 000 is refused without being looked at."""
CRLF = b"\r\n"


def with_byte(message: bytes, line: int, byte: int) -> bytes:
    """Return the message with that byte in the middle of what its request line (0) or a header says."""
    head, end, body = message.partition(CRLF * 2)
    lines = head.split(CRLF)
    name, colon, value = lines[line].partition(b":")
    at = len(value) // 2
    lines[line] = name + colon + value[:at] + bytes([byte]) + value[at:]
    return CRLF.join(lines) + end + body


class Mutator:
    """Spoils messages. Two with the same seed, given the same messages, do the same."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)
        structure: list[Callable[[bytes], bytes]] = [
            *(self.number, self.piece, self.method),
            *(self.header_gone, self.header_twice, self.header_moved, self.header_renamed, self.header_added),
            *(self.header_of_another, self.header_long, self.header_folded),
            *(self.content_length, self.content_type, self.body),
            *(self.sdp_line, self.sdp_twice, self.sdp_many),
        ]
        noise: list[Callable[[bytes], bytes]] = [
            *(self.byte, self.cut, self.span_twice, self.span_gone, self.line_ends)
        ]
        self._changes = structure * 2 + noise

    def spoil(self, message: bytes) -> bytes:
        """Return the message with one to four changes that can be seen."""
        spoiled = message
        while spoiled == message:
            for change in self.random.choices(self._changes, k=self.random.choice((1, 1, 1, 2, 2, 3, 4))):
                spoiled = change(spoiled)[:LARGEST]
        return spoiled

    # --- bytes

    def byte(self, message: bytes) -> bytes:
        """Change one byte, or put one more."""
        at = self._place(message)
        return message[:at] + bytes([self.random.randrange(256)]) + message[at + self.random.randrange(2) :]

    def cut(self, message: bytes) -> bytes:
        """Leave out the end."""
        return message[: self._place(message)]

    def span_twice(self, message: bytes) -> bytes:
        """Repeat a part, a few times."""
        at = self._place(message)
        span = message[at : at + self.random.randrange(1, 200)]
        return message[:at] + span * self.random.randrange(2, 12) + message[at:]

    def span_gone(self, message: bytes) -> bytes:
        """Leave out a part."""
        at = self._place(message)
        return message[:at] + message[at + self.random.randrange(1, 60) :]

    def line_ends(self, message: bytes) -> bytes:
        """End lines otherwise: all, or one."""
        return message.replace(CRLF, self.random.choice((b"\n", b"\r", b"\n\r", b"\r\r\n", b"")), self._few())

    # --- tokens

    def number(self, message: bytes) -> bytes:
        """Put another number in the place of one."""
        found = list(re.finditer(rb"\d+", message))
        if not found:
            return message
        one = self.random.choice(found)
        return message[: one.start()] + self.random.choice(NUMBERS) + message[one.end() :]

    def piece(self, message: bytes) -> bytes:
        """Put something with a meaning where it has another, or before or behind a mark."""
        marks = [match.start() for match in re.finditer(rb'[<>;:@=,"/ ?]|\r\n', message)]
        at = self.random.choice(marks) if marks else 0
        return message[:at] + self.random.choice(PIECES) + message[at + self.random.randrange(2) :]

    def method(self, message: bytes) -> bytes:
        """Say another method: in the request line, in CSeq, or in both."""
        own, word, rest = message.partition(b" ")
        new, where = self.random.choice(METHODS), self.random.randrange(3)
        if where != 0:
            rest = rest.replace(b" " + own + CRLF, b" " + new + CRLF)
        return (own if where == 1 else new) + word + rest

    # --- headers

    def header_gone(self, message: bytes) -> bytes:
        """Leave one out."""
        return self._headers(message, lambda lines, n: lines[:n] + lines[n + 1 :])

    def header_twice(self, message: bytes) -> bytes:
        """Say one more than once."""
        times = self.random.choice((2, 2, 3, 40))
        return self._headers(message, lambda lines, n: lines[:n] + lines[n : n + 1] * times + lines[n + 1 :])

    def header_moved(self, message: bytes) -> bytes:
        """Put one somewhere else; the request line, too."""

        def moved(lines: list[bytes], n: int) -> list[bytes]:
            rest = lines[:n] + lines[n + 1 :]
            to = self.random.randrange(len(rest) + 1)
            return [*rest[:to], lines[n], *rest[to:]]

        return self._headers(message, moved)

    def header_renamed(self, message: bytes) -> bytes:
        """Give one another's name."""

        def renamed(lines: list[bytes], n: int) -> list[bytes]:
            _, colon, value = lines[n].partition(b":")
            return [*lines[:n], self.random.choice(HEADERS) + colon + value, *lines[n + 1 :]]

        return self._headers(message, renamed)

    def header_of_another(self, message: bytes) -> bytes:
        """Give one another's value, or none."""

        def other(lines: list[bytes], n: int) -> list[bytes]:
            name = lines[n].partition(b":")[0]
            value = self.random.choice(lines).partition(b":")[2] if self.random.randrange(3) else b""
            return [*lines[:n], name + b":" + value, *lines[n + 1 :]]

        return self._headers(message, other)

    def header_long(self, message: bytes) -> bytes:
        """Let one have no end: a value, a name, or parameters."""
        count = self.random.choice((100, 1000, 1025, 3000, 9000, 17000))
        filling = self.random.choice(
            (b"x" * count, b";a=b" * (count // 4), b"," * count, b"<" * count, b'"' + b"x" * count)
        )
        return self._headers(message, lambda lines, n: [*lines[:n], lines[n] + filling, *lines[n + 1 :]])

    def header_folded(self, message: bytes) -> bytes:
        """Go on in the next line (RFC 3261 section 7.3.1), at a place where that is right or wrong."""

        def folded(lines: list[bytes], n: int) -> list[bytes]:
            at = self._place(lines[n])
            return [*lines[:n], lines[n][:at] + CRLF + b" \t" + lines[n][at:], *lines[n + 1 :]]

        return self._headers(message, folded)

    def header_added(self, message: bytes) -> bytes:
        """Say one more, with a value that means little there."""
        value = self.random.choice(PIECES + NUMBERS + METHODS + BODY_TYPES)
        line = self.random.choice(HEADERS) + b": " + value
        return self._headers(message, lambda lines, n: [*lines[:n], line, *lines[n:]])

    # --- bodies

    def content_length(self, message: bytes) -> bytes:
        """Say another length of the body."""
        length = self.random.choice((*NUMBERS, b"1", b"5", b"150", b" 0 0"))
        return re.sub(
            rb"(?im)^(Content-Length|l)\s*:.*?$", lambda m: m[1] + b": " + length + b"\r", message, count=1
        )

    def content_type(self, message: bytes) -> bytes:
        """Say another type of the body."""
        head, end, body = message.partition(CRLF * 2)
        line = CRLF + b"Content-Type: " + self.random.choice(BODY_TYPES)
        return re.sub(rb"(?i)\r\nContent-Type\s*:[^\r]*", b"", head) + line + end + body

    def body(self, message: bytes) -> bytes:
        """Put a body of another kind, with its right length."""
        return self._with_body(message, self.random.choice(BODIES))

    def sdp_line(self, message: bytes) -> bytes:
        """Put a line of SDP in, or in the place of one."""

        def changed(lines: list[bytes]) -> list[bytes]:
            at = self.random.randrange(len(lines) + 1)
            return [*lines[:at], self.random.choice(SDP_LINES), *lines[at + self.random.randrange(2) :]]

        return self._sdp(message, changed)

    def sdp_twice(self, message: bytes) -> bytes:
        """Say a line, or all lines from one on, again and again."""
        times = self.random.choice((2, 3, 17, 33, 70))

        def changed(lines: list[bytes]) -> list[bytes]:
            at = self.random.randrange(len(lines))
            end = at + 1 if self.random.randrange(2) else len(lines)
            return [*lines[:at], *lines[at:end] * times, *lines[end:]]

        return self._sdp(message, changed)

    def sdp_many(self, message: bytes) -> bytes:
        """Offer many formats, or media."""
        formats = b" ".join(b"%d" % n for n in range(self.random.choice((33, 64, 128, 200))))
        many = self.random.choice(
            (
                [b"m=audio 9 RTP/AVP " + formats],
                [b"m=audio 9 RTP/AVP 0"] * 40,
                [b"a=rtpmap:0 PCMU/8000"] * 100,
            )
        )
        return self._sdp(message, lambda lines: lines + many)

    # --- parts

    def _place(self, text: bytes) -> int:
        return self.random.randrange(len(text) + 1)

    def _few(self) -> int:
        return self.random.choice((1, 2, -1))

    def _headers(self, message: bytes, change: Callable[[list[bytes], int], list[bytes]]) -> bytes:
        head, end, body = message.partition(CRLF * 2)
        lines = head.split(CRLF)
        return CRLF.join(change(lines, self.random.randrange(len(lines)))) + end + body

    def _sdp(self, message: bytes, change: Callable[[list[bytes]], list[bytes]]) -> bytes:
        body = message.partition(CRLF * 2)[2]
        lines = [line for line in body.split(CRLF) if line] or [b"v=0"]
        return self._with_body(message, CRLF.join([*change(lines), b""]))

    def _with_body(self, message: bytes, body: bytes) -> bytes:
        head = message.partition(CRLF * 2)[0]
        head = re.sub(
            rb"(?im)^(Content-Length|l)\s*:.*?$", b"Content-Length: %d\r" % len(body), head + CRLF, count=1
        )
        return head + CRLF + body
