"""How a tool server is reached: what makes two plans mean the same one. Pure."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from gateway.dialplan.model import McpServer


class Revealed(Protocol):
    """A text that is there when it is needed, and shown otherwise."""

    def reveal(self) -> str:
        """Return the text itself. Raises BadInput."""


@dataclass(frozen=True, slots=True)
class GivenText:
    """A text of somebody else's: nothing of ours is looked up for it, and it is not shown."""

    text: str

    def reveal(self) -> str:
        """See `Revealed`."""
        return self.text

    def __str__(self) -> str:
        return "..."


@dataclass(frozen=True, slots=True)
class ServerSpec:
    """A program, or an address; what is secret is looked up when it is connected to."""

    command: tuple[str, ...] = ()
    env: tuple[tuple[str, Revealed], ...] = ()
    folder: Path = Path()
    url: Revealed | None = None
    headers: tuple[tuple[str, Revealed], ...] = ()
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
        tuple(sorted(server.env.items(), key=_name)),
        folder,
        server.url,
        tuple(sorted(server.headers.items(), key=_name)),
        server.private,
    )


def _name(item: tuple[str, object]) -> str:
    return item[0]
