"""Tool servers of the Model Context Protocol that a plan names."""

from __future__ import annotations

import re
import shlex
from collections.abc import Mapping
from datetime import timedelta
from typing import Annotated, Literal

from pydantic import AfterValidator, BeforeValidator, Field, WithJsonSchema, field_validator, model_validator

from gateway.dialplan.model.fields import HeaderName, PlanName, VariableName
from gateway.dialplan.model.section import Section
from gateway.dialplan.model.servers import bearable, by_reference
from gateway.dialplan.values import Duration, Secretive, web_address

_LABEL = re.compile(r"[A-Za-z](?:_?[A-Za-z0-9-]){0,31}")


def _label(name: str) -> str:
    if not _LABEL.fullmatch(name):
        raise ValueError(
            "a server's name is 1 to 32 letters, digits, - or single _, and begins with a letter"
        )
    return name


def _words(value: object) -> object:
    return tuple(shlex.split(value)) if isinstance(value, str) else value


ServerLabel = Annotated[str, AfterValidator(_label)]
Command = Annotated[
    tuple[str, ...],
    BeforeValidator(_words),
    WithJsonSchema({"anyOf": [{"type": "string"}, {"type": "array", "items": {"type": "string"}}]}),
]


class McpServer(Section):
    """A tool server (Model Context Protocol) whose functions the agent may call, as `SERVER__FUNCTION`.

    Either `command` (a program that talks over its standard input and output) or `url` (streamable HTTP).
    """

    command: Command | None = Field(default=None, min_length=1)
    """The program to start, with its arguments, in the folder of the plan; `python` is the one that runs
    the gateway. Default: none.
    """

    env: Mapping[VariableName, Secretive] = Field(default_factory=dict)
    """Environment of the program, such as `API_KEY: "${CALENDAR_KEY}"`; of ours it has only PATH, HOME and
    the like. Default: nothing more.
    """

    url: Secretive | None = None
    """Where the server is, `http://` or `https://`. `${NAME}` and `${file:PATH}` are filled in when it is
    connected to, and never printed. Default: none.
    """

    headers: Mapping[HeaderName, Secretive] = Field(default_factory=dict)
    """HTTP headers to send, such as `Authorization: Bearer ${CRM_TOKEN}`. Default: none."""

    tools: tuple[str, ...] = ()
    """The functions that the agent may call, by the server's own names. Default: all that the server has."""

    approval: Literal["never", "always"] | tuple[str, ...] | Mapping[str, str] = "never"
    """Whether the caller is asked before a function is called, and has to say yes: `never`, `always`, a list
    of functions, or each with the question in your own words: `{book: "Shall I book {day} at {time}?"}`.
    Default: never.
    """

    session: Literal["shared", "per_call"] = "shared"
    """`shared`: one connection for all calls, so the server does not know callers apart. `per_call`: one for
    each call, made while it rings. Default: shared.
    """

    mode: Literal["gateway", "provider"] = "gateway"
    """Who calls the functions: the gateway, or the model's provider, which has to reach `url` and is sent
    `headers`. Default: gateway.
    """

    timeout: Duration = timedelta(seconds=5)
    """How long a function may take, 2m at most. Default: 5s."""

    private: bool = False
    """The host's name may lead to a private address. Needed only where nothing says so: an address, a name
    without a dot, or one that ends in `.local` or `.internal` may in any case. Default: false.
    """

    plans: tuple[PlanName, ...] = ()
    """Plans to which a result may send the call, by JSON with `"goto": "PLAN"`. Default: none."""

    @field_validator("url")
    @classmethod
    def _http(cls, url: Secretive | None) -> Secretive | None:
        return url and web_address(url, "http://", "https://")

    _no_secrets = field_validator("env", "headers")(by_reference)
    _bearable = field_validator("timeout")(bearable)

    @model_validator(mode="after")
    def _goes_together(self) -> McpServer:
        if (self.command is None) == (self.url is None):
            raise ValueError("write either command: (a program) or url: (a server)")
        if self.command is None and self.env:
            raise ValueError("env: is for a command: a server has its own")
        if self.url is None and self.headers:
            raise ValueError("headers: are for a url: a program is given env:")
        if self.mode == "provider" and self.url is None:
            raise ValueError("a provider reaches a url: only: mode: gateway runs a command")
        asked = () if isinstance(self.approval, str) else tuple(self.approval)
        if self.tools and (unknown := [name for name in asked if name not in self.tools]):
            raise ValueError(f"approval: {', '.join(unknown)} is not among tools:")
        return self

    def question(self, tool: str) -> str | None:
        """Return what the caller is asked before a function is called; "" where the plan has no words for it.

        None: nothing is asked.
        """
        if isinstance(self.approval, Mapping):
            return self.approval.get(tool)
        if isinstance(self.approval, str):
            return "" if self.approval == "always" else None
        return "" if tool in self.approval else None
