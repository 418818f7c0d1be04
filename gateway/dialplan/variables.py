"""Variables in the texts of a plan: `{caller.number}`, `{header.X-Campaign}`, `{local_time}`, your own. Pure.

| variable | value |
|---|---|
| `{caller.number}` | E.164, or the SIP user, or `anonymous` |
| `{caller.name}` | display name, or empty |
| `{called.number}`, `{called.user}` | what was dialled: E.164 if it is a number; as it came |
| `{trunk}` | the trunk that the call came over, or empty |
| `{caller.verified}` | `yes` if a trusted trunk vouches for the caller, else `no` |
| `{caller.verstat}` | what the carrier says of the number (STIR/SHAKEN), such as `TN-Validation-Passed` |
| `{diverted.number}` | who sent the call on to us (Diversion, History-Info), or empty |
| `{local_time}`, `{local_date}`, `{weekday}` | `14:05`, `2026-12-24`, `Thursday`, by the plan's `timezone` |
| `{header.NAME}` | a SIP header listed in `pass_headers`, or empty |
| `{NAME}` | a text under `variables`, or what the look-up put in its place |

`{{NAME}}` stands for `{NAME}` itself; other braces are just braces. A text is filled in one pass, so a value
is never read for variables again. What a caller can choose (names, headers, SIP users) is data, not
instructions: it loses control characters and line breaks, is cut, and is quoted where a model is told.
"""

from __future__ import annotations

import re
import unicodedata
import weakref
from collections.abc import Callable, Container, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import quote
from zoneinfo import ZoneInfo

from pydantic import BaseModel

from gateway.call import CallInfo
from gateway.dialplan import numbers
from gateway.dialplan.model import (
    Agent,
    Announce,
    Answer,
    EarlyWords,
    HistoryItem,
    Limits,
    OnFailure,
    OnTool,
    Outbound,
    Plan,
    Prompt,
    Record,
    Redirect,
    StoredPrompt,
)

LONGEST_VALUE = 200
"""Characters of a value from outside that reach a model or a voice."""

BUILT_IN = frozenset(
    {
        "caller.number",
        "caller.name",
        "called.number",
        "called.user",
        "trunk",
        "caller.verified",
        "caller.verstat",
        "diverted.number",
        "local_time",
        "local_date",
        "weekday",
    }
)
IN_ADDRESSES = frozenset({"caller.number", "called.number", "called.user"})
"""All that may be filled into a SIP address; a look-up or a header could make it any other address."""

_VARIABLE = re.compile(r"\{\{([A-Za-z_][\w.-]*)\}\}|\{([A-Za-z_][\w.-]*)\}", re.ASCII)
_DIGITS = re.compile(r"[+*#0-9]+")
_FILLED: Mapping[type, tuple[str, ...]] = {
    Agent: ("instructions", "safety_identifier"),
    StoredPrompt: ("variables",),
    Answer: ("disclosure", "greeting"),
    Record: ("say",),
    Prompt: ("say",),
    Announce: ("say",),
    OnFailure: ("say",),
    OnTool: ("say",),
    EarlyWords: ("say",),
    Outbound: ("say",),
    Limits: ("notice", "still_there"),
    HistoryItem: ("text",),
    Redirect: ("to",),
}
"""The texts of each mapping, or mappings of texts, in which variables are filled in."""

Path_ = tuple[str | int, ...]


@dataclass(frozen=True, slots=True)
class Value:
    """What stands in for a variable."""

    text: str
    from_caller: bool = False
    """Whether a caller can choose it freely."""


def values(
    plan: Plan, call: CallInfo, now: datetime, found: Mapping[str, str], region: str | None = None
) -> dict[str, Value]:
    """All variables of a plan for a call; `found` is what a look-up answered."""
    caller = numbers.address(call.caller.user, call.caller.host, region)
    called = numbers.address(call.called.user, call.called.host, region)
    diverted = numbers.address(call.diverted_by.user, call.diverted_by.host, region)
    local = now.astimezone(ZoneInfo(plan.timezone))
    built_in = {
        "caller.number": Value("anonymous") if caller.anonymous else _number(caller),
        "caller.name": _from_caller(call.caller.display_name),
        "called.number": _number(called),
        "called.user": _digits(called.user),
        "trunk": Value(call.trunk),
        "caller.verified": Value("yes" if call.verified else "no"),
        "caller.verstat": Value(call.verstat),
        "diverted.number": _number(diverted),
        "local_time": Value(f"{local:%H:%M}"),
        "local_date": Value(f"{local:%Y-%m-%d}"),
        "weekday": Value(f"{local:%A}"),
    }
    headers = {
        f"header.{name.lower()}": _from_caller(call.headers.get(name.lower(), ""))
        for name in plan.pass_headers
    }
    own = {
        name: Value(clean(found[name]) if name in found else text) for name, text in plan.variables.items()
    }
    return own | headers | built_in


def fill(
    plan: Plan,
    call: CallInfo,
    now: datetime,
    found: Mapping[str, str] | None = None,
    region: str | None = None,
) -> Plan:
    """The plan with all variables of all its texts filled in."""
    places = _places(plan)
    if id(plan) not in places:
        return plan
    known = values(plan, call, now, found or {}, region)

    def filled(owner: BaseModel, text: str, path: Path_) -> str:
        if isinstance(owner, Redirect):
            return substitute(text, known, lambda value: quote(value.text, safe="+*#"))
        return substitute(text, known, _told if isinstance(owner, Agent | StoredPrompt) else _spoken)

    done = _map_texts(plan, filled, (), places)
    assert isinstance(done, Plan)
    return done


