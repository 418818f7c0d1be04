"""A rehearsal out of a call that was: its caller's words, keys and pauses; what was heard and done; its end.

Pure: a record in, the text of a file out. What a record does not hold (headers, arguments of functions, the
other plans of a long way) is not expected either.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

import orjson

from gateway.call import TransferOutcome
from gateway.errors import BadInput
from gateway.records.call_record import CallRecord, Line, Moment
from gateway.rehearsal.deeds import Deeds
from gateway.rehearsal.wording import SMALL, plain

LONG_SILENCE_MS = 4000
"""A caller who said nothing for longer, while it was his turn, waited: a shorter pause is made anyway."""
SAME_KEYS_MS = 3000
"""Keys that follow each other sooner are pressed at once."""
LEAST_WITHIN_MS = 2000
SLACK = 2.0
"""How many times longer than then an answer may take: machines differ."""
LEAST_DEAD_AIR_S = 3.0
LONGEST_LIKE = 300
"""Characters of an answer that are expected: its beginning tells enough."""
HEARD_OF_CUT = 0.6
"""The part of an answer that was cut which is expected: the caller may interrupt a moment sooner."""
_FAILED = {TransferOutcome.BUSY: "busy", TransferOutcome.NO_ANSWER: "silent"}
_BY_TARGET = ("target_hung_up",)
"""Reasons that a rehearsal does not bring about."""


@dataclass(slots=True)
class _Step:
    """What the caller did from `at` to `until`, in ms after the INVITE, and what was heard until the next."""

    at: int
    until: int
    does: dict[str, Any] = field(default_factory=dict)
    heard: list[Line] = field(default_factory=list)


def rehearsal_of(record: CallRecord) -> str:
    """Return a file with one rehearsal. Raises BadInput for a call that cannot be one, with the cure."""
    _check(record)
    rehearsal: dict[str, Any] = {"call": _call(record)}
    answered = record.status is None or record.status < 300
    if answered:
        rehearsal["steps"] = [_written(step, record) for step in _steps(record)]
    rehearsal["expect"] = _expect(record, answered=answered)
    name = f"call {record.call} of {record.began.astimezone():%Y-%m-%d %H:%M}"
    lines = [f"# Made of call {record.call}. Read it first: what a caller said stands as it was recognised."]
    if record.provider in (None, "local"):
        lines.append("model: embedded")
    else:
        lines.append(
            f"# Rings the plans' own model, {record.provider}, at its price; `model: embedded` rings none."
        )
    if targets := _targets(record):
        lines.append(f"targets: {_flow(targets)}")
    return "\n".join([*lines, "rehearsals:", f"  {_scalar(name)}:", *_block(rehearsal, 4)]) + "\n"


def _check(record: CallRecord) -> None:
    if record.open:
        raise BadInput("records", "call", record.call, "it is not over: wait for its end")
    if record.reason == "caller_cancelled":
        raise BadInput(
            "records", "call", record.call, "its caller left before anybody answered: nothing was said"
        )
    if record.transcript is None and (record.status or 200) < 300:
        cure = "what was said in it is not kept: records.transcript: true in gateway.yaml, for calls to come"
        raise BadInput("records", "transcript", record.call, cure)
    if any(moment.what == "key" and "digit" not in moment.about for moment in record.moments):
        raise BadInput(
            "records", "key", record.call, "a key was pressed in it that is not kept, as `redact` wants it"
        )


def _call(record: CallRecord) -> dict[str, Any]:
    told: dict[str, Any] = {"to": record.called}
    if record.caller and record.caller != "anonymous":
        told["from"] = record.caller
    return told | {"at": f"{record.began.astimezone():%Y-%m-%d %H:%M}"}


# --- steps -------------------------------------------------------------------------------------------


def _steps(record: CallRecord) -> list[_Step]:
    """Return the greeting, then each thing that the caller did, with what was heard until the next."""
    steps = [_Step(0, 0)]
    said = list(record.transcript or ())
    deeds = sorted([*_words(said), *_keys(record.moments), *_holds(record.moments)], key=lambda step: step.at)
    for step in deeds:
        over = _interrupted(step, said)
        if over is not None:
            step.does["interrupt"] = f"{step.at - over.at_ms}ms"
        steps.append(step)
    for line in said:
        if line.who != "caller":
            last = [step for step in steps if step.at <= line.at_ms]
            (last[-1] if last else steps[0]).heard.append(line)
    return list(_with_pauses(steps, record))


def _words(said: Iterable[Line]) -> Iterator[_Step]:
    for line in said:
        if line.who == "caller" and not line.text.startswith("["):
            yield _Step(line.at_ms, line.at_ms + (line.ms or 0), {"say": line.text})


def _keys(moments: Iterable[Moment]) -> Iterator[_Step]:
    pressed: _Step | None = None
    for moment in moments:
        if moment.what != "key":
            continue
        if pressed is not None and moment.at_ms - pressed.until < SAME_KEYS_MS:
            pressed.does["press"] += str(moment.about["digit"])
            pressed.until = moment.at_ms
            continue
        if pressed is not None:
            yield pressed
        pressed = _Step(moment.at_ms, moment.at_ms, {"press": str(moment.about["digit"])})
    if pressed is not None:
        yield pressed


def _holds(moments: Iterable[Moment]) -> Iterator[_Step]:
    since: int | None = None
    for moment in moments:
        if moment.what == "held" and moment.about.get("by") == "caller":
            since = moment.at_ms
        elif moment.what == "resumed" and since is not None:
            yield _Step(since, moment.at_ms, {"hold": f"{moment.at_ms - since}ms"})
            since = None


def _interrupted(step: _Step, said: Iterable[Line]) -> Line | None:
    """Return what the agent was just saying when the caller did something; None if it was silent."""
    return next(
        (
            line
            for line in said
            if line.who != "caller"
            and line.at_ms < step.at
            and (line.cut or step.at < line.at_ms + (line.ms or 0) - 200)
            and step.at <= line.at_ms + (line.ms or 0) + 300
        ),
        None,
    )


def _with_pauses(steps: list[_Step], record: CallRecord) -> Iterator[_Step]:
    """Yield steps, and between them those in which the caller only waited."""
    ends = round(1000 * (record.seconds or 0)) if record.reason == "caller_hung_up" else 0
    for step, following in zip(steps, [*steps[1:], None], strict=True):
        until = following.at if following is not None else ends
        answered = max([step.until, *(line.at_ms + (line.ms or 0) for line in step.heard)])
        spoken = [line for line in step.heard if line.at_ms < step.until + LONG_SILENCE_MS]
        later = [line for line in step.heard if line not in spoken]
        if not later and until - answered <= LONG_SILENCE_MS:
            yield step
            continue
        # The agent spoke up by itself, or nobody did: first the answer is heard out, then time goes by.
        step.heard = []
        if step.does:
            yield step
        first = _Step(step.until, step.until, {}, spoken)
        if spoken:
            yield first
        began = max([step.until, *(line.at_ms + (line.ms or 0) for line in spoken)])
        waits = max(until, answered) - began
        if waits > LONG_SILENCE_MS:
            yield _Step(began, began + waits, {"wait": f"{waits}ms"}, later)


def _written(step: _Step, record: CallRecord) -> dict[str, Any]:
    told = dict(step.does)
    if (like := _like(step.heard)) is not None:
        told["like"] = like
    waits = [
        int(moment.about["waited_ms"])
        for moment in record.moments
        if moment.what == "answer" and step.heard and moment.at_ms >= step.at
    ]
    if waits and "say" in step.does and like is not None:
        within = max(LEAST_WITHIN_MS, math.ceil(SLACK * waits[0] / 100) * 100)
        told["within"] = f"{within}ms"
    return told or {"wait": "1s"}


def _like(heard: list[Line]) -> str | None:
    """Return what is to be heard again; None where nothing of it has words."""
    parts: list[str] = []
    for line in heard:
        if line.text.startswith("["):
            continue
        words = line.text.split()
        parts += words[: int(HEARD_OF_CUT * len(words))] if line.cut else words
    text = ""
    for word in parts:
        if len(text) + len(word) >= LONGEST_LIKE:
            break
        text = f"{text} {word}".strip()
    return text if len(set(plain(text).split()) - SMALL) > 0 else None


# --- the whole call ----------------------------------------------------------------------------------


def _expect(record: CallRecord, *, answered: bool) -> dict[str, Any]:
    told: dict[str, Any] = {}
    if record.plan:
        told["plans"] = record.plan
    if not answered:
        told["status"] = record.status
    elif record.reason not in _BY_TARGET:
        told["ended_by"] = Deeds(reason=record.reason).ended_by
    if record.reason not in _BY_TARGET:
        told["reason"] = record.reason
    if tools := [moment.about["name"] for moment in record.moments if moment.what == "tool_called"]:
        told["tools"] = tools
    ended = [moment.about for moment in record.moments if moment.what == "transfer_ended"]
    if through := [one["target"] for one in ended if one["outcome"] == TransferOutcome.TRANSFERRED]:
        told["transferred_to"] = through
    waits = [int(moment.about["waited_ms"]) for moment in record.moments if moment.what == "answer"]
    if waits and max(waits) < 1000 * LEAST_DEAD_AIR_S * SLACK:
        told["dead_air"] = f"{max(LEAST_DEAD_AIR_S, math.ceil(SLACK * max(waits) / 1000)):g}s"
    if record.cost_usd and record.provider != "local":
        told["cost_below"] = round(SLACK * record.cost_usd, 4)
    return told


def _targets(record: CallRecord) -> dict[str, str]:
    """Return what those did whom the caller was to be put through to and was not."""
    return {
        moment.about["target"]: _FAILED[TransferOutcome(moment.about["outcome"])]
        for moment in record.moments
        if moment.what == "transfer_ended" and moment.about["outcome"] in _FAILED
    }


# --- YAML --------------------------------------------------------------------------------------------


def _block(value: dict[str, Any], indent: int) -> Iterator[str]:
    """Yield a mapping as lines: a list of mappings with an item a line, all else in flow style."""
    room = " " * indent
    for key, one in value.items():
        if isinstance(one, list) and one and isinstance(one[0], dict):
            yield f"{room}{key}:"
            yield from (f"{room}  - {_flow(item)}" for item in one)
        else:
            yield f"{room}{key}: {_flow(one)}"


def _flow(value: Any) -> str:
    if isinstance(value, dict):
        return "{" + ", ".join(f"{key}: {_flow(one)}" for key, one in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(_flow, value)) + "]"
    return _scalar(value)


def _scalar(value: Any) -> str:
    """Write a value so that it is read as itself: a text in quotes, as JSON, unless it is a plain word."""
    text = str(value)
    if isinstance(value, str) and not (
        text.isidentifier() and text not in ("true", "false", "null", "yes", "no")
    ):
        return orjson.dumps(text).decode()
    return text
