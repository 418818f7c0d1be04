"""Where Homer is, for what happens in calls: `hep` of `gateway.yaml`."""

from __future__ import annotations

from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from gateway.dialplan.values import Secretive, must_refer
from gateway.node.addresses import address


def _checked(text: str) -> str:
    _host, port = address(text)
    if not port:
        raise ValueError("write the port, too; Homer's is 9060")
    return text


def from_place(value: object) -> object:
    """Take `hep: HOST:PORT` for `hep: {to: HOST:PORT}`, and `off` for none."""
    if value is False or value == "off":
        return None
    return {"to": value} if isinstance(value, str) else value


class HepSettings(BaseModel):
    """Where HEP3 packets go, by UDP, and who we are there."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    to: Annotated[str, AfterValidator(_checked)]
    """HOST:PORT of heplify-server or another capture server, such as homer.example.com:9060."""

    node: int = Field(default=2001, ge=0, le=0xFFFF_FFFF)
    """The number by which it tells this gateway from others (capture id)."""

    password: Annotated[Secretive, AfterValidator(must_refer)] | None = None
    """What it asks for (auth key), out of the environment or a file: ${NAME} or ${file:PATH}. It travels as
    it is. Default: none."""
