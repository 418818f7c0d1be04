"""What the `script` engine has in store for one session. Pure: time is an argument, seconds of the session.

The moments of a script that are ranges are drawn once, when the session begins; with a seed, a call's n-th
session always gets the same ones, whatever other calls do.
"""

from __future__ import annotations

import random
from dataclasses import dataclass

from gateway.local.engines.script import AnswerStep, Fault, Moment, SessionFaults
from gateway.local.vocabulary import EngineFailure, Faults

BAD_BASE64 = (
    b'{"type":"response.output_audio.delta","event_id":"event_bad","response_id":"resp_bad","item_id":"item_bad",'
    b'"output_index":0,"content_index":0,"delta":"*** not base64 ***"}'
)
UNKNOWN_EVENT = b'{"type":"response.output_smell.delta","event_id":"event_unknown","delta":"roses"}'


@dataclass(slots=True)
class _Counted:
    """A fault of answers, from a moment on, so many times."""

    from_s: float
    fault: Fault
    left: float


class Fate:
    """One session's faults, their moments drawn."""

    def __init__(self, given: SessionFaults, chance: random.Random) -> None:
        self._given = given
        self._drop_s = _drawn(given.drop_after_s, chance)
        self._expire_s = _drawn(given.expire_after_s, chance)
        self._at = [(chance.uniform(*fault.after_s), fault) for fault in given.faults]
        self._failures = [_Counted(at, fault, fault.times) for at, fault in self._at if fault.fail]
        self._swallows = [_Counted(at, fault, fault.swallow) for at, fault in self._at if fault.swallow]

    @property
    def faults(self) -> Faults:
        """What happens on the wire by itself."""
        frames = ((at, garbage(fault)) for at, fault in self._at)
        return Faults(
            drop_after_s=self._drop_s,
            drop_code=self._given.drop_code,
            drop_reason=self._given.drop_reason,
            expire_after_s=self._expire_s,
            expire_hidden=self._given.expire_hidden,
            stalls=tuple((at, fault.stall) for at, fault in self._at if fault.stall),
            freezes=tuple(at for at, fault in self._at if fault.freeze),
            frames=tuple((at, frame) for at, frame in frames if frame is not None),
        )

    def told(self) -> dict[str, float]:
        """Return every fault with its moment, for the log."""
        named = [(f"drop {self._given.drop_code}", self._drop_s), ("expire", self._expire_s)]
        named += [(fault.action, at) for at, fault in self._at]
        return {name: round(at, 3) for name, at in named if at is not None}

    def swallows(self, now_s: float) -> bool:
        """Return whether the answer asked for now is left out; it counts."""
        return _take(self._swallows, now_s) is not None

    def failure(self, now_s: float) -> EngineFailure | None:
        """Return how the answer on its way fails now, if it does; it counts."""
        fault = _take(self._failures, now_s)
        return EngineFailure(fault.fail or "", fault.message, fault.fail or "") if fault is not None else None

    def mute_s(self, now_s: float) -> float:
        """Say for how long answers make no sound from now on: 0, seconds, or for good."""
        ends = (at + fault.mute for at, fault in self._at if fault.mute and at <= now_s)
        return max(0.0, max(ends, default=0.0) - now_s)


def garbage(given: Fault | AnswerStep) -> bytes | None:
    """Return the frame that a part of a script puts on the wire, if that is what it does."""
    if given.raw is not None:
        return given.raw.encode()
    if given.bad_base64:
        return BAD_BASE64
    return UNKNOWN_EVENT if given.unknown_event else None


def _drawn(moment: Moment | None, chance: random.Random) -> float | None:
    return chance.uniform(*moment) if moment is not None else None


def _take(waiting: list[_Counted], now_s: float) -> Fault | None:
    for one in waiting:
        if one.from_s <= now_s and one.left > 0:
            one.left -= 1
            return one.fault
    return None
