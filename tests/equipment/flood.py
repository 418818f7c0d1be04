"""A caller who only ever sends INVITEs: `python -m tests.equipment.flood PORT --rate 2000 --seconds 20`.

Each is a call of its own, none is ever acknowledged, and no answer is read. A program of its own, so that it
keeps its pace while a test waits; loopback only, bounded in rate and time. `--sources` spreads the INVITEs
over so many addresses, as spoofed ones would be.
"""

from __future__ import annotations

import argparse
import itertools
import socket
import sys
import threading
import time

from tests.equipment.process import Process, python

MOST_RATE = 5000
MOST_SECONDS = 60
TICK_S = 0.01

INVITE = (
    "INVITE sip:{number}@127.0.0.1:{port} SIP/2.0\r\n"
    "Via: SIP/2.0/UDP {source}:{own};rport;branch=z9hG4bK{mark}{n}\r\n"
    "Max-Forwards: 70\r\n"
    "From: <sip:flood@{source}>;tag={mark}{n}\r\n"
    "To: <sip:{number}@127.0.0.1>\r\n"
    "Call-ID: {mark}{n}@flood\r\n"
    "CSeq: 1 INVITE\r\n"
    "Contact: <sip:flood@{source}:{own}>\r\n"
    "Content-Type: application/sdp\r\n"
    "Content-Length: {length}\r\n"
    "\r\n"
    "{body}"
)
BODY = (
    "v=0\r\no=- 1 1 IN IP4 {source}\r\ns=-\r\nc=IN IP4 {source}\r\nt=0 0\r\nm=audio 40000 RTP/AVP 0 101\r\n"
)
BODY += "a=rtpmap:101 telephone-event/8000\r\n"


class Sender:
    """One address that INVITEs leave from."""

    def __init__(self, port: int, source: str, number: str) -> None:
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.bind((source, 0))
        self._to = ("127.0.0.1", port)
        body = BODY.format(source=source)
        self._fields = {"number": number, "port": port, "source": source, "body": body, "length": len(body)}
        self._fields |= {"own": self._socket.getsockname()[1], "mark": f"f{time.monotonic_ns():x}x"}

    def send(self, n: int) -> None:
        """Send one more."""
        self._socket.sendto(INVITE.format(n=n, **self._fields).encode(), self._to)


def flood(senders: list[Sender], rate: int, seconds: float) -> int:
    """Send at an even pace; return how many were sent."""
    began = time.monotonic()
    idle = threading.Event()
    turn = itertools.cycle(senders)
    sent = 0
    while (now := time.monotonic() - began) < seconds:
        due = int(rate * now)
        for number in range(sent, due):
            next(turn).send(number)
        sent = due
        idle.wait(TICK_S)
    return sent


def flooding(
    port: int, *, source: str, rate: int, seconds: float, sources: int = 1, number: str = "100"
) -> Process:
    """Start the program; it ends by itself."""
    options = {"source": source, "rate": rate, "seconds": seconds, "sources": sources, "number": number}
    return Process(
        python(
            "-m",
            "tests.equipment.flood",
            str(port),
            *(f"--{name}={value}" for name, value in options.items()),
        )
    )


def addresses(first: str, count: int) -> list[str]:
    """Return so many loopback addresses, one after the other."""
    start = int.from_bytes(socket.inet_aton(first))
    return [socket.inet_ntoa((start + n).to_bytes(4)) for n in range(count)]


def main() -> int:
    """Read the command line, and flood."""
    parser = argparse.ArgumentParser()
    parser.add_argument("port", type=int)
    parser.add_argument("--source", default="127.0.0.66")
    parser.add_argument("--sources", type=int, default=1)
    parser.add_argument("--rate", type=int, default=2000)
    parser.add_argument("--seconds", type=float, default=20)
    parser.add_argument("--number", default="100")
    given = parser.parse_args()
    if given.rate > MOST_RATE or given.seconds > MOST_SECONDS or not given.source.startswith("127."):
        sys.exit(f"at most {MOST_RATE} a second for {MOST_SECONDS} s, from a loopback address")
    senders = [Sender(given.port, source, given.number) for source in addresses(given.source, given.sources)]
    sys.stdout.write(f"sent {flood(senders, given.rate, given.seconds)}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
