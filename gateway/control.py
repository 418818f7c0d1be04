"""What may be asked of calls that are up: the protocol, and its values.

Everything is awaited, as the calls may be another process'; here, in one process, `gateway.calls` answers it.
Whoever orders says who that is (`by`: an operator's name, a tool's): it is logged, and listeners hear of it.
Listeners (`gateway.records`) and watchers hear everything and order nothing.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Protocol

from gateway.call import (
    RINGS_S,
    AddImage,
    AddText,
    Answer,
    Destination,
    Direction,
    Ending,
    Fact,
    HangUp,
    Instruct,
    LegLevels,
    LegState,
    LegTap,
    MediaStatistics,
    Mute,
    Order,
    Party,
    Respond,
    Ring,
    SendDigits,
)

ControlOrder = Ring | Answer | SendDigits | HangUp | Mute | Respond | Instruct | AddText | AddImage
"""What may be ordered of a call. With all other orders its conversation keeps its books."""
LONGEST_RING_S = 180.0
"""Seconds that a phone may ring for us: three minutes, after which no network goes on (RFC 3261 timer C)."""
WATCHED = 1000
"""Lines kept for a watcher who is slow; beyond, the oldest are lost."""


@dataclass(frozen=True, slots=True)
class CallView:
    """A call as it is at this moment."""

    id: str
    sip_call_id: str
    caller: Party
    called: Party
    source: str
    """Where the INVITE came from, `ip:port`; "" for a call of ours."""
    state: LegState
    plan: str | None
    """The plan that the call has reached; None before there is one. `first_plan`: with which it began."""
    first_plan: str | None
    action: str | None
    """What that plan does with it: `agent`, `announce`, `menu`, `reject` or `redirect`."""
    since: datetime
    seconds: float
    talk_seconds: float | None
    """Since it was answered; None while it rings."""
    turns: int
    barge_ins: int
    digits: int
    tools: int
    cost_usd: Decimal | None
    """So far; None where it is not known."""
    media: MediaStatistics | None = None
    """What has become of its audio so far."""
    levels: LegLevels | None = None
    """How loud both sides are."""
    turn_ms: int | None = None
    """What the caller has waited for the last answer."""
    muted: bool = False
    """Nobody hears the caller (`Mute`)."""
    recording: str | None = None
    """`on` or `paused`; None: it is not recorded."""
    direction: Direction = Direction.INBOUND
    trunk: str = ""
    """That it came over, or goes over; "": none."""
    node: str = ""
    """The process that has it, by its name among those that answer calls together; "": there is one."""


@dataclass(frozen=True, slots=True)
class Origination:
    """A call that is to be made: whom, and the plan that leads it."""

    number: str
    """Digits, or a SIP address."""
    plan: str
    trunk: str = ""
    """By its name in the settings; "": the only one, or none for a SIP address."""
    variables: Mapping[str, str] = field(default_factory=dict)
    """Instead of those of the plan that have these names."""
    rings_s: float = RINGS_S
    """Seconds that it may ring, 1 to `LONGEST_RING_S`."""
    call_id: str = ""
    """The id that the call is to have, 8 hexadecimal digits; "": one of ours. Asked for twice with one id it
    is made once: whoever does not know whether they were heard asks again."""


@dataclass(frozen=True, slots=True)
class CallOutcome:
    """How a call that we made came out."""

    number: int
    """Of this outcome in its process: each is one more than the one before."""
    call: str
    called: str
    plan: str
    result: str
    reason: str
    status: int
    """The last that SIP said before an answer; 200 for a call that was answered."""
    cause: int | None
    """Why the network ended it (ITU-T Q.850), if it said so: RFC 3326."""
    seconds: float
    talk_seconds: float | None
    """None: nobody answered."""
    answered_by: str | None = None
    """`human`, `machine` or `unknown`; None: nobody listened for that."""
    why: str | None = None
    """What of the sound decided that."""


@dataclass(frozen=True, slots=True)
class CallOutcomes:
    """The outcomes after one, as far as they are remembered."""

    run: str
    """Names the process: another one knows nothing of this one's calls."""
    outcomes: tuple[CallOutcome, ...]
    last: int
    """The number of the last that there is."""


