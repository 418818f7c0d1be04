"""One call, made through a running gateway, and told of as it goes on."""

from __future__ import annotations

import asyncio
import contextlib
import secrets
from collections.abc import AsyncGenerator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from gateway.dialplan.values import parse_duration
from gateway.errors import BadInput, ControlError
from gateway.node.control_client import ControlClient
from gateway.records.call_record import LOST

AGAIN = frozenset({"busy", "no_answer", "unreachable"})
"""Why it is worth to try once more: not for a refusal, or a number that is elsewhere."""
POLL_S = 10.0
WORDS = {
    "busy": "busy",
    "no_answer": "no answer",
    "refused": "refused",
    "unreachable": "cannot be reached",
    "redirected": "sent elsewhere, where nobody may be called",
    "callee_hung_up": "they hung up",
}


def duration(option: str, text: str) -> float:
    """Return a time as seconds. Raises BadInput."""
    try:
        return parse_duration(text).total_seconds()
    except ValueError as error:
        raise BadInput("command line", option, text, str(error)) from None


@dataclass(frozen=True, slots=True)
class Step:
    """Something that happened with the call: `told` is what a program is told, the text is for people."""

    text: str
    told: Mapping[str, Any]
    answered: bool = False

    def __str__(self) -> str:
        return self.text


@dataclass(frozen=True, slots=True)
class Single:
    """The call that is wanted. Times in seconds."""

    number: str
    plan: str
    trunk: str = ""
    variables: Mapping[str, str] = field(default_factory=dict)
    ring_s: float = 30.0
    retries: int = 0
    retry_after_s: float = 60.0

    async def made(self, at: Path) -> AsyncGenerator[Step, None]:
        """Have the gateway whose socket that is call, and again as often as is wanted; yield what happens.

        Cancelled, it ends the call.
        """
        for attempt in range(self.retries + 1):
            over: Mapping[str, Any] = {}
            async with (
                ControlClient.connected(at) as gateway,
                contextlib.aclosing(self._attempt(gateway, at)) as steps,
            ):
                async for step in steps:
                    yield step
                    over = step.told
            if over.get("talk_seconds") is not None or over.get("reason") not in AGAIN:
                return
            if attempt < self.retries:
                yield Step(
                    f"again in {self.retry_after_s:g} s", {"what": "waits", "seconds": self.retry_after_s}
                )
                await asyncio.sleep(self.retry_after_s)

    async def _attempt(self, gateway: ControlClient, at: Path) -> AsyncGenerator[Step, None]:
        call = secrets.token_hex(4)
        seen = (await gateway.ask("outcomes"))["last"]
        await gateway.ask(
            "originate",
            number=self.number,
            plan=self.plan,
            trunk=self.trunk,
            variables=dict(self.variables),
            ring=self.ring_s,
            call_id=call,
        )
        yield Step(
            f"calling {self.number}, call {call}", {"what": "calling", "call": call, "number": self.number}
        )
        state = ""
        try:
            while True:
                told = await gateway.ask("outcomes", after=seen, wait=0.2 if state != "answered" else POLL_S)
                if found := [one for one in told["outcomes"] if one["call"] == call]:
                    yield _over(found[0])
                    return
                seen = told["outcomes"][-1]["number"] if told["outcomes"] else seen
                with contextlib.suppress(ControlError):  # it may just have ended
                    view = await gateway.ask("look", call=call)
                    if view["state"] != state and view["state"] == "answered":
                        yield Step("answered", {"what": "answered", "call": call}, answered=True)
                    state = view["state"]
        except (asyncio.CancelledError, GeneratorExit):
            await _end(at, call)
            raise


async def _end(at: Path, call: str) -> None:
    """End it over another connection: on the first one an answer is being waited for."""
    with contextlib.suppress(ControlError, BadInput):
        async with ControlClient.connected(at) as gateway:
            await gateway.ask("end", call=call)


def _over(outcome: Mapping[str, Any]) -> Step:
    answered = outcome["talk_seconds"] is not None
    words = WORDS.get(outcome["reason"], outcome["reason"].replace("_", " "))
    if outcome["result"] == LOST:
        text = f"lost after {outcome['seconds']:g} s: the process that made the call died"
    elif answered:
        text = f"over after {outcome['talk_seconds']:g} s: {words}"
    else:
        text = f"not answered: {words} ({outcome['status']}) after {outcome['seconds']:g} s"
    return Step(text, {"what": "over", **outcome}, answered=answered)
