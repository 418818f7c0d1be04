"""Functions that a plan declares as requests to a server: arguments in, a field of the answer out."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Mapping, Sequence
from typing import Annotated, Any, Literal
from urllib.parse import quote, urlencode
from uuid import uuid4

import orjson
from pydantic import ConfigDict, Field, create_model

from gateway.call import ToolThen
from gateway.dialplan.model import ToolArgument, Webhook
from gateway.dialplan.model.webhook import LONGEST_TEXT, WITHOUT_BODY
from gateway.dialplan.variables import Value, clean, named, substitute
from gateway.dialplan.webhook_check import split_address, texts_of
from gateway.errors import BadInput
from gateway.http_client import HttpClient, HttpFault, HttpQuestion, HttpReply
from gateway.tools.arguments import ModelArguments
from gateway.tools.live_call import CallFacts
from gateway.tools.onward import onward
from gateway.tools.registry import Tool, ToolFault, ToolResult
from gateway.tools.result_text import as_text

AGAIN_AFTER_S = 0.2
"""Before the first repetition; twice as long before each further one."""
BUSY = (429, 502, 503, 504)
"""Statuses that pass by themselves."""
LONGEST_FAULT = 2_000
"""Bytes of JSON with which a server may explain a refusal to the model."""
_TYPES = {"string": str, "integer": int, "number": float, "boolean": bool}
_WHOLE = re.compile(r"\{([A-Za-z_]\w*)\}")


def webhook_tool(name: str, hook: Webhook, facts: CallFacts, http: HttpClient) -> Tool:
    """Return the tool of one call."""
    request = _Request(name, hook, facts, http)
    seconds = hook.timeout.total_seconds()
    return Tool(name, hook.description, webhook_arguments(name, hook), request.run, seconds)


def webhook_arguments(name: str, hook: Webhook) -> ModelArguments:
    """Return what a model gives: each of its type, within its bounds."""
    fields: dict[str, Any] = {f"a_{key}": _field(key, one) for key, one in hook.arguments.items()}
    return ModelArguments(create_model(name, __config__=ConfigDict(extra="forbid"), **fields))


def _field(name: str, one: ToolArgument) -> Any:
    limits: dict[str, Any] = {"alias": name, "description": one.description}
    if one.type == "string" and not one.enum:
        limits["max_length"] = LONGEST_TEXT
        if one.pattern is not None:
            limits["pattern"] = f"^(?:{one.pattern})$"
    if one.minimum is not None:
        limits["ge"] = one.minimum
    if one.maximum is not None:
        limits["le"] = one.maximum
    kind: Any = Literal[tuple(one.enum)] if one.enum else _TYPES[one.type]
    if one.required:
        return Annotated[kind, Field(**limits)], ...
    return Annotated[kind | None, Field(**limits)], None


class _Request:
    """One webhook in one call."""

    def __init__(self, name: str, hook: Webhook, facts: CallFacts, http: HttpClient) -> None:
        self._name = name
        self._hook = hook
        self._facts = facts
        self._http = http

    async def run(self, **arguments: Any) -> ToolResult:
        """Ask, as often as is allowed, and return what the model is told. Raises ToolFault."""
        question = self._question({name: one for name, one in arguments.items() if one is not None})
        harmless = self._hook.idempotency_key or question.method in ("GET", "PUT", "DELETE")
        for left in range(self._hook.retries, -1, -1):
            try:
                answer = await self._http.ask(question)
            except HttpFault as fault:
                if not left or (fault.sent and not harmless):
                    raise ToolFault(str(fault)) from None
            else:
                if not left or not harmless or answer.status not in BUSY:
                    return self._told(answer)
            await asyncio.sleep(AGAIN_AFTER_S * 2 ** (self._hook.retries - left))
        raise AssertionError("the last attempt returns or raises")

    # --- the question --------------------------------------------------------------------------------

    def _question(self, arguments: Mapping[str, Any]) -> HttpQuestion:
        hook = self._hook
        try:
            url, given = hook.url.reveal(), {name: one.reveal() for name, one in hook.headers.items()}
        except BadInput as error:
            raise ToolFault(error.cure) from None
        known = {name: Value(text) for name, text in self._facts.values().items()}
        headers = {
            name: substitute(text, known, lambda value: clean(value.text)) for name, text in given.items()
        }
        if hook.idempotency_key:
            headers["Idempotency-Key"] = uuid4().hex
        known |= {name: Value(as_text(one)) for name, one in arguments.items()}
        known |= {name: Value("") for name in hook.arguments if name not in arguments}
        host, rest = split_address(url)
        url = host + substitute(rest, known, _in_address)
        used = {name for place, text in texts_of(hook) if place == ("url",) for name in named(text)}
        unused = {name: one for name, one in arguments.items() if name not in used}
        if hook.method in WITHOUT_BODY:
            return HttpQuestion(hook.method, _with_query(url, unused), headers, inside=hook.private)
        headers.setdefault("Content-Type", "application/json")
        content = orjson.dumps(unused if hook.body is None else _filled(hook.body, known, arguments))
        return HttpQuestion(hook.method, url, headers, content, inside=hook.private)

    # --- the answer ----------------------------------------------------------------------------------

    def _told(self, answer: HttpReply) -> ToolResult:
        text = answer.content.decode("utf-8", "replace").strip()
        data = _json(text)
        if not 200 <= answer.status < 300:
            why = f"the server answered with status {answer.status}"
            if 400 <= answer.status < 500 and isinstance(data, dict) and len(text) <= LONGEST_FAULT:
                return ToolResult(as_text({"error": why, "answer": data}), ToolThen.SPEAK)
            raise ToolFault(why)
        then = onward(data, self._hook.plans, self._facts, f"tool {self._name}")
        if self._hook.result is None:
            return ToolResult(text or '{"ok":true}', then)
        if data is None:
            raise ToolFault("the server's answer is no JSON")
        return ToolResult(as_text(_picked(data, self._hook.result)), then)


def _in_address(value: Value) -> str:
    """Write a value into an address so that it stays one value. Raises ToolFault.

    A step up, `..`, is no value: servers, and what stands before them, would take it for a way.
    """
    if value.text in (".", ".."):
        raise ToolFault("wrong arguments: dots alone are no value")
    return quote(value.text, safe="")


def _with_query(url: str, more: Mapping[str, Any]) -> str:
    if not more:
        return url
    url = url.partition("#")[0]  # what is behind it is never sent
    query = urlencode({name: as_text(value) for name, value in more.items()})
    return f"{url}{'&' if '?' in url else '?'}{query}"


def _filled(template: Any, known: Mapping[str, Value], arguments: Mapping[str, Any]) -> Any:
    """Return a body; a text that is nothing but an argument becomes that argument, of whatever type."""
    match template:
        case str():
            whole = _WHOLE.fullmatch(template)
            if whole and whole[1] in arguments:
                return arguments[whole[1]]
            return substitute(template, known, lambda value: value.text)
        case Mapping():
            return {key: _filled(one, known, arguments) for key, one in template.items()}
        case Sequence():
            return [_filled(one, known, arguments) for one in template]
    return template


def _json(text: str) -> Any:
    try:
        return orjson.loads(text)
    except orjson.JSONDecodeError:
        return None


def _picked(data: Any, wanted: str | Mapping[str, str]) -> Any:
    if isinstance(wanted, str):
        return _at(data, wanted)
    return {name: _at(data, place) for name, place in wanted.items()}


def _at(data: Any, place: str) -> Any:
    """Return what stands at a place such as `items.0.name`; None if there is nothing."""
    for step in place.split("."):
        if isinstance(data, dict):
            data = data.get(step)
        elif isinstance(data, list) and step.isdecimal() and int(step) < len(data):
            data = data[int(step)]
        else:
            return None
    return data
