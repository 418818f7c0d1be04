"""Settings of rtpengine beside an edge: `edge.rtpengine` of `gateway.yaml`."""

from __future__ import annotations

from ipaddress import ip_address
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from gateway.node.addresses import address, port_range


def _checked_range(text: str) -> str:
    port_range(text)
    return text


def _numbered(text: str) -> str:
    host, port = address(text)
    if not port:
        raise ValueError("name a port: the edge has to know it")
    if "." not in host and ":" not in host:
        raise ValueError("write the address in numbers: the edge looks no names up")
    return text


def _in_numbers(text: str) -> str:
    try:
        return str(ip_address(text))
    except ValueError:
        raise ValueError("write an address in numbers, such as 203.0.113.5") from None


Numeric = Annotated[str, AfterValidator(_in_numbers)]


class MediaRelaySettings(BaseModel):
    """Audio through rtpengine instead of straight between callers and gateways."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    public: Numeric
    """The address of its machine where callers and carriers send audio."""

    private: Numeric | None = None
    """The address of its machine where gateways send audio. Default: that of `public`."""

    announced: Numeric | None = None
    """What callers are told instead of `public`, where a router stands between. Default: `public` itself."""

    ports: Annotated[str, AfterValidator(_checked_range)] = "30000-39999"
    """LOW-HIGH, a call takes four: RTP and RTCP on both sides."""

    control: Annotated[tuple[Annotated[str, AfterValidator(_numbered)], ...], Field(min_length=1)] = (
        "127.0.0.1:2223",
    )
    """HOST:PORT where it is told of calls; the first one is that of this machine, further ones are of others.
    Whoever reaches it can have the audio of all calls: let nobody."""

    when_away: Literal["refuse", "straight"] = "refuse"
    """What becomes of new calls while none answers: refuse (503, so that a carrier goes on to another edge),
    or straight (audio as without it, which callers have to reach gateways for)."""

    srtp: Literal["kept", "ended"] = "kept"
    """What callers encrypt: kept as it is up to the gateway, or ended, so that gateways hear plain RTP and
    callers SRTP all the same."""

    kernel_table: int = Field(default=-1, ge=-1, le=63)
    """The table of its kernel module, which carries packets with less work. Default: -1, without it."""