def substitute(text: str, known: Mapping[str, Value], show: Callable[[Value], str]) -> str:
    """Fill a text in one pass. An unknown variable (refused by the check) stays as it is written."""

    def put(match: re.Match[str]) -> str:
        literal, name = match.groups()
        if literal:
            return "{" + literal + "}"
        value = known.get(_canonical(name))
        return match.group() if value is None else show(value)

    return _VARIABLE.sub(put, text)


def constant(text: str, plan: Plan) -> str | None:
    """Return a text filled in with the plan's own variables; None if it needs to know more of the call."""
    own = {name: Value(value) for name, value in plan.variables.items()}
    if any(name and _canonical(name) not in own for _, name in _VARIABLE.findall(text)):
        return None
    return substitute(text, own, _spoken)


def named(text: str) -> Iterator[str]:
    """Yield each variable that a text names."""
    return (_canonical(name) for _, name in _VARIABLE.findall(text) if name)


def available(plan: Plan) -> frozenset[str]:
    """Return the names of all variables that the texts of a plan may use."""
    headers = {f"header.{name.lower()}" for name in plan.pass_headers}
    return BUILT_IN | headers | plan.variables.keys()


def unknown(plan: Plan) -> Iterator[tuple[Path_, str, frozenset[str]]]:
    """Each variable that is used in a plan and not there, with its place and the names that are."""
    uses: list[tuple[BaseModel, str, Path_]] = []

    def note(owner: BaseModel, text: str, path: Path_) -> str:
        uses.append((owner, text, path))
        return text

    _map_texts(plan, note, ())
    everywhere = available(plan)
    for owner, text, path in uses:
        known = IN_ADDRESSES if isinstance(owner, Redirect) else everywhere
        for match in _VARIABLE.finditer(text):
            name = match.group(2)
            if name and _canonical(name) not in known:
                yield path, name, known


def clean(text: str) -> str:
    """One line without control characters and of bounded length: a value from outside is only a value."""
    text = "".join(" " if unicodedata.category(c)[0] in "CZ" else c for c in text[: 4 * LONGEST_VALUE])
    return " ".join(text.split())[:LONGEST_VALUE]


def _from_caller(text: str) -> Value:
    return Value(clean(text), from_caller=True)


def _number(address: numbers.DialledAddress) -> Value:
    return _digits(address.number or address.user)


def _digits(text: str) -> Value:
    """A number is only a number; any other SIP user is a text that whoever calls has chosen."""
    return Value(text[:LONGEST_VALUE]) if _DIGITS.fullmatch(text) else _from_caller(text)


def _told(value: Value) -> str:
    """For a model: what a caller chose stands in quotes that it cannot close."""
    if not value.from_caller:
        return value.text
    return '"' + value.text.replace("\\", "/").replace('"', "'") + '"'


def _spoken(value: Value) -> str:
    """For a voice: quotes and braces would be read out or taken for something else."""
    return re.sub(r'["{}<>\\]', "", value.text) if value.from_caller else value.text


def _canonical(name: str) -> str:
    prefix, dot, rest = name.partition(".")
    return f"header.{rest.lower()}" if dot and prefix == "header" else name


_PLACES: dict[int, frozenset[int]] = {}
"""Of each plan, by its identity, those of its parts that have variables in them, by theirs."""


def _places(plan: Plan) -> frozenset[int]:
    """Return them. A plan never changes, and of its hundred parts two or three differ from call to call."""
    found = _PLACES.get(id(plan))
    if found is None:
        noted: set[int] = set()
        _note_places(plan, noted)
        found = _PLACES[id(plan)] = frozenset(noted)
        weakref.finalize(plan, _PLACES.pop, id(plan), None)
    return found


def _note_places(value: Any, noted: set[int]) -> bool:
    """Note a part, and those in it, if there are variables; return whether there are."""
    has = False
    if isinstance(value, BaseModel):
        filled = _FILLED.get(type(value), ())
        for name in type(value).model_fields:
            inner = getattr(value, name)
            has |= _has_variables(inner) if name in filled else _note_places(inner, noted)
    elif isinstance(value, Mapping | tuple):
        for inner in value.values() if isinstance(value, Mapping) else value:
            has |= _note_places(inner, noted)
    if has:
        noted.add(id(value))
    return has


def _has_variables(text: Any) -> bool:
    texts = text.values() if isinstance(text, Mapping) else (text,)
    return any(isinstance(one, str) and _VARIABLE.search(one) for one in texts)


def _map_texts(
    value: Any,
    change: Callable[[BaseModel, str, Path_], str],
    path: Path_,
    places: Container[int] | None = None,
) -> Any:
    """A copy of a model with each of its filled texts changed; what has none stays the same object.

    `places`: the parts that are looked at; else all.
    """
    if places is not None and id(value) not in places:
        return value
    if isinstance(value, BaseModel):
        filled = _FILLED.get(type(value), ())
        update = {}
        for name, field in type(value).model_fields.items():
            old, here = getattr(value, name), (*path, field.alias or name)
            if name in filled and isinstance(old, str):
                new: Any = change(value, old, here)
            elif name in filled and isinstance(old, Mapping):
                new = {key: change(value, text, (*here, key)) for key, text in old.items()}
                new = new if new != old else old
            else:
                new = _map_texts(old, change, here, places)
            if new is not old:
                update[name] = new
        return value.model_copy(update=update) if update else value
    if isinstance(value, Mapping):
        mapped = {key: _map_texts(item, change, (*path, key), places) for key, item in value.items()}
        return mapped if any(mapped[key] is not value[key] for key in value) else value
    if isinstance(value, tuple):
        row = tuple(_map_texts(item, change, (*path, n), places) for n, item in enumerate(value))
        return row if any(new is not old for new, old in zip(row, value, strict=True)) else value
    return value
