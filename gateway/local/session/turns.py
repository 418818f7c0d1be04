"""Who is speaking: probabilities of voice in, orders out. Pure: no clock, no I/O.

Time is audio: one `VoiceProbability` is 32 ms of what the caller's side sent, so a client that sends faster
or slower than real time gets the same turns. Positions are milliseconds since the session's first sample, the
unit of `audio_start_ms` and `audio_end_ms` on the wire.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum, auto

FRAME_MS = 32
"""Silero's window (256 samples at 8 kHz)."""

ONSET_FRAMES = 2
"""Frames in a row above the threshold that make a voice. One would answer to every doubt."""

SURE = 0.3
"""So far above the threshold one frame is enough: it saves 32 ms of talking over a caller. (Silero gives 0.06
at most to clicks, tones and noise; it finds a voice 44 ms after its start, nine in ten within 108 ms.)"""

DOUBTFUL_FRAMES = 3
DOUBT = 0.05
"""So many frames in a row make a voice, too, whose mean is this far below the threshold at most: Silero is
half sure of a soft beginning ("please try") for 400 ms, and not of noises.
"""

RELEASE = 0.15
"""A voice goes on until the probability falls this far below the threshold (Silero's own hysteresis)."""

SPECULATE_MS = 200
"""Silence after which recognition begins on suspicion: it is done when the turn ends."""

MAX_TURN_MS = 60_000
"""A turn longer than this is ended: a radio next to the phone would otherwise hold the agent for ever."""

PIECE_MS = 4_000
"""A turn is recognised in pieces of this length at least, while it is spoken: all of it at once, at its end,
would keep the caller waiting (15 s take 370 ms).
"""

PIECE_PAUSE_MS = 128
"""Silence in which a piece may end: between two words."""

EAGERNESS_MS = {"high": (300, 2000), "medium": (400, 4000), "auto": (400, 4000), "low": (800, 8000)}
"""Semantic detection: silence in ms after a finished sentence, and the longest wait after an unfinished one
(the longest waits are the hosted service's)."""


@dataclass(frozen=True, slots=True)
class TurnSettings:
    """`turn_detection` as the session has it; `semantic` waits `patience_ms` for an unfinished sentence."""

    threshold: float = 0.5
    prefix_ms: int = 300
    silence_ms: int = 400
    idle_ms: int | None = None
    create_response: bool = True
    interrupt_response: bool = True
    semantic: bool = False
    patience_ms: int = 4000


# --- facts -------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class VoiceProbability:
    """The next 32 ms of the caller's audio, and how probably somebody speaks in it (0..1)."""

    probability: float


@dataclass(frozen=True, slots=True)
class Judged:
    """What was said so far sounds finished, or does not (semantic detection)."""

    finished: bool


@dataclass(frozen=True, slots=True)
class AgentStarted:
    """A response of the conversation began."""


@dataclass(frozen=True, slots=True)
class AgentFinished:
    """It is over; it carried `audio_ms` of audio, which the caller is assumed to hear at once."""

    audio_ms: int


@dataclass(frozen=True, slots=True)
class Emptied:
    """The client committed or cleared the input buffer itself."""


@dataclass(frozen=True, slots=True)
class Configured:
    """The session's turn detection changed."""

    settings: TurnSettings


Fact = VoiceProbability | Judged | AgentStarted | AgentFinished | Emptied | Configured

# --- orders ------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class VoiceBegan:
    """Say `speech_started`; the turn's audio begins at `start_ms`, prefix padding included."""

    start_ms: int


@dataclass(frozen=True, slots=True)
class Interrupt:
    """Stop the response on its way: the caller speaks over it."""


@dataclass(frozen=True, slots=True)
class Speculate:
    """Begin to recognise `start_ms`..`end_ms`, behind all pieces: the turn may be over."""

    start_ms: int
    end_ms: int


@dataclass(frozen=True, slots=True)
class HearPiece:
    """Recognise `start_ms`..`end_ms` for good: the turn is long, and this much of it is over."""

    start_ms: int
    end_ms: int


@dataclass(frozen=True, slots=True)
class Forget:
    """Drop what was begun on suspicion: the caller goes on."""


@dataclass(frozen=True, slots=True)
class VoiceEnded:
    """Say `speech_stopped`; the turn's audio ends at `end_ms`, the silence included."""

    end_ms: int


@dataclass(frozen=True, slots=True)
class CommitTurn:
    """Make `start_ms`..`end_ms` an item of the conversation."""

    start_ms: int
    end_ms: int


@dataclass(frozen=True, slots=True)
class RespondToTurn:
    """Answer the turn."""


@dataclass(frozen=True, slots=True)
class TimedOut:
    """Nobody has said anything since the agent was heard out at `start_ms`."""

    start_ms: int
    end_ms: int


Order = (
    VoiceBegan
    | Interrupt
    | HearPiece
    | Speculate
    | Forget
    | VoiceEnded
    | CommitTurn
    | RespondToTurn
    | TimedOut
)


class _State(Enum):
    QUIET = auto()
    RISING = auto()  # above the threshold, not yet long enough
    SPEAKING = auto()
    PAUSING = auto()  # below it, not yet long enough


