"""What became of a campaign so far, kept so that it can go on after any end: a line of JSON for each step.

A line is on the disk before a phone may ring, and says which call that is: whoever goes on later can ask the
gateway about it. Only one process at a time has the file.
"""

from __future__ import annotations

import fcntl
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Any, BinaryIO, Self

import orjson

from gateway.errors import BadInput


@dataclass(slots=True)
class Tried:
    """What is known of one line of the list."""

    attempts: int = 0
    """Those that count: one that we gave up ourselves does not."""
    open: Mapping[str, Any] | None = None
    """The attempt whose end is not known: `call`, `run`."""
    last: Mapping[str, Any] | None = None
    """How the last one came out."""
    outcome: str = ""
    """The one that is final; "" as long as there is none."""


@dataclass(slots=True)
class CampaignState:
    """What a progress file says."""

    tried: dict[int, Tried] = field(default_factory=dict)
    began: Mapping[str, Any] | None = None

    def of(self, line: int) -> Tried:
        """Return what is known of a line of the list."""
        return self.tried.setdefault(line, Tried())

    def take(self, step: Mapping[str, Any]) -> None:
        """Take in one step."""
        if "began" in step:
            self.began = step["began"]
            return
        tried = self.of(step["line"])
        if "call" in step:
            tried.open, tried.outcome = step, ""
            tried.attempts += 1
        if "over" in step:
            tried.open, tried.last = None, step["over"]
            tried.attempts -= 1 if step.get("uncounted") else 0
        if "outcome" in step:
            tried.outcome = step["outcome"]


class ProgressLog:
    """Use as a context, which has the file for itself. Raises BadInput where that cannot be."""

    def __init__(self, file: Path, digest: str) -> None:
        self._file = file
        self._digest = digest
        self._out: BinaryIO | None = None
        self.state = CampaignState()

    def __enter__(self) -> Self:
        try:
            self._out = self._file.open("ab+")
        except OSError as error:
            raise BadInput("command line", "--progress", str(self._file), f"{error.strerror}") from None
        try:
            fcntl.flock(self._out, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            self._out.close()
            cure = "another campaign is at work with it: stop that one, or name another --progress"
            raise BadInput("command line", "--progress", str(self._file), cure) from None
        try:
            self._read()
        except BadInput:
            self._out.close()
            raise
        return self

    def __exit__(
        self, _kind: type[BaseException] | None, _error: BaseException | None, _trace: TracebackType | None
    ) -> None:
        assert self._out is not None
        self._out.close()

    def note(self, step: Mapping[str, Any], *, durable: bool = False) -> None:
        """Keep a step; `durable`: on the disk, before anything follows from it."""
        assert self._out is not None
        self._out.write(orjson.dumps(step) + b"\n")
        self._out.flush()
        if durable:
            os.fdatasync(self._out.fileno())
        self.state.take(step)

    def _read(self) -> None:
        assert self._out is not None
        self._out.seek(0)
        whole = 0
        for line in self._out:
            if not line.endswith(b"\n"):
                break  # cut off as it was written: what follows was not done
            try:
                self.state.take(orjson.loads(line))
            except (ValueError, KeyError, TypeError):
                cure = "this is no progress of a campaign: name another --progress, or remove it"
                raise BadInput("command line", "--progress", str(self._file), cure) from None
            whole += len(line)
        self._out.truncate(whole)
        self._out.seek(0, os.SEEK_END)
        if self.state.began is None:
            self.note({"began": {"list": self._digest}}, durable=True)
        elif self.state.began.get("list") != self._digest:
            cure = (
                "it is of another list, or the list has changed since: name another --progress, or remove it"
            )
            raise BadInput("command line", "--progress", str(self._file), cure)
