"""Other gateways that this one shares limits with: `cluster` of `gateway.yaml`."""

from __future__ import annotations

import importlib.util
import re
import socket
from pathlib import Path
from typing import Annotated

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    PrivateAttr,
    ValidationInfo,
)

from gateway.dialplan.values import Secretive, web_address

SCHEMES = ("redis://", "rediss://", "unix://")
"""How the address of a Redis server begins."""
NAME = r"^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$"


def redis_installed() -> bool:
    """Return whether the client of Redis is there."""
    return importlib.util.find_spec("redis") is not None


def _address(value: object, info: ValidationInfo) -> object:
    folder = (info.context or {}).get("folder", Path())
    return Secretive.parse(value, folder) if isinstance(value, str) else value


def _redis(url: Secretive) -> Secretive:
    return web_address(url, *SCHEMES)


def host_name() -> str:
    """Return this machine's name as a node's: what does not belong in one is a dash."""
    return re.sub(r"[^A-Za-z0-9._-]", "-", socket.gethostname()).strip("-._")[:63] or "gateway"


class ClusterSettings(BaseModel):
    """Where gateways of several machines keep what they have to know of each other."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    redis: Annotated[Secretive, BeforeValidator(_address), AfterValidator(_redis)]
    """The Redis server, such as redis://10.0.0.9:6379/0, or rediss://:${REDIS_PASSWORD}@redis.example.com."""

    node: str = Field(default_factory=host_name, pattern=NAME)
    """This machine's name among them. Default: its host name."""

    name: str = Field(default="gateway", pattern=NAME)
    """The name of the whole: what several kinds of gateways keep on one server stays apart."""

    _workers: int = PrivateAttr(default=1)

    @property
    def workers(self) -> int:
        """So many processes of this machine are among them."""
        return self._workers

    def of_worker(self, number: int, workers: int) -> ClusterSettings:
        """Return those of one of several processes on this machine."""
        own = self.model_copy(update={"node": f"{self.node}-{number}"})
        own._workers = workers  # noqa: SLF001 - our own copy
        return own
