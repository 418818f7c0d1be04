"""Functions that an agent may call by HTTP, declared in the plan: no code of one's own is needed."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import timedelta
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, Field, field_validator, model_validator

from gateway.dialplan.model.fields import HeaderName, PlanName, VariableName
from gateway.dialplan.model.section import Section
from gateway.dialplan.model.servers import bearable, by_reference, http_address
from gateway.dialplan.values import Duration, Secretive

WITHOUT_BODY = ("GET", "DELETE")
"""Methods whose arguments go into the address."""
LONGEST_TEXT = 1000
"""Characters of an argument that says nothing of its length."""
_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_-]{0,63}")


def _tool_name(name: str) -> str:
    if not _NAME.fullmatch(name):
        raise ValueError("a function's name is 1 to 64 letters, digits, _ or -, and begins with a letter")
    return name


ToolName = Annotated[str, AfterValidator(_tool_name)]


class ToolArgument(Section):
    """Something that the agent has to find out before it can call the function."""

    type: Literal["string", "integer", "number", "boolean"] = "string"
    """`string`, `integer`, `number` or `boolean`. Default: string."""

    description: str | None = None
    """What it is, for the model. Default: its name alone."""

    enum: tuple[str | int | float, ...] = ()
    """All that it may be. Default: anything of its type."""

    pattern: str | None = None
    """A regular expression that all of a text has to match, such as `[0-9]{5}`. Default: any text."""

    minimum: float | None = None
    """The least number. Default: none."""

    maximum: float | None = None
    """The greatest number. Default: none."""

    required: bool = True
    """Whether the function cannot be called without it. Default: true."""

    @field_validator("pattern")
    @classmethod
    def _regular(cls, pattern: str | None) -> str | None:
        if pattern is not None:
            try:
                re.compile(pattern)
            except re.error as error:
                raise ValueError(f"not a regular expression: {error}") from None
        return pattern

    @model_validator(mode="after")
    def _fits(self) -> ToolArgument:
        if self.pattern is not None and self.type != "string":
            raise ValueError("pattern: is for a string")
        if (self.minimum is not None or self.maximum is not None) and self.type not in ("integer", "number"):
            raise ValueError("minimum: and maximum: are for numbers")
        return self


class Webhook(Section):
    """A function that the agent may call: a request to your own server (HTTP), whose answer it is told."""

    description: str
    """What it does and when it is to be called, for the model. Required."""

    url: Secretive
    """Where to ask: `https://shop.example/orders/{order}`. Arguments and variables are filled in, but not
    into the host. `${NAME}` and `${file:PATH}` are filled in when asked, and never printed. Required.
    """

    method: Literal["GET", "POST", "PUT", "PATCH", "DELETE"] = "POST"
    """What kind of request. Default: POST."""

    headers: Mapping[HeaderName, Secretive] = Field(default_factory=dict)
    """HTTP headers to send, such as `Authorization: Bearer ${SHOP_TOKEN}`. Variables are filled in. Default:
    none.
    """

    arguments: Mapping[VariableName, ToolArgument] = Field(default_factory=dict)
    """What the agent gives, by name. Those that are not in the address are sent as JSON, or with GET and
    DELETE behind a `?`. Default: nothing.
    """

    body: Mapping[str, Any] | None = None
    """The JSON to send instead, in whose texts arguments and variables are filled in: `{order: "{order}",
    phone: "{caller.number}"}`. Default: the arguments.
    """

    result: str | Mapping[str, str] | None = None
    """What of the answer's JSON the agent is told: a place such as `order.status` or `items.0.name`, or
    several by names of your own. Default: all of it.
    """

    timeout: Duration = timedelta(seconds=5)
    """How long it may take, with all attempts, 2m at most. Default: 5s."""

    retries: int = Field(default=0, ge=0, le=3)
    """How often a request that failed is sent again: one that may have been carried out only if that does no
    harm (GET, PUT, DELETE, or `idempotency_key`). Default: 0.
    """

    idempotency_key: bool = False
    """Your server takes requests with the same header `Idempotency-Key` for one. Default: false."""

    private: bool = False
    """The host's name may lead to a private address. Needed only where nothing says so: an address, a name
    without a dot, or one that ends in `.local` or `.internal` may in any case. Default: false.
    """

    plans: tuple[PlanName, ...] = ()
    """Plans to which the answer may send the call, by JSON with `"goto": "PLAN"`. Default: none."""

    _http = field_validator("url")(http_address)
    _no_secrets = field_validator("headers")(by_reference)

    _bearable = field_validator("timeout")(bearable)

    @model_validator(mode="after")
    def _goes_together(self) -> Webhook:
        if self.body is not None and self.method in WITHOUT_BODY:
            raise ValueError(f"{self.method} sends no body: leave body: out, or write method: POST")
        if self.retries and self.method in ("POST", "PATCH") and not self.idempotency_key:
            raise ValueError(
                f"{self.method} may be carried out twice: leave retries: out, or, if your server knows a"
                " repeated request by its key, write idempotency_key: true"
            )
        return self
