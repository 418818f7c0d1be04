"""Addresses as settings write them."""

from __future__ import annotations

import pytest

from gateway.node.addresses import address, is_loopback, port_range


def test_an_address() -> None:
    """Host and port; an IPv6 host stands in brackets."""
    assert address("127.0.0.1:5060") == ("127.0.0.1", 5060)
    assert address("[::1]:80") == ("::1", 80)
    for text in ("localhost", ":5060", "host:", "host:x", "host:70000"):
        with pytest.raises(ValueError, match="HOST:PORT"):
            address(text)


def test_a_range() -> None:
    """Both ends included, the lower one first."""
    assert port_range("10000-20000") == (10000, 20000)
    for text in ("10000", "20000-10000", "1-2", "10000-70000", "a-b"):
        with pytest.raises(ValueError, match="LOW-HIGH"):
            port_range(text)


def test_who_reaches_an_address() -> None:
    """Only this machine, or others, too."""
    assert all(map(is_loopback, ("localhost", "127.0.0.1", "127.1.2.3", "::1")))
    assert not any(map(is_loopback, ("0.0.0.0", "192.0.2.1", "::")))
