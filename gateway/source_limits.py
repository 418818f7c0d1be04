"""How much strangers may ask of us: `limits` of `gateway.yaml`. What a number may cost is in its plan."""

from __future__ import annotations

from ipaddress import IPv4Network, IPv6Network, ip_network
from typing import Annotated

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

Network = IPv4Network | IPv6Network


def network(text: object) -> Network:
    """Read an address or a network. Raises ValueError with the cure."""
    try:
        return ip_network(text)  # type: ignore[arg-type] # takes what it is given, or raises
    except ValueError:
        raise ValueError("write an address or a network, such as 192.0.2.7 or 192.0.2.0/24") from None


class SourceLimits(BaseModel):
    """Bounds of each address that INVITEs come from; whoever acknowledges is held by `max_calls` alone."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    unacked: int = Field(default=10, ge=1, le=1024)
    """Calls at once that it has not sent an ACK for, and one more for each ACK of the last seconds; the next
    gets 503 with Retry-After."""

    refusals: int = Field(default=50, ge=1, le=1000)
    """Calls a second that are answered with a refusal, ours or a dialplan's; more are dropped without an
    answer and without a line in the log."""

    connections: int = Field(default=100, ge=1, le=10_000)
    """TCP connections at once; one more is closed. A trunk needs a few."""

    exempt: tuple[Annotated[Network, BeforeValidator(network)], ...] = ()
    """Addresses and networks that are not bounded: your own edge proxies, load generators."""


class ProcessLimits(BaseModel):
    """What strangers are held to, and all by the machine."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    sources: SourceLimits = SourceLimits()
    """Of each address that INVITEs come from."""

    load: bool = True
    """Refuse calls (503 with Retry-After) that this machine does not carry, before the others suffer."""
