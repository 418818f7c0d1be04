"""The control API's settings: `api` of `gateway.yaml`."""

from __future__ import annotations

import ipaddress
from pathlib import Path
from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from gateway.node.addresses import address


def _checked(text: str) -> str:
    host, _port = address(text)
    if host != "localhost":
        try:
            ipaddress.ip_address(host)
        except ValueError:
            raise ValueError("write an address of this machine in numbers, or localhost") from None
    return text


def from_address(value: object) -> object:
    """Take `api: 127.0.0.1:8080` for `api: {listen: 127.0.0.1:8080}`, and `off` for none."""
    if value is False or value == "off":
        return None
    return {"listen": value} if isinstance(value, str) else value


class ApiSettings(BaseModel):
    """Where the control API listens, and who may ask it."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    listen: Annotated[str, AfterValidator(_checked)] = "127.0.0.1:8080"
    """HOST:PORT, HTTP. Any but this machine's own (127.0.0.1) is refused as long as there is no token."""

    hosts: tuple[Annotated[str, Field(pattern=r"^[A-Za-z0-9.-]+$")], ...] = ()
    """Names by which it is asked, beside its address: a proxy's before it, a container's. A request for any
    other host is refused, so that no web page can reach it through a name of its own."""

    origins: tuple[Annotated[str, Field(pattern=r"^https?://[A-Za-z0-9.:-]+$")], ...] = ()
    """Sites whose pages may ring by `/v1/realtime`, each with a key: `https://shop.example.com`. All else is
    for the gateway's own pages alone."""

    tokens: Path = Path("var/api-tokens.json")
    """The file of tokens, without the tokens themselves: `gateway token` writes it; only its owner may read
    it."""

    def place(self) -> tuple[str, int]:
        """Return host and port."""
        return address(self.listen)
