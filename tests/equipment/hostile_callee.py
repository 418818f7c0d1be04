"""Somebody who is called and spoils what he answers: `python -m tests.equipment.hostile_callee PORT`.

Over UDP and TCP he answers INVITEs as phones and proxies do (ringing, with and without a description, several
at once as after a fork, redirections, challenges, failures, nothing at all), and spoils most of it: the
answers, their descriptions, and what he says inside of calls that came about. Who calls `honest` gets what is
right. A program of its own, to be run where there is no network but a loopback. Prints `listening`, and at
its end how often he was asked for what.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import random
import re
import signal
import sys
from collections import Counter
from collections.abc import Callable

from tests.equipment import wire_sip
from tests.equipment.hostile_call import BODIES, header, reply
from tests.equipment.mutations import CRLF, Mutator
from tests.equipment.process import Process, python

HOST = "127.0.0.69"
HONEST = b" sip:honest@"
SPOILED = 0.45
"""Of the answers to what is no honest call."""
RINGING = (100, 180, 183, 180, 199, 181)
FINAL = (
    200,
    200,
    200,
    200,
    200,
    202,
    300,
    302,
    305,
    380,
    401,
    407,
    404,
    415,
    422,
    480,
    486,
    488,
    491,
    503,
    600,
)
INSIDE = ("BYE", "INVITE", "UPDATE", "INFO", "OPTIONS", "REFER", "NOTIFY", "MESSAGE")
MORE = {
    401: 'WWW-Authenticate: Digest realm="r", nonce="n", algorithm=MD5, qop="auth"',
    407: 'Proxy-Authenticate: Digest realm="r", nonce="n", algorithm=SHA-256',
    422: "Min-SE: 3600",
    503: "Retry-After: 1",
}
"""What a status comes with."""

MOST = 60_000
"""Bytes of a datagram."""

Say = Callable[[bytes], None]


class Callee:
    """Answers, and decides with its seed how."""

    def __init__(self, seed: int, port: int) -> None:
        self._mutator = Mutator(seed)
        self._random: random.Random = self._mutator.random
        self._port = port
        self._loop = asyncio.get_running_loop()
        self.asked: Counter[str] = Counter()

    def hear(self, message: bytes, say: Say) -> None:
        """Take one message; `say` sends to whom it came from."""
        if message.startswith(b"SIP/2.0"):
            return
        method = message.partition(b" ")[0].decode("ascii", "replace")
        self.asked[method] += 1
        honest = HONEST in message.partition(CRLF)[0]
        if method == "INVITE":
            self._answer_call(message, say, honest=honest)
        elif method == "ACK":
            if not honest and self._random.random() < 0.3:
                say(self._mutator.spoil(self._inside(message)))
        elif honest or self._random.random() < 0.9:
            answer = reply(message, 200)
            say(answer if honest or self._random.random() < 0.5 else self._mutator.spoil(answer))

    def framed(self, message: bytes) -> bytes:
        """Return a message that ends where it says, of twenty all but one."""
        head, end, body = message.partition(CRLF * 2)
        if not end or self._random.random() < 0.05:
            return message
        lines = [line for line in head.replace(b"\n\n", b"\n").split(CRLF) if line.strip()]
        kept = [line for line in lines if not re.match(rb"(?i)(content-length|l)[ \t]*:", line)]
        return CRLF.join([*kept, b"Content-Length: %d" % len(body)]) + CRLF * 2 + body

    # --- being called

    def _answer_call(self, invite: bytes, say: Say, *, honest: bool) -> None:
        if honest:
            say(self._described(invite, 200))
            return
        chance, after = self._random, 0.0
        for _ in range(chance.choice((0, 1, 1, 2, 4))):
            self._later(after, say, self._described(invite, chance.choice(RINGING)))
            after += chance.random() * 0.1
        for _ in range(chance.choice((0, 1, 1, 1, 1, 1, 1, 2))):
            self._later(after, say, self._described(invite, chance.choice(FINAL)))
            after += chance.random() * 0.1

    def _described(self, invite: bytes, status: int) -> bytes:
        """Return an answer, with an offer's answer where there may be one."""
        answer = reply(invite, status)
        tag = f"t{self._random.randrange(3)}" if status != 200 else "t0"
        more = [f"Contact: <sip:them@{HOST}:{self._port}>"]
        if status in MORE:
            more.append(MORE[status])
        if self._random.random() < 0.2 and 100 < status < 200:
            more += ["Require: 100rel", f"RSeq: {self._random.randrange(1, 9)}"]
        body = b""
        if status in {183, 200} or (100 < status < 200 and self._random.random() < 0.3):
            offer = wire_sip.read_sdp(invite.partition(CRLF * 2)[2])
            body = wire_sip.Sdp(HOST, 40000, offer.formats[:1]).write()
            more.append("Content-Type: application/sdp")
        return _with(answer, tag, more, body)

    def _later(self, seconds: float, say: Say, message: bytes) -> None:
        if self._random.random() < SPOILED:
            message = self._mutator.spoil(message)
        self._loop.call_later(seconds, say, message)

    # --- inside of a call

    def _inside(self, ack: bytes) -> bytes:
        """Return a request of ours in the call that an ACK was for."""
        method = self._random.choice(INSIDE)
        kind, body = BODIES.get(method, ("", ""))
        found = re.search(r"SIP/2.0/(\w+) ([\w.:]+)", header(ack, "Via"))
        transport, there = found.groups() if found else ("UDP", HOST)
        lines = [
            f"{method} sip:gateway@{there} SIP/2.0",
            f"Via: SIP/2.0/{transport} {HOST}:{self._port};rport;branch={wire_sip.new_branch()}",
            "Max-Forwards: 70",
            f"From: {header(ack, 'To')}",
            f"To: {header(ack, 'From')}",
            f"Call-ID: {header(ack, 'Call-ID')}",
            f"CSeq: {self._random.randrange(1, 99)} {method}",
            f"Contact: <sip:them@{HOST}:{self._port}>",
            *([f"Content-Type: {kind}"] if kind else []),
            f"Content-Length: {len(body)}",
        ]
        return "\r\n".join([*lines, "", body]).encode()


