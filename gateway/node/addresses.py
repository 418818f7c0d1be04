"""How addresses and ranges of ports are written in settings."""

from __future__ import annotations

import ipaddress

EVERYWHERE = frozenset({"0.0.0.0", "::"})  # noqa: S104 - what is written, not what is done
"""Hosts that stand for all addresses of a machine."""


def address(text: str) -> tuple[str, int]:
    """Read `HOST:PORT`; an IPv6 host stands in brackets. Raises ValueError with the cure."""
    host, colon, port = text.rpartition(":")
    if not colon or not port.isdigit() or not host or int(port) > 65535:
        raise ValueError("write HOST:PORT, such as 127.0.0.1:5060")
    if ":" in host and not (host.startswith("[") and host.endswith("]")):
        raise ValueError("write an IPv6 address in brackets, such as [2001:db8::10]:5060")
    return host.strip("[]"), int(port)


MOST_LISTENERS = 4


def addresses(text: str) -> tuple[tuple[str, int], ...]:
    """Read one or several of `HOST:PORT`, with commas between them. Raises ValueError with the cure."""
    listed = tuple(address(one.strip()) for one in text.split(","))
    if len(listed) > MOST_LISTENERS:
        raise ValueError(f"at most {MOST_LISTENERS} addresses")
    if len(set(listed)) < len(listed):
        raise ValueError("an address stands there twice")
    return listed


def written(host: str, port: int) -> str:
    """Return `HOST:PORT`, as `address` reads it."""
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


def port_range(text: str) -> tuple[int, int]:
    """Read `LOW-HIGH`, both included. Raises ValueError with the cure."""
    low, dash, high = text.partition("-")
    if not dash or not low.isdigit() or not high.isdigit() or not 1024 <= int(low) < int(high) <= 65535:
        raise ValueError("write LOW-HIGH between 1024 and 65535, such as 10000-20000")
    return int(low), int(high)


def is_loopback(host: str) -> bool:
    """Return whether only this machine reaches an address, given in numbers or as `localhost`."""
    return host == "localhost" or ipaddress.ip_address(host).is_loopback
