"""How a tool server is reached: what makes two plans mean the same one. Pure."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from gateway.dialplan.model import McpServer
from gateway.dialplan.values import Secretive


@dataclass(frozen=True, slots=True)
class ServerSpec:
    """A program, or an address; what is secret is looked up when it is connected to."""

    command: tuple[str, ...] = ()
    env: tuple[tuple[str, Secretive], ...] = ()
    folder: Path = Path()
    url: Secretive | None = None
    headers: tuple[tuple[str, Secretive], ...] = ()
    inside: bool = False
    """Its host's name may lead to a private address."""
    trusted: bool = field(default=True)
    """Its host was written by whoever runs this process."""

    @property
    def shown(self) -> str:
        """What it is, for people: no secret is in it."""
        return str(self.url) if self.url is not None else " ".join(self.command)


def spec_of(server: McpServer, folder: Path) -> ServerSpec:
    """Return how a server of a plan in `folder` is reached."""
    return ServerSpec(
        server.command or (),
        tuple(sorted(server.env.items())),
        folder,
        server.url,
        tuple(sorted(server.headers.items())),
        server.private,
    )
