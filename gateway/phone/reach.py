"""Whether anybody speaks SIP at an address, found out in a second.

PJSIP would send an INVITE into the void for 32 s (timer B, RFC 3261 section 17.1.1.2): over UDP only a
connected socket is told that the port is closed.
"""

from __future__ import annotations

import asyncio
import secrets
import socket

from gateway.errors import SipError
from gateway.sip.names import HostNames, bracketed, target_of
from gateway.tasks import within

TRIES = (0.4, 0.8)
"""Seconds to wait for an answer to OPTIONS, each time: UDP may lose one."""
CURE = "start a gateway there first (`make run` in another terminal, until it says `= answering`)"


async def answers(uri: str) -> bool:
    """Return whether somebody answered; False for silence, which a firewall may keep, too.

    Raises SipError with the cure for a name that leads nowhere, and when the machine there says that nobody
    listens.
    """
    wanted = target_of(uri)
    async with HostNames() as names:
        host, port = (await names.find(wanted))[0]
    try:
        if wanted.transport == "udp":
            return await _answers_options(host, port)
        async with within(sum(TRIES)):
            _, writer = await asyncio.open_connection(host, port)
        writer.close()
    except TimeoutError:
        return False
    except ConnectionRefusedError:
        raise SipError(f"nobody listens at {bracketed(host)}:{port}: {CURE}") from None
    except OSError as error:
        raise SipError(f"cannot reach {uri}: {error}") from None
    return True


async def _answers_options(host: str, port: int) -> bool:
    loop = asyncio.get_running_loop()
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_DGRAM) as sock:
        sock.setblocking(False)
        sock.connect((host, port))
        request = _options(host, port, sock.getsockname())
        for seconds in TRIES:
            await loop.sock_sendall(sock, request)
            try:
                async with within(seconds):
                    return bool(await loop.sock_recv(sock, 65536))
            except TimeoutError:
                pass
    return False


def _options(host: str, port: int, own: tuple[str, int]) -> bytes:
    """Return an OPTIONS outside of any dialog (RFC 3261 section 11.1)."""
    there, here = bracketed(host), bracketed(own[0])
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
