"""The edge's settings: `edge` of `gateway.yaml`, a Kamailio before several gateway processes."""

from __future__ import annotations

from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from gateway.node.addresses import EVERYWHERE, address
from gateway.node.media_relay_settings import MediaRelaySettings


def _numbered(text: str) -> str:
    _host, port = address(text)
    if not port:
        raise ValueError("name a port: callers have to know it")
    return text


def _own(text: str) -> str:
    if address(text)[0] in EVERYWHERE:
        raise ValueError("name an address of this machine: callers are told it, for what follows in a call")
    return _numbered(text)


Numbered = Annotated[str, AfterValidator(_numbered)]
Own = Annotated[str, AfterValidator(_own)]


class EdgeSettings(BaseModel):
    """Where the edge listens, which gateways it sends calls to, and what it takes for a flood."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    listen: Own = "127.0.0.1:5060"
    """HOST:PORT where callers and carriers reach it, UDP and TCP; an address of its machine, not 0.0.0.0."""

    listen_tls: Own | None = None
    """HOST:PORT where carriers reach it by TLS, with the certificate of `tls`. Default: nowhere."""

    nodes: tuple[Numbered, ...] = ()
    """HOST:PORT of gateway processes on other machines, beside the workers of this one."""

    flood_requests: int = Field(default=400, ge=10)
    """Requests of one address within two seconds that are a flood."""

    flood_seconds: int = Field(default=60, ge=1)
    """Seconds for which an address that floods is not answered."""

    rtpengine: MediaRelaySettings | None = None
    """Audio through an rtpengine beside the edge, see docs/scaling.md. Default: straight to the gateways."""
