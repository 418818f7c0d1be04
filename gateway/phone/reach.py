"""Whether anybody speaks SIP at an address, found out in a second.

PJSIP would send an INVITE into the void for 32 s (timer B, RFC 3261 section 17.1.1.2): over UDP only a
connected socket is told that the port is closed.
"""

from __future__ import annotations

import asyncio
import re
import secrets
import socket

from gateway.errors import SipError

TRIES = (0.4, 0.8)
"""Seconds to wait for an answer to OPTIONS, each time: UDP may lose one."""
CURE = "start a gateway there first (`make run` in another terminal, until it says `= answering`)"

_TARGET = re.compile(
    r"sips?:(?:[^@]*@)?(?P<host>\[[^\]]*\]|[^;?:>]*)(?::(?P<port>\d+))?(?P<rest>.*)", re.IGNORECASE
)


def target(uri: str) -> tuple[str, int, bool]:
    """Return host, port and whether TCP is asked for. Raises SipError for what is no SIP URI."""
    match = _TARGET.fullmatch(uri)
    if match is None or not match["host"]:
        raise SipError(f"{uri}: write a SIP address, such as sip:100@127.0.0.1:5060")
    return match["host"].strip("[]"), int(match["port"] or 5060), ";transport=tcp" in match["rest"].lower()


async def answers(uri: str) -> bool:
    """Return whether somebody answered; False for silence, which a firewall may keep, too.

    Raises SipError with the cure when the machine there says that nobody listens, or has no such name.
    """
    host, port, tcp = target(uri)
    where = f"{_bracketed(host)}:{port}"
    try:
        if tcp:
            async with asyncio.timeout(sum(TRIES)):
                _, writer = await asyncio.open_connection(host, port)
            writer.close()
            return True
        return await _answers_options(host, port)
    except TimeoutError:
        return False
    except ConnectionRefusedError:
        raise SipError(f"nobody listens at {where}: {CURE}") from None
    except (OSError, ValueError) as error:
        raise SipError(f"cannot reach {uri}: {error}") from None


async def _answers_options(host: str, port: int) -> bool:
    loop = asyncio.get_running_loop()
    found = await loop.getaddrinfo(host, port, type=socket.SOCK_DGRAM)
    family, _, _, _, address = found[0]
    with socket.socket(family, socket.SOCK_DGRAM) as sock:
        sock.setblocking(False)
        sock.connect(address)
        request = _options(host, port, sock.getsockname())
        for seconds in TRIES:
            await loop.sock_sendall(sock, request)
            try:
                async with asyncio.timeout(seconds):
                    return bool(await loop.sock_recv(sock, 65536))
            except TimeoutError:
                pass
    return False


def _options(host: str, port: int, own: tuple[str, int]) -> bytes:
    """Return an OPTIONS outside of any dialog (RFC 3261 section 11.1)."""
    there, here = _bracketed(host), _bracketed(own[0])
    mark = secrets.token_hex(8)
    lines = (
        f"OPTIONS sip:{there}:{port} SIP/2.0",
        f"Via: SIP/2.0/UDP {here}:{own[1]};branch=z9hG4bK{mark};rport",
        "Max-Forwards: 70",
        f"From: <sip:phone@{here}>;tag={mark}",
        f"To: <sip:{there}:{port}>",
        f"Call-ID: {mark}",
        "CSeq: 1 OPTIONS",
        "Content-Length: 0",
    )
    return "\r\n".join((*lines, "", "")).encode()


def _bracketed(host: str) -> str:
    return f"[{host}]" if ":" in host else host
