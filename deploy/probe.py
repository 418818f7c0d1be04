"""`python -m deploy.probe [HOST:PORT]` ends with 0 if a SIP server there answers OPTIONS, whatever it says.

For health checks: it tells a process that is stuck from one that drains (503 is an answer). Standard library
only, so that the file can be run alone. HOST:PORT defaults to $GATEWAY_SIP.
"""

import os
import secrets
import socket
import sys
from collections.abc import Sequence

TIMEOUT = 2.0
"""Seconds for one try; UDP may lose a packet, so there are two."""

OPTIONS = (
    "OPTIONS sip:{host}:{port} SIP/2.0\r\n"
    "Via: SIP/2.0/UDP {own}:{own_port};branch=z9hG4bK{mark};rport\r\n"
    "Max-Forwards: 70\r\n"
    "From: <sip:probe@{own}>;tag={mark}\r\n"
    "To: <sip:{host}:{port}>\r\n"
    "Call-ID: {mark}\r\n"
    "CSeq: 1 OPTIONS\r\n"
    "Contact: <sip:probe@{own}:{own_port}>\r\n"
    "Content-Length: 0\r\n"
    "\r\n"
)


def main(arguments: Sequence[str]) -> int:
    """Return 0 for alive, 1 for silent."""
    text = arguments[0] if arguments else os.environ.get("GATEWAY_SIP", "127.0.0.1:5060")
    host, _, port = text.rpartition(":")
    try:
        status = ask(reachable(host.strip("[]")), int(port))
    except OSError as error:
        sys.stderr.write(f"{text}: {error}\n")
        return 1
    sys.stdout.write(f"{text}: {status}\n")
    return 0


def reachable(host: str) -> str:
    """Return where a server that listens on `host` can be reached from here."""
    return {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104 - nothing is bound to it


def ask(host: str, port: int, timeout: float = TIMEOUT) -> str:
    """Return the status of the answer, such as `200 OK`; raise OSError if there is none."""
    family, _, _, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_DGRAM)[0]
    with socket.socket(family, socket.SOCK_DGRAM) as sock:
        sock.settimeout(timeout)
        sock.connect(address)
        own, own_port = sock.getsockname()[:2]
        request = OPTIONS.format(
            host=bracketed(host), port=port, own=bracketed(own), own_port=own_port, mark=secrets.token_hex(8)
        )
        for last in (False, True):
            sock.send(request.encode())
            try:
                version, _, status = (
                    sock.recv(65536).decode(errors="replace").partition("\r\n")[0].partition(" ")
                )
            except TimeoutError:
                if last:
                    raise
            else:
                if version != "SIP/2.0":
                    raise ConnectionError("what answered does not speak SIP")
                return status
    raise AssertionError("unreachable")


def bracketed(host: str) -> str:
    """Write an IPv6 address as URIs and Via want it (RFC 3261 section 25.1)."""
    return f"[{host}]" if ":" in host else host


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
