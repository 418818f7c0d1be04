"""Asking somebody else's server about a call while it rings: bounded in time and size, never fatal.

The question is an HTTP POST with JSON: call, plan, time, caller, called, and the headers in `pass_headers`.
The answer, status 200 with JSON (or 204 for "nothing to say"), may hold any of:

    {"variables": {"customer": "Ann"}, "plan": "vip", "set": {"agent": {"voice": "marin"}, "limits": {...}}}

`variables` replace those of the plan, `plan` is one of those the plan allows, `set` changes `agent` (but not
its address and key, nor where its functions are), `answer`, `barge_in`, `turn_end`, `on_hold`, `on_tool`,
`limits` and `on_failure` for this call. Its texts are used as they are: no variable is filled into them. A
file that it names must lie in the folder of the plans. No answer, a late or a wrong one: the
plan's `otherwise`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from http import HTTPStatus
from types import TracebackType
from typing import Any, Self

import orjson
import pydantic
import structlog

from gateway.call import CallInfo, Party
from gateway.dialplan import numbers
from gateway.dialplan.inherit import merge
from gateway.dialplan.model import LookUp, Plan
from gateway.errors import BadInput
from gateway.http_client import HttpClient, HttpFault, HttpQuestion
from gateway.tasks import within

MAX_BYTES = 65_536
"""Of an answer. A page of instructions has 4 000; more than this is not meant for a call."""

MAY_SET = ("agent", "answer", "barge_in", "turn_end", "on_hold", "on_tool", "limits", "on_failure")
_NOT_OF_AGENT = frozenset({"url", "api_key", "fallback", "webhooks", "mcp"})

log = structlog.get_logger()


class Reply(pydantic.BaseModel):
    """The answer's JSON. Other keys are not ours: a server may send its whole record of a customer."""

    variables: dict[str, str | int | float] = pydantic.Field(default_factory=dict)
    plan: str | None = None
    set: dict[str, dict[str, Any]] = pydantic.Field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class LookupResult:
    """What a look-up brought; all empty when there was none."""

    plan: str | None = None
    """The plan to take instead."""
    variables: Mapping[str, str] = field(default_factory=dict)
    settings: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    fault: str = ""
    """Why there was no good answer."""


class LookUps:
    """Asks; one client with its open connections serves all calls."""

    def __init__(self, http: HttpClient | None = None) -> None:
        self._http = http or HttpClient()

    async def __aenter__(self) -> Self:
        await self._http.__aenter__()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._http.__aexit__(kind, error, trace)

    async def ask(self, plan: Plan, call: CallInfo, now: datetime, region: str | None = None) -> LookupResult:
        """Ask about a call. Whatever goes wrong is logged and becomes the plan's `otherwise`."""
        lookup = plan.lookup
        if lookup is None:
            return LookupResult()
        try:
            async with within(lookup.timeout.total_seconds()):
                reply = await self._reply(lookup, question(plan, call, now, region))
            if reply.plan is not None and reply.plan not in lookup.plans:
                raise _BadReply(f"names the plan {reply.plan!r}, which is not among the look-up's plans")
            override(plan, reply.set)
        except TimeoutError:
            return _failed(plan, lookup, "no answer in time")
        except (_BadReply, BadInput, HttpFault) as error:
            return _failed(plan, lookup, str(error))
        variables = {name: str(value) for name, value in reply.variables.items()}
        return LookupResult(reply.plan, variables, reply.set)

    async def _reply(self, lookup: LookUp, body: bytes) -> Reply:
        headers = {name: value.reveal() for name, value in lookup.headers.items()}
        headers.setdefault("Content-Type", "application/json")
        question = HttpQuestion(
            "POST",
            lookup.url.reveal(),
            headers,
            body,
            inside=lookup.private,
            most_bytes=MAX_BYTES,
            redirects=False,  # they would lead the question, with its headers, elsewhere
        )
        answer = await self._http.ask(question)
        if answer.status == HTTPStatus.NO_CONTENT:
            return Reply()
        if answer.status != HTTPStatus.OK:
            raise _BadReply(f"answered with status {answer.status}")
        try:
            return Reply.model_validate_json(answer.content)
        except pydantic.ValidationError as error:
            first = error.errors(include_url=False, include_input=False)[0]
            where = ".".join(map(str, first["loc"]))
            raise _BadReply(f"answered wrongly: {where + ': ' if where else ''}{first['msg']}") from None


class _BadReply(Exception):
    """There was an answer, but not one to use."""


def question(plan: Plan, call: CallInfo, now: datetime, region: str | None = None) -> bytes:
    """What is asked about a call, as JSON."""

    def party(party: Party) -> dict[str, str]:
        address = numbers.address(party.user, party.host, region)
        return {"number": address.number, "user": address.user, "name": party.display_name}

    names = [name for name in plan.pass_headers if name.lower() in call.headers]
    return orjson.dumps(
        {
            "call_id": call.id,
            "plan": plan.name,
            "time": now.isoformat(),
            "caller": party(call.caller),
            "called": party(call.called),
            "headers": {name: call.headers[name.lower()] for name in names},
        }
    )


def override(plan: Plan, settings: Mapping[str, Mapping[str, Any]]) -> Plan:
    """The plan with an answer's `set` laid over it; `BadInput` if it does not fit."""
    update: dict[str, Any] = {}
    for name, values in settings.items():
        section = getattr(plan, name, None) if name in MAY_SET else None
        if section is None:
            raise BadInput("look-up", f"set.{name}", dict(values), f"can be set: {', '.join(MAY_SET)}")
        kept = _NOT_OF_AGENT if name == "agent" else frozenset()
        if wrong := kept & values.keys():
            raise BadInput("look-up", f"set.agent.{min(wrong)}", None, "stays as the plan has it")
        data = merge(section.model_dump(exclude=kept), dict(values))
        try:
            new = type(section).model_validate(data, context={"folder": plan.folder, "confined": True})
        except pydantic.ValidationError as error:
            first = error.errors(include_url=False)[0]
            key = ".".join(map(str, ("set", name, *first["loc"])))
            raise BadInput("look-up", key, first["input"], first["msg"]) from None
        update[name] = new.model_copy(update={key: getattr(section, key) for key in kept})
    return plan.model_copy(update=update) if update else plan


def _failed(plan: Plan, lookup: LookUp, fault: str) -> LookupResult:
    log.warning("lookup.failed", plan=plan.name, url=str(lookup.url), fault=fault, otherwise=lookup.otherwise)
    return LookupResult(lookup.otherwise, fault=fault)
