"""Which addresses a request may go to, and what may be written in place of a host. Pure.

Everybody's servers are on public addresses. What is on others - this machine, its network, the metadata of a
cloud - trusts whoever can reach it, and must not be reached on a stranger's word.
"""

from __future__ import annotations

import re
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address

Address = IPv4Address | IPv6Address

_NUMBER = re.compile(r"[0-9]+|0[xX][0-9a-fA-F]*")
_INSIDE = ("localhost", "local", "internal", "intranet", "lan", "corp", "home", "home.arpa", "private")
"""Endings of names that no public name server knows (RFC 6761, 6762, 8375, and those in wide use)."""
_NAT64 = IPv6Network("64:ff9b::/96")  # RFC 6052
_COMPATIBLE = IPv6Network("::/96")  # RFC 4291 2.5.5.1, deprecated


def literal(host: str) -> Address | None:
    """Return the address that a host is written as; None for a name."""
    try:
        return ip_address(host.strip("[]").partition("%")[0])
    except ValueError:
        return None


def odd_number(host: str) -> bool:
    """Return whether a host is an address in a spelling that only some programs read: 2130706433, 0x7f.1.

    As browsers have it, a name whose last label is a number is no name.
    """
    if literal(host) is not None:
        return False
    last = host.rstrip(".").rpartition(".")[2]
    return bool(_NUMBER.fullmatch(last))


def is_inside_name(host: str) -> bool:
    """Return whether a name says by itself that it leads to this machine or its own network."""
    name = host.rstrip(".").lower()
    return "." not in name or any(name.endswith(f".{ending}") for ending in _INSIDE)


def is_public(address: Address) -> bool:
    """Return whether an address is one of the public internet; one that wraps another is what it wraps."""
    inner = _inner(address)
    return inner.is_global and not inner.is_multicast and not inner.is_reserved


def is_inside(address: Address) -> bool:
    """Return whether an address is this machine's or its own network's; link-local is neither.

    There, a cloud keeps the secrets of its machines (169.254.169.254).
    """
    inner = _inner(address)
    if inner.is_link_local or inner.is_multicast or inner.is_unspecified:
        return False
    return inner.is_private and not (isinstance(inner, IPv4Address) and inner.is_reserved)


def _inner(address: Address) -> Address:
    """Return the IPv4 address that an IPv6 address stands for, or itself."""
    if isinstance(address, IPv4Address):
        return address
    if address.ipv4_mapped is not None:
        return address.ipv4_mapped
    if address.sixtofour is not None:
        return address.sixtofour
    if address.teredo is not None:
        return address.teredo[1]
    if address in _NAT64 or (address in _COMPATIBLE and int(address) > 1):
        return IPv4Address(int(address) & 0xFFFFFFFF)
    return address
