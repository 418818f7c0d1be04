"""Performances made by hand."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from gateway.rehearsal.performance import Performance, Spoken, StepDone
from gateway.rehearsal.reading import NamedRehearsal
from gateway.rehearsal.script import Rehearsal


def rehearsal(**parts: Any) -> Rehearsal:
    """Return a rehearsal that dials 100."""
    return Rehearsal.model_validate({"call": "100", **parts})


def named(one: Rehearsal, name: str = "hours", file: str = "front.yaml") -> NamedRehearsal:
    """Return it as it stands in a file."""
    return NamedRehearsal(Path(file), name, one)


def agent(at: float, until: float, text: str | None) -> Spoken:
    """Return what the agent said."""
    return Spoken("agent", at, until, text)


def caller(at: float, until: float, text: str) -> Spoken:
    """Return what the caller said."""
    return Spoken("caller", at, until, text)


def call(*spoken: Spoken, steps: tuple[tuple[float, float], ...] = (), **parts: Any) -> Performance:
    """Return an answered call of 20 s."""
    given: dict[str, Any] = {"answered": True, "status": 200, "hung_up_first": "caller", "seconds": 20.0}
    done = tuple(StepDone(*span) for span in steps)
    return Performance(**{**given, **parts}, steps=done, spoken=spoken)