@dataclass(frozen=True, slots=True)
class CallBegan:
    """A call was let in."""

    view: CallView


@dataclass(frozen=True, slots=True)
class CallOver:
    """A call has ended; nothing of it follows."""

    view: CallView
    ending: Ending


@dataclass(frozen=True, slots=True)
class Watched:
    """Something that happened in a call, or was ordered of it; audio and the clock's ticks are left out.

    `lost`: how many lines before this one were lost, because nobody took them in time.
    """

    call: str
    at: datetime
    event: CallBegan | CallOver | Fact | Order
    lost: int = 0


class Watch(Protocol):
    """Iterate to hear what happens; that of one call ends after its `CallOver`."""

    def __aiter__(self) -> AsyncIterator[Watched]:
        """Return the lines from now on."""

    def waiting(self) -> list[Watched]:
        """Take the lines that are there already; returns at once."""


class Control(Protocol):
    """The calls of a process, or of several.

    Each method that names a call raises NoSuchCall when it is not up, and OrderRefused when it cannot do what
    it is asked for now.
    """

    async def calls(self) -> tuple[CallView, ...]:
        """Return all calls that are up, the oldest first."""

    async def look(self, call_id: str) -> CallView:
        """Return one call."""

    async def originate(self, wanted: Origination, by: str) -> str:
        """Call somebody, and have a plan lead the call; return its id at once.

        The events tell what becomes of it. Raises BadInput for what cannot be understood, NumberBarred, and
        CallRefused where there is no room for it now.
        """

    async def outcomes(self, after: int, wait_s: float) -> CallOutcomes:
        """Return how calls of ours came out since number `after`; where there is none, wait so long for it.

        Some thousands are remembered.
        """

    async def order(self, call_id: str, order: ControlOrder, by: str) -> None:
        """Order something; text and images are added to what the model remembers."""

    async def play(self, call_id: str, pcm: bytes, by: str, words: str = "") -> str:
        """Play something to the caller (PCM16LE mono 24 kHz), behind what is playing.

        `words`: what is said in it, for the transcript.
        Returns the name of the item: `Played` tells when it was heard, `Flushed` when the caller cut it.
        """

    async def hold(self, call_id: str, by: str) -> None:
        """Put a caller on hold, with music, once the agent has finished what it is saying."""

    async def resume(self, call_id: str, by: str) -> None:
        """Take a caller back from our hold."""

    async def collect(
        self, call_id: str, by: str, *, most: int, terminator: str = "#", first_s: float
    ) -> str:
        """Return the keys that a caller presses once the agent has finished, up to `terminator`.

        So many at most; `first_s`: seconds until the first. Nobody else is told of them.
        """

    async def take_message(self, call_id: str, by: str) -> None:
        """Begin to record what a caller says after a beep, where the plan keeps `messages`."""

    async def transfer(
        self, call_id: str, target: str, by: str, *, digits: str = "", summary: str = ""
    ) -> None:
        """Begin to put a caller through to a target of its plan; `TransferEnded` tells how it came out."""

    async def take_over(self, call_id: str, to: Destination, by: str) -> None:
        """Begin to have an operator speak with a caller in the agent's place: `to` is rung at once.

        When the operator hangs up the agent has the caller back; `TransferEnded` tells how it came out.
        """

    async def move(self, call_id: str, plan: str, by: str) -> None:
        """Move a call on to another plan of the dialplan with which it began, at once."""

    async def record(self, call_id: str, on: bool, by: str) -> None:
        """Pause the recording of a call, or take it up again; what is said meanwhile is kept nowhere."""

    async def listen(self, call_id: str, by: str) -> LegTap:
        """Listen in: hear both sides from now on, until the tap is closed. Portable mode cannot."""

    async def end(self, call_id: str, by: str) -> None:
        """End a call: with BYE, or with 480 while it rings."""

    def watch(self, call_id: str | None = None, *, most: int = WATCHED) -> AbstractAsyncContextManager[Watch]:
        """Watch one call, or all. A watcher never slows a call: who takes no lines loses some, counted."""

    async def drain(self, seconds: float) -> int:
        """Take no more calls; end what is left after so many seconds. Returns how many had to be ended."""
