"""What a function needs and the caller has not said yet: asked for, one thing after the other."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from gateway.local.reply import SpokenReply, ToolCall
from gateway.local.reply.slots import (
    listed,
    properties_of,
    question,
    read_answer,
    read_slot,
    schema_of,
)
from gateway.local.reply.tools import Tools, spoken_of
from gateway.local.reply.words import plain

Exchanges = Sequence[tuple[str, str]]
"""What the agent said, and what the caller said to that, the oldest first."""

MOST_ASKED_AGAIN = 2
LEFT = "All right, I will leave it."
_LEAVES = re.compile(r"\b(?:never ?mind|forget it|leave it|cancel (?:it|that)|stop it)\b")


def missing_question(text: str, tools: Tools) -> str | None:
    """Return what to ask a caller who speaks of a function, but has not said all that it needs."""
    for tool in spoken_of(text, tools):
        if (name := _next(tool, _said_at_first(tool, text))) is not None:
            return question(name, _schema(tool, name))
    return None


def filled(exchanges: Exchanges, tools: Tools) -> SpokenReply | None:
    """Return what follows from an answer to such a question: another, or the call. None if it is none.

    An answer in which nothing fits is asked for again, twice at most.
    """
    begun = _begun(exchanges, tools)
    if begun is None:
        return None
    tool, first, answers = begun
    known = _said_at_first(tool, first)
    name, text = answers[-1]
    for asked, said in answers:
        value = read_answer(asked, _schema(tool, asked), said)
        known |= {} if value is None else {asked: value}
    if read_answer(name, _schema(tool, name), text) is None:
        if _LEAVES.search(plain(text)):
            return SpokenReply(LEFT)
        return None if text.rstrip().endswith("?") else _again(tool, name, answers)
    missing = _next(tool, known)
    if missing is not None:
        return SpokenReply(question(missing, _schema(tool, missing)))
    return SpokenReply("", (ToolCall(tool["name"], known),))


def _begun(exchanges: Exchanges, tools: Tools) -> tuple[Mapping[str, Any], str, list[tuple[str, str]]] | None:
    """Return the function that is being filled, what it began with, and each answer with what was asked."""
    for tool in tools:
        if tool.get("type") != "function":
            continue
        answers: list[tuple[str, str]] = []
        for agent, caller in reversed(exchanges):
            name = _asked_for(tool, agent)
            if name is None:
                if answers and any(one is tool for one in spoken_of(caller, tools)):
                    return tool, caller, answers[::-1]
                break
            answers.append((name, caller))
    return None


def _asked_for(tool: Mapping[str, Any], agent: str) -> str | None:
    """Return the parameter that the agent has just asked for, perhaps once more."""
    said = plain(agent)
    return next(
        (name for name in properties_of(tool) if said.endswith(plain(question(name, _schema(tool, name))))),
        None,
    )


def _again(tool: Mapping[str, Any], name: str, answers: list[tuple[str, str]]) -> SpokenReply:
    words = name.replace("_", " ")
    times = 0
    for asked, _ in reversed(answers):
        if asked != name:
            break
        times += 1
    if times > MOST_ASKED_AGAIN:
        return SpokenReply(f"I am sorry, I do not understand the {words}, so I have to leave it.")
    return SpokenReply(f"I did not get the {words}. {question(name, _schema(tool, name))}")


def _said_at_first(tool: Mapping[str, Any], text: str) -> dict[str, Any]:
    found = {name: read_slot(name, _schema(tool, name), text) for name in properties_of(tool)}
    return {name: value for name, value in found.items() if value is not None}


def _next(tool: Mapping[str, Any], known: Mapping[str, Any]) -> str | None:
    """Return a parameter that is needed and not known."""
    required = listed(schema_of(tool.get("parameters")), "required")
    return next((name for name in required if isinstance(name, str) and name not in known), None)


def _schema(tool: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    return schema_of(properties_of(tool).get(name))
