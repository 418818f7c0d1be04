"""Calls from browsers: how many, and by whose help they are reached: `browser` of `gateway.yaml`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Annotated, Self

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    field_serializer,
    field_validator,
    model_validator,
)

from gateway.dialplan.values import Secretive, must_refer

MOST_CALLS = 10
"""Python stands between two packets of each."""


class IceServerKeys(BaseModel):
    """A STUN or TURN server."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    url: Annotated[str, Field(pattern=r"^(stun|turns?):[A-Za-z0-9.\[\]:-]+(\?transport=(udp|tcp))?$")]
    """`stun:HOST:PORT`, or `turn:HOST:PORT` with a name and a password; `?transport=tcp` behind it, or
    `turns:`, where UDP does not get through."""

    username: str | None = None
    credential: Annotated[Secretive, AfterValidator(must_refer)] | None = None
    """The password, out of the environment or a file: ${NAME} or ${file:PATH}."""

    @model_validator(mode="after")
    def _knows_us(self) -> Self:
        if self.url.startswith("turn") and (self.username is None or self.credential is None):
            raise ValueError("a TURN server wants username and credential")
        if self.url.startswith("turns:") and self.url.endswith("?transport=udp"):
            raise ValueError("turns: goes over TCP: leave ?transport=udp away")
        return self

    @field_serializer("credential")
    def _reference(self, credential: Secretive | None) -> str | None:
        return None if credential is None else credential.text


class BrowserSettings(BaseModel):
    """Calls from browsers (WebRTC)."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    calls: int = Field(default=MOST_CALLS, ge=0, le=MOST_CALLS)
    """How many at once; 0: none."""

    ice: tuple[IceServerKeys, ...] = ()
    """A STUN and a TURN server, for browsers that do not reach this machine directly. Default: none, its own
    addresses are offered alone."""

    @field_validator("ice")
    @classmethod
    def _one_of_each(cls, servers: tuple[IceServerKeys, ...]) -> tuple[IceServerKeys, ...]:
        for kind in ("stun", "turn"):
            if sum(server.url.startswith(kind) for server in servers) > 1:
                raise ValueError(f"one {kind.upper()} server is asked, no second: keep one")
        return servers

    def missing(self, environment: Mapping[str, str]) -> Iterator[tuple[int, Secretive, str]]:
        """Yield each password that cannot be had: the server's place in the list, its text, and why."""
        for number, server in enumerate(self.ice):
            for why in () if server.credential is None else server.credential.missing(environment):
                assert server.credential is not None
                yield number, server.credential, why