def _with(answer: bytes, tag: str, more: list[str], body: bytes) -> bytes:
    head = answer.partition(CRLF * 2)[0].split(CRLF)
    kept = [line for line in head if not line.lower().startswith((b"content-length", b"contact"))]
    tagged = [
        line + f";tag={tag}".encode() if line.startswith(b"To:") and b"tag=" not in line else line
        for line in kept
    ]
    lines = [*tagged, *(line.encode() for line in more), b"Content-Length: %d" % len(body)]
    return CRLF.join(lines) + CRLF * 2 + body


class _Datagrams(asyncio.DatagramProtocol):
    def __init__(self, callee: Callee) -> None:
        self._callee = callee

    def connection_made(self, transport: asyncio.DatagramTransport) -> None:  # type: ignore[override]
        self._transport = transport

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        if data.strip(b"\r\n"):
            self._callee.hear(data, lambda message: self._transport.sendto(message[:MOST], addr))


class _Stream(asyncio.Protocol):
    def __init__(self, callee: Callee) -> None:
        self._callee = callee
        self._buffer = bytearray()

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        for message in wire_sip.split_stream(self._buffer):
            self._callee.hear(message, self._say)

    def _say(self, message: bytes) -> None:
        """Send it, mostly as one message, whatever it is: not all calls on the connection are to be lost."""
        if not self._transport.is_closing():
            self._transport.write(self._callee.framed(message))


async def serve(seed: int, port: int) -> None:
    """Answer until SIGTERM."""
    loop, over = asyncio.get_running_loop(), asyncio.Event()
    loop.add_signal_handler(signal.SIGTERM, over.set)
    callee = Callee(seed, port)
    await loop.create_datagram_endpoint(lambda: _Datagrams(callee), local_addr=(HOST, port))
    await loop.create_server(lambda: _Stream(callee), HOST, port)
    _tell({"event": "listening"})
    await over.wait()
    _tell({"event": "over", "asked": dict(callee.asked)})


def _tell(line: dict[str, object]) -> None:
    sys.stdout.write(json.dumps(line) + "\n")
    sys.stdout.flush()


def hostile_callee(port: int, seed: int) -> Process:
    """Start the program; it takes calls when this returns."""
    program = Process(python("-m", "tests.equipment.hostile_callee", str(port), f"--seed={seed}"))
    program.wait_for(lambda line: line.get("event") == "listening", what="listening")
    return program


def main() -> int:
    """Read the command line, and answer."""
    parser = argparse.ArgumentParser()
    parser.add_argument("port", type=int)
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    asyncio.run(serve(given.seed, given.port))
    return 0


if __name__ == "__main__":
    sys.exit(main())
