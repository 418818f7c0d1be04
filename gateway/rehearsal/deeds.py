"""What a gateway did in each call, out of its log and its journal. Pure: lines in, values out."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import orjson

Json = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class CalledFunction:
    """A function that the model called."""

    name: str
    arguments: Json = field(default_factory=dict)
    """Empty of arguments that are no JSON object."""


@dataclass(frozen=True, slots=True)
class TriedTransfer:
    """Somebody whom the caller was to be put through to, and how that came out: "" while nobody knows."""

    target: str
    mode: str
    outcome: str = ""


@dataclass(frozen=True, slots=True)
class Deeds:
    """What was done in one call. While it goes on there is no reason."""

    plans: tuple[str, ...] = ()
    """Those that it came through, in order."""
    functions: tuple[CalledFunction, ...] = ()
    reason: str | None = None
    status: int | None = None
    cost_usd: float | None = None
    transfers: tuple[TriedTransfer, ...] = ()

    @property
    def ended_by(self) -> str:
        """Who hung up: `caller`; `agent`, or a plan that was done; `gateway`."""
        match self.reason:
            case "caller_hung_up" | "caller_cancelled" | "callee_hung_up":
                return "caller"
            case "agent_hung_up" | "plan_finished" | "machine_answered" | "message_left":
                return "agent"
            case _:
                return "gateway"


class DeedsOfCalls:
    """Collects the deeds of all calls of one gateway, by the Call-ID of their INVITE."""

    def __init__(self) -> None:
        self._ids: dict[str, str] = {}
        self._deeds: dict[str, Deeds] = {}

    def of(self, sip_call_id: str) -> Deeds | None:
        """Return what was done in a call so far; None of one that is not known yet."""
        call = self._ids.get(sip_call_id)
        return None if call is None else self._deeds.get(call, Deeds())

    def of_call(self, call: str) -> Deeds | None:
        """Return the same of a call that we know by the gateway's own id."""
        return self._deeds.get(call)

    def log_line(self, line: Json) -> None:
        """Take a line of the gateway's log."""
        call = line.get("call")
        if not isinstance(call, str):
            return
        deeds = self._deeds.get(call, Deeds())
        match line.get("event"):
            case "call.started" | "call.onward" if isinstance(plan := line.get("plan"), str):
                deeds = replace(deeds, plans=(*deeds.plans, plan))
            case "call.ended":
                deeds = replace(
                    deeds,
                    reason=line.get("reason"),
                    status=line.get("status"),
                    cost_usd=line.get("cost_usd"),
                )
            case _:
                return
        self._deeds[call] = deeds

    def journal(self, lines: Iterable[bytes]) -> None:
        """Take lines of the gateway's journal, whole ones."""
        for raw in lines:
            line = orjson.loads(raw)
            call = line.get("call")
            if call is None:
                continue
            if "sip_call_id" in line:
                self._ids[line["sip_call_id"]] = call
            elif "is" in line:
                self._deeds[call] = _with(self._deeds.get(call, Deeds()), line["what"], line["is"])


def _with(deeds: Deeds, what: str, told: Json) -> Deeds:
    """Return deeds with a fact of the journal."""
    match what:
        case "ToolCalled":
            called = CalledFunction(told["name"], _arguments(told["arguments"]))
            return replace(deeds, functions=(*deeds.functions, called))
        case "TransferBegan":
            return replace(deeds, transfers=(*deeds.transfers, TriedTransfer(told["target"], told["mode"])))
        case "TransferEnded" if deeds.transfers:
            *before, last = deeds.transfers
            return replace(deeds, transfers=(*before, replace(last, outcome=told["outcome"])))
        case _:
            return deeds


def _arguments(text: str) -> Json:
    try:
        given = orjson.loads(text)
    except orjson.JSONDecodeError:
        return {}
    return given if isinstance(given, dict) else {}
