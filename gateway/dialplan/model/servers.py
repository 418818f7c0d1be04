"""What sections have in common that name a server elsewhere: its address, its secrets, how long it may take.

A ValueError holds the cure.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta

from gateway.dialplan.values import Secretive, is_secret_name, must_refer, web_address


def http_address(url: Secretive) -> Secretive:
    """Return an address of HTTP as it is. Raises ValueError for any other."""
    return web_address(url, "http://", "https://")


def by_reference(values: Mapping[str, Secretive]) -> Mapping[str, Secretive]:
    """Return headers or variables as they are. Raises ValueError for a secret that is written out."""
    for name, value in values.items():
        if is_secret_name(name):
            must_refer(value)
    return values


def bearable(timeout: timedelta) -> timedelta:
    """Return a time that somebody waits on the telephone for, 100 ms to 2 min. Raises ValueError."""
    if not timedelta(milliseconds=100) <= timeout <= timedelta(minutes=2):
        raise ValueError("write 100ms to 2m")
    return timeout
