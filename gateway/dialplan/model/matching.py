"""For which calls a plan holds: who may call, when it is open, and what your own server says to it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta

from pydantic import Field, field_validator

from gateway.dialplan.model.fields import (
    CallerEntry,
    HeaderName,
    Holiday,
    Instead,
    OpeningHours,
    PlanName,
)
from gateway.dialplan.model.section import Section
from gateway.dialplan.model.servers import by_reference, http_address
from gateway.dialplan.values import Duration, Secretive

NEXT = "next"
"""In place of a plan's name: go on as if this plan did not exist."""


class Callers(Section):
    """Who may call this plan."""

    allow: tuple[CallerEntry, ...] = ()
    """Callers who may, written as in `numbers`, or `anonymous`. Default: empty, everybody."""

    deny: tuple[CallerEntry, ...] = ()
    """Callers who may not, also if they are in `allow`. Default: empty, nobody."""

    otherwise: Instead = 603
    """What the others get: a SIP status, another plan's name, or `next` (as if this plan did not exist).
    Default: 603.
    """


class Hours(Section):
    """When the plan is open, by the clock of `timezone`."""

    open: tuple[OpeningHours, ...]
    """Such as `Mon-Fri 09:00-17:30`, `Sat,Sun 10:00-14:00`, `daily 22:00-06:00` (over midnight). Required."""

    holidays: tuple[Holiday, ...] = ()
    """Days that are closed: `2026-12-25`, `2026-12-24..2027-01-01`, or `12-25` for every year. Default: none.
    """

    closed: Instead = 480
    """Outside of these hours: a SIP status, another plan's name, or `next` (as if this plan did not exist).
    Default: 480.
    """


class LookUp(Section):
    """A question to your own server when a call comes in (HTTP POST, JSON both ways).

    The answer may set `variables` of the plan, name another plan, and set keys of the plan for this call.
    """

    url: Secretive
    """Where to ask. `${NAME}` and `${file:PATH}` are filled in when asked, and never printed. Required."""

    headers: Mapping[HeaderName, Secretive] = Field(default_factory=dict)
    """HTTP headers to send, such as `Authorization: Bearer ${CRM_TOKEN}`. Default: none."""

    private: bool = False
    """The host's name may lead to a private address. Needed only where nothing says so: an address, a name
    without a dot, or one that ends in `.local` or `.internal` may in any case. Default: false.
    """

    timeout: Duration = timedelta(seconds=1)
    """How long the caller may wait for the answer, 10s at most. Default: 1s."""

    plans: tuple[PlanName, ...] = ()
    """Plans that the answer may send the call to. Default: none."""

    otherwise: PlanName | None = None
    """The plan to take when there is no good answer. Default: this one."""

    _http = field_validator("url")(http_address)
    _no_secrets = field_validator("headers")(by_reference)

    @field_validator("timeout")
    @classmethod
    def _short(cls, timeout: timedelta) -> timedelta:
        if not timedelta(milliseconds=50) <= timeout <= timedelta(seconds=10):
            raise ValueError("a caller hears nothing meanwhile: write 50ms to 10s")
        return timeout