class TurnFinder:
    """The state of one call's turns."""

    def __init__(self, settings: TurnSettings) -> None:
        self._settings = settings
        self._state = _State.QUIET
        self._now = 0
        self._since = 0  # where the state began
        self._rise: list[float] = []  # the last probabilities of what may become a voice
        self._start = 0  # where the turn's audio begins
        self._taken = 0  # audio before this belongs to earlier items
        self._piece = 0  # where what is not recognised of the turn begins
        self._speculated = False
        self._finished: bool | None = None
        self._agent_began: int | None = None
        self._heard_out: int | None = None  # when the caller has heard the agent's last response, if idle

    @property
    def now_ms(self) -> int:
        """Audio received, to the last whole frame."""
        return self._now

    @property
    def speaking(self) -> bool:
        """A turn is open."""
        return self._state in (_State.SPEAKING, _State.PAUSING)

    def keep_from_ms(self) -> int:
        """Audio before this is of no more use."""
        if self.speaking:
            return self._start
        return max(self._taken, self._now - self._settings.prefix_ms - (DOUBTFUL_FRAMES + 1) * FRAME_MS)

    def handle(self, fact: Fact) -> list[Order]:
        """Take one fact; say what is to be done."""
        match fact:
            case VoiceProbability(probability):
                self._now += FRAME_MS
                return self._steps[self._state](self, probability) + self._idle()
            case Judged(finished):
                return self._judged(finished=finished)
            case AgentStarted():
                self._agent_began, self._heard_out = self._now, None
            case AgentFinished(audio_ms):
                began = self._now if self._agent_began is None else self._agent_began
                self._agent_began, self._heard_out = None, max(self._now, began + audio_ms)
            case Emptied():
                self._taken, self._state, self._since = self._now, _State.QUIET, self._now
            case Configured(settings):
                self._settings = settings
        return []

    # --- one step of 32 ms in each state ---

    def _quiet(self, probability: float) -> list[Order]:
        if probability < self._settings.threshold - RELEASE:
            return []
        self._state, self._rise = _State.RISING, []
        return self._rising(probability)

    def _rising(self, probability: float) -> list[Order]:
        if probability < self._settings.threshold - RELEASE:
            self._state = _State.QUIET
            return []
        self._rise = [*self._rise[1 - DOUBTFUL_FRAMES :], probability]
        if not self._is_voice():
            return []
        self._since = self._now - len(self._rise) * FRAME_MS
        self._start = max(self._taken, self._since - self._settings.prefix_ms)
        self._piece = self._start
        self._state, self._heard_out = _State.SPEAKING, None
        interrupt: list[Order] = [Interrupt()] if self._settings.interrupt_response else []
        return [VoiceBegan(self._start), *interrupt]

    def _is_voice(self) -> bool:
        threshold, last = self._settings.threshold, self._rise[-ONSET_FRAMES:]
        if last[-1] >= threshold + SURE or (len(last) == ONSET_FRAMES and min(last) >= threshold):
            return True
        enough = DOUBTFUL_FRAMES * (threshold - DOUBT)
        return len(self._rise) == DOUBTFUL_FRAMES and sum(self._rise) >= enough

    def _speaking(self, probability: float) -> list[Order]:
        if self._now - self._start >= MAX_TURN_MS:
            return self._end()
        if probability < self._settings.threshold - RELEASE:
            self._state, self._since = _State.PAUSING, self._now - FRAME_MS
            self._speculated, self._finished = False, None
            return self._pausing(probability)
        return []

    def _pausing(self, probability: float) -> list[Order]:
        if probability >= self._settings.threshold:
            self._state = _State.SPEAKING
            return [Forget()] if self._speculated else []
        silence = self._now - self._since
        orders: list[Order] = []
        if not self._speculated and silence >= PIECE_PAUSE_MS and self._now - self._piece >= PIECE_MS:
            orders.append(HearPiece(self._piece, self._now))
            self._piece = self._now
        if not self._speculated and silence >= min(SPECULATE_MS, self._settings.silence_ms):
            self._speculated = True
            orders.append(Speculate(self._piece, self._now))
        return orders + self._end() if silence >= self._wait() else orders

    def _judged(self, *, finished: bool) -> list[Order]:
        """Use a judgement while it is about this pause; it may come when the wait is already over."""
        if self._state is not _State.PAUSING or not self._speculated:
            return []
        self._finished = finished
        return self._end() if self._now - self._since >= self._wait() else []

    def _wait(self) -> int:
        if self._settings.semantic and self._finished is not True:
            return self._settings.patience_ms
        return self._settings.silence_ms

    def _end(self) -> list[Order]:
        start, self._taken = self._start, self._now
        self._state, self._since = _State.QUIET, self._now
        respond: list[Order] = [RespondToTurn()] if self._settings.create_response else []
        return [VoiceEnded(self._now), CommitTurn(start, self._now), *respond]

    def _idle(self) -> list[Order]:
        idle, heard_out = self._settings.idle_ms, self._heard_out
        if (
            idle is None
            or heard_out is None
            or self._state is not _State.QUIET
            or self._now < heard_out + idle
        ):
            return []
        self._heard_out, self._taken = None, self._now
        respond: list[Order] = [RespondToTurn()] if self._settings.create_response else []
        return [TimedOut(heard_out, self._now), CommitTurn(self._now, self._now), *respond]

    _steps: dict[_State, Callable[[TurnFinder, float], list[Order]]] = {  # noqa: RUF012 - a constant table
        _State.QUIET: _quiet,
        _State.RISING: _rising,
        _State.SPEAKING: _speaking,
        _State.PAUSING: _pausing,
    }
