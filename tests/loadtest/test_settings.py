"""A load test is bounded, and aimed at this machine."""

from __future__ import annotations

import pytest

from gateway.errors import BadInput
from gateway.loadtest.settings import LoadSettings


@pytest.mark.parametrize("host", ["192.0.2.1", "example.com", "0.0.0.0", "8.8.8.8"])
def test_rings_nobody_else(host: str) -> None:
    """An address that is not the loopback is refused, with the cure."""
    with pytest.raises(BadInput, match="stays on this machine"):
        LoadSettings(address=(host, 5060))


@pytest.mark.parametrize("host", ["127.0.0.1", "127.0.0.9", "localhost"])
def test_rings_this_machine(host: str) -> None:
    """The loopback in any of its names is fine."""
    assert LoadSettings(address=(host, 5060)).address == (host, 5060)


@pytest.mark.parametrize(
    "wrong",
    [
        {"calls": 0},
        {"calls": 5000},
        {"rate": 1000},
        {"duration": 1e6},
        {"scenario": "dance"},
        {"detector": "dog"},
        {"peer": ("192.0.2.1", 5060)},
        {"model": ("192.0.2.1", 8090)},
        {"peer": ("127.0.0.1", 5070), "find_capacity": True},
    ],
)
def test_has_bounds(wrong: dict[str, object]) -> None:
    """Too many, too fast, too long, or nothing we know."""
    with pytest.raises(BadInput, match="--"):
        LoadSettings(**wrong)  # type: ignore[arg-type]


def test_a_ramp_has_four_steps() -> None:
    """A quarter, half, three quarters, all; fewer where there are too few calls."""
    assert LoadSettings(calls=200, ramp=True).levels() == [50, 100, 150, 200]
    assert LoadSettings(calls=2, ramp=True).levels() == [1, 2]
    assert LoadSettings(calls=7).levels() == [7]
