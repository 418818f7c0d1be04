"""Playbooks: a test of a pure state machine reads like the call it describes.

    (Playbook(PlayedCall(policy))
     >> CallerStartedSpeaking("c1")   << Flush()
     >> Flushed("item_1", 180, 900)   << Truncate("item_1", audio_end_ms=180)).done()

`>>` is a fact that goes in, `<<` an order that must come out, in this order and no other. Time stands still
unless `.after(ms)` moves it. Nothing runs before `.done()`; it shows the whole play as a diff where it went
wrong, and gives the machine back. A playbook that a test never finished proves nothing and fails the test
(`unfinished`, looked at by a fixture in conftest.py).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Generic, Protocol, Self, TypeVar


class Machine(Protocol):
    """What a playbook can play: facts in, orders out, the time given from outside."""

    def step(self, fact: Any, now: float) -> list[Any]:
        """Take a fact at a time in seconds; give the orders that follow from it."""


MachineT = TypeVar("MachineT", bound=Machine)


@dataclass(frozen=True)
class _In:
    fact: object


@dataclass(frozen=True)
class _Out:
    order: object


@dataclass(frozen=True)
class _Wait:
    ms: float


_unfinished: list[Playbook[Any]] = []


class Playbook(Generic[MachineT]):
    """What goes into a machine and what has to come out of it."""

    def __init__(self, machine: MachineT, *, now: float = 0.0) -> None:
        self.machine = machine
        self.now = now
        self._script: list[_In | _Out | _Wait] = []
        _unfinished.append(self)

    def __rshift__(self, fact: object) -> Self:
        """Let a fact happen."""
        self._script.append(_In(fact))
        return self

    def __lshift__(self, order: object) -> Self:
        """Expect an order as the next thing that comes out."""
        self._script.append(_Out(order))
        return self

    def after(self, ms: float) -> Self:
        """Let time pass; no fact tells the machine of it."""
        self._script.append(_Wait(ms))
        return self

    def done(self) -> MachineT:
        """Play it. Fails at the first fact whose orders differ from the script."""
        if self in _unfinished:
            _unfinished.remove(self)
        told: list[str] = []
        script, self._script = self._script, []
        position = 0
        while position < len(script):
            line = script[position]
            position += 1
            match line:
                case _Wait(ms):
                    self.now += ms / 1000
                    told.append(f"   ... {ms:g} ms later")
                    continue
                case _In(fact):
                    got = list(self.machine.step(fact, self.now))
                    told.append(f"   >> {_short(fact)}")
                case _Out():
                    got = []  # an order nobody gave a fact for: the comparison below tells
                    position -= 1
            wanted = []
            while position < len(script) and isinstance(script[position], _Out):
                wanted.append(script[position].order)  # type: ignore[union-attr]
                position += 1
            told += _compare(wanted, got)
            if wanted != got:
                rest = len(script) - position
                raise AssertionError(
                    "\n".join([_TITLE, *told, *([f"   ({rest} lines not played)"] * bool(rest))])
                )
        return self.machine


_TITLE = "the play went differently (- expected, + came out):"


def unfinished() -> int:
    """Forget the playbooks that nobody finished, and say how many they were."""
    count = len(_unfinished)
    _unfinished.clear()
    return count


def _compare(wanted: list[Any], got: list[Any]) -> list[str]:
    """Lines of a diff; orders that agree at the front and at the back are shown once."""
    front = 0
    while front < min(len(wanted), len(got)) and wanted[front] == got[front]:
        front += 1
    back = 0
    while back < min(len(wanted), len(got)) - front and wanted[-1 - back] == got[-1 - back]:
        back += 1
    return [
        *(f"   << {_short(order)}" for order in got[:front]),
        *(f" - << {_short(order)}" for order in wanted[front : len(wanted) - back]),
        *(f" + << {_short(order)}" for order in got[front : len(got) - back]),
        *(f"   << {_short(order)}" for order in got[len(got) - back :]),
    ]


def _short(value: object) -> str:
    """Write a fact or order with long byte strings as their length."""
    fields = getattr(value, "__dataclass_fields__", None)
    if fields is None:
        return f"<{len(value)} bytes>" if isinstance(value, bytes) and len(value) > 24 else repr(value)
    inside = ", ".join(f"{name}={_short(getattr(value, name))}" for name in fields)
    return f"{type(value).__name__}({inside})"
