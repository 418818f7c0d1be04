"""What every object of the wire is: immutable, tolerant of the unknown, and exact about null.

Null and absent are different things on this wire: `"turn_detection": null` switches detection off, a
missing `turn_detection` leaves it as it is. So one rule decides what is sent: *a field whose default is
None is sent only if it was set; every other field is always sent*.
"""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict

from gateway.errors import GatewayError


class BadEvent(GatewayError):
    """A frame that is not an event: not JSON, no type, or fields of the wrong kind.

    `code` and `param` are those the hosted service uses in its `error` events, so that a server can answer
    with them as they are. `event_id` is the offender's own, if it had one.
    """

    def __init__(
        self, code: str, message: str, *, param: str | None = None, event_id: str | None = None
    ) -> None:
        self.code = code
        self.message = message
        self.param = param
        self.event_id = event_id
        super().__init__(f"{code}: {message}")


class Wire(BaseModel):
    """An object of the protocol. Unknown fields are kept (`model_extra`) and sent on."""

    # Vendors add fields at any time and some have the names of pydantic's own helpers (`model_...`).
    model_config = ConfigDict(extra="allow", frozen=True, protected_namespaces=())


class Event(Wire):
    """One frame. `type` names it; `event_id` is optional from clients and missing from some servers."""

    type: str
    event_id: str | None = None


def fields_sent(model: Wire) -> dict[str, Any]:
    """Return the fields of an object that belong on the wire, in order, values not yet converted."""
    known, is_set = type(model).model_fields, model.model_fields_set
    sent = {
        name: value
        for name, value in model.__dict__.items()
        if value is not None or name in is_set or known[name].default is not None
    }
    return {**sent, **(model.model_extra or {})}


def _zero(value: object) -> object:
    return 0 if value is None else value


def _blank(value: object) -> object:
    return "" if value is None else value


Count = Annotated[int, BeforeValidator(_zero)]
"""A number that other vendors leave out or send as null; zero then."""

Text = Annotated[str, BeforeValidator(_blank)]
"""A string that other vendors leave out or send as null; empty then."""

Bag = dict[str, Any]
"""JSON that is passed on without being looked into."""
