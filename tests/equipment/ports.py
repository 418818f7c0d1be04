"""Free ports for tests, below the range that the kernel hands out by itself."""

from __future__ import annotations

import contextlib
import random
import socket

LOWEST, HIGHEST = 20000, 32000
"""Below net.ipv4.ip_local_port_range (32768...), so that no outgoing connection takes one in between."""


def has_ipv6() -> bool:
    """Return whether this machine has a loopback of IPv6."""
    try:
        with socket.socket(socket.AF_INET6, socket.SOCK_DGRAM) as probe:
            probe.bind(("::1", 0))
    except OSError:
        return False
    return True


def free_port(host: str = "127.0.0.1") -> int:
    """Find a port that is free for UDP and TCP."""
    return free_range(1, host)[0]


def free_range(count: int, host: str = "127.0.0.1") -> tuple[int, int]:
    """Find neighbouring ports that are all free for UDP and TCP; gives the first (even) and the last."""
    for _ in range(200):
        low = random.randrange(LOWEST, HIGHEST - count, 2)
        if all(_is_free(host, port) for port in range(low, low + count)):
            return low, low + count - 1
    raise RuntimeError(f"no {count} free ports between {LOWEST} and {HIGHEST}")


def _is_free(host: str, port: int) -> bool:
    with contextlib.ExitStack() as stack:
        for kind in (socket.SOCK_DGRAM, socket.SOCK_STREAM):
            family = socket.AF_INET6 if ":" in host else socket.AF_INET
            probe = stack.enter_context(socket.socket(family, kind))
            if kind is socket.SOCK_STREAM:  # a connection of an earlier test may linger in TIME_WAIT
                probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((host, port))
            except OSError:
                return False
    return True
