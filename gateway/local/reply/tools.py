"""The session's function tools: which one a caller means, its arguments, and its result in words."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from gateway.local.reply import ToolCall
from gateway.local.reply.numbers import say_number
from gateway.local.reply.slots import listed, properties_of, read_slot, schema_of
from gateway.local.reply.speakable import speakable
from gateway.local.reply.words import has

Tools = Sequence[Mapping[str, Any]]

HANG_UP = ("hang_up", "hangup", "end_call", "end_the_call", "terminate_call", "finish_call")
TRANSFER = ("transfer", "transfer_call", "forward_call", "connect_to", "transfer_to_human", "escalate")
TELLING = 8
"""Letters of a word that is not easily misheard for another."""
_CONTRARY = re.compile(r"\b(?:cancel|change|move|not|no|without|about my|miss(?:ed)?)\b")
_SAYING = ("say", "message", "answer", "text", "result", "summary", "speech", "output", "content", "value")
_EMPTY_WORDS = {
    "get",
    "set",
    "the",
    "call",
    "fetch",
    "lookup",
    "look",
    "up",
    "find",
    "check",
    "do",
    "current",
    "tool",
}


def named(tools: Tools, names: Sequence[str]) -> Mapping[str, Any] | None:
    """Find the function tool with one of these names."""
    functions = [tool for tool in tools if tool.get("type") == "function"]
    return next((tool for name in names for tool in functions if tool["name"].lower() == name), None)


def hang_up_call(tools: Tools) -> ToolCall | None:
    """Make the call that ends the conversation, if the session has a tool for it."""
    tool = named(tools, HANG_UP)
    if tool is None:
        return None
    arguments = {"reason": "the caller said goodbye"} if "reason" in properties_of(tool) else {}
    return ToolCall(tool["name"], arguments)


def transfer_call(text: str, tools: Tools) -> ToolCall | None:
    """Make the call that transfers the caller, if the session has a tool for it and it can be filled in."""
    tool = named(tools, TRANSFER)
    if tool is None:
        return None
    arguments = fill(tool, text, must=True)
    return ToolCall(tool["name"], arguments) if arguments is not None else None


def matching_call(text: str, tools: Tools) -> ToolCall | None:
    """Find the tool whose name the caller speaks of ("the weather in Oslo" for get_weather)."""
    for tool in spoken_of(text, tools):
        arguments = fill(tool, text)
        if arguments is not None:
            return ToolCall(tool["name"], arguments)
    return None


def spoken_of(text: str, tools: Tools) -> Iterator[Mapping[str, Any]]:
    """Yield the tools whose names the caller speaks of; of `server__tool` the second half counts.

    One long word of a name is enough where no other tool has it, for a short one is easily misheard; but not
    for a caller who wants the contrary.
    """
    about = [(tool, subject) for tool in tools if (subject := _subject(tool))]
    heard = text.lower()
    whole = [tool for tool, subject in about if all(_said(word, heard) for word in subject)]
    yield from whole
    if whole or _CONTRARY.search(heard):
        return
    for tool, subject in about:
        for word in subject:
            others = any(word in other for one, other in about if one is not tool)
            if len(word) >= TELLING and _said(word, heard) and not others:
                yield tool
                break


def _subject(tool: Mapping[str, Any]) -> set[str]:
    """Return the words that tell what a function of the session is about."""
    if tool.get("type") != "function" or tool["name"].lower() in (*HANG_UP, *TRANSFER):
        return set()
    return set(re.split(r"[_\W]+", tool["name"].lower().rpartition("__")[2])) - _EMPTY_WORDS


def _said(word: str, heard: str) -> bool:
    return has(heard, f"{re.escape(word)}s?")


def forced_call(choice: Any, text: str, tools: Tools) -> ToolCall | None:
    """Make the call that `tool_choice` demands, with what can be guessed of its arguments."""
    if isinstance(choice, Mapping) and choice.get("type") == "function":
        tool = named(tools, [str(choice.get("name", "")).lower()])
    elif choice == "required":
        tool = next((one for one in tools if one.get("type") == "function"), None)
    else:
        return None
    return ToolCall(tool["name"], fill(tool, text, must=True) or {}) if tool is not None else None


def fill(tool: Mapping[str, Any], text: str, *, must: bool = False) -> dict[str, Any] | None:
    """Fill a tool's parameters from what was said; None if a required one stays empty (unless it `must`)."""
    required = listed(schema_of(tool.get("parameters")), "required")
    arguments: dict[str, Any] = {}
    for name, schema in properties_of(tool).items():
        value = read_slot(name, schema_of(schema), text)
        if value is None and name in required and must:
            value = _default(schema_of(schema), text)
        if value is not None:
            arguments[name] = value
        elif name in required:
            return None
    return arguments


def _default(schema: Mapping[str, Any], text: str) -> Any:
    options = listed(schema, "enum")
    if options:
        return options[0]
    empty = {"integer": 0, "number": 0, "boolean": True, "array": [], "object": {}}
    return empty.get(str(schema.get("type")), text)


def say_output(output: str) -> str:
    """Put a tool's result into words: its message if it has one, else its names and values."""
    try:
        value = json.loads(output)
    except ValueError:
        value = output
    said = _say(value).strip() or "Done"
    said = said[:1].upper() + said[1:]
    return said if said.endswith((".", "!", "?")) else f"{said}."


def _say(value: Any) -> str:
    match value:
        case None:
            return "nothing"
        case bool():
            return "yes" if value else "no"
        case int() | float():
            return say_number(value) if abs(value) < 1e12 else str(value)
        case str():
            return speakable(value)
        case dict():
            return _say_object(value)
        case list():
            return ", ".join(_say(one) for one in value[:5]) if value else "nothing"
    return str(value)


def _say_object(value: Mapping[str, Any]) -> str:
    if value.get("error"):
        return f"Sorry, that did not work: {_say(value['error'])}"
    for name in _SAYING:
        if value.get(name):
            return _say(value[name])
    if set(value) <= {"ok", "success", "status"}:
        return "Done"
    shown = [(name, one) for name, one in value.items() if one is not None][:6]
    return ", ".join(f"the {name.replace('_', ' ')} is {_say(one)}" for name, one in shown)
