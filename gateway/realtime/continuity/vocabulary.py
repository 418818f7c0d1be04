"""Facts and orders that more than one of the four machines knows; each means the same to all of them.

`gateway.call.Tick` is theirs as well: time has passed, and it may be later than `wake_at`.
"""

from __future__ import annotations

from dataclasses import dataclass

# --- facts -------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class SessionBegan:
    """A session took the line; it lives for `life` seconds from now, None for as long as it likes."""

    life: float | None = None
    can_be_asked: bool = False
    """Whether it listens: its provider knows such a question, and it finds the caller's turns itself."""


@dataclass(frozen=True, slots=True)
class FrameReceived:
    """Something came from the session on the line, whatever it was. `at`: when, in seconds."""

    at: float


# --- orders ------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class AskAgain:
    """Ask once more for the response that failed, or that does not come."""


@dataclass(frozen=True, slots=True)
class ReplaceSession:
    """Give this session up: it comes back as lost, with this code, and another one is opened."""

    code: str
