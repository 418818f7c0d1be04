"""What a load test needs, looked at before anything is started, so that nobody waits in vain."""

from __future__ import annotations

import os
import shutil
import socket
from pathlib import Path

from gateway.errors import BadInput
from gateway.loadtest import capture, sipp
from gateway.loadtest.settings import LoadSettings

REFUSED_WITHIN_S = 0.2
"""Seconds in which the kernel says that nobody has a port of the loopback; it takes a millisecond."""


def check(settings: LoadSettings) -> None:
    """Raise BadInput for what is missing."""
    sipp.check()
    capture.check()
    if settings.tls and shutil.which("openssl") is None:
        raise BadInput("load test", "openssl", "not found", "install it: it makes the agents' certificate")
    if settings.pin and len(os.sched_getaffinity(0)) == 1:
        cure = "leave it out: with one core there is no other for callers and agents"
        raise BadInput("command line", "--pin", None, cure)
    for key, place in (("--to", settings.address), ("--peer", settings.peer)):
        if place is not None and not _listens(*place):
            where = f"{place[0]}:{place[1]}"
            raise BadInput("command line", key, where, "nobody listens there by UDP: start it first")
    for key, file in (("--json", settings.json), ("--html", settings.html)):
        if file is not None and str(file) != "-":
            _try_to_write(key, file)


def _listens(host: str, port: int) -> bool:
    """Ask the kernel, with a sign of life that SIP ignores (RFC 5626 section 3.5.1)."""
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET, socket.SOCK_DGRAM) as asking:
        asking.settimeout(REFUSED_WITHIN_S)
        asking.connect((host, port))
        try:
            asking.send(b"\r\n\r\n")
            asking.recv(1)
        except ConnectionRefusedError:
            return False
        except TimeoutError:
            return True
    return True


def _try_to_write(key: str, file: Path) -> None:
    there = file.exists()
    try:
        file.open("ab").close()
        if not there:
            file.unlink()
    except OSError as error:
        raise BadInput("command line", key, str(file), error.strerror or str(error)) from None
