"""What a plan says about the course of a call, as the conversation needs it."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from enum import Enum

from gateway.call import AddImage, AddText, Announcement, Respond

SILENCE = Announcement()
AFTER_LAST_WORD = 0.25
"""Seconds between the last sample and the BYE: the phone's jitter buffer has to play out."""

STILL_THERE = Respond(
    "The caller has been silent for a while. Ask in one short sentence, in the language of the conversation, "
    'whether they are still there: "Are you still there?"'
)


class TurnMode(Enum):
    """Who finds where a turn of the caller begins and ends."""

    SESSION = "session"
    VOICE = "voice"
    """Our own detector, by voice and silence; in between the session hears nothing."""
    KEY = "key"
    """The caller, by pressing a key before and after."""


class Detector(Enum):
    """Which detector may interrupt the agent when the session does turn detection."""

    SESSION = "session"
    LOCAL = "local"
    """Our own detector's, too: sooner, until the session has said that it was no cough."""
    DUCK = "duck"
    """The session's, too, but ours lowers the agent until it comes."""


@dataclass(frozen=True, slots=True)
class Policy:
    """Times in seconds unless named otherwise."""

    memory: tuple[AddText | AddImage, ...] = ()
    """What the model is to remember before the first word."""
    greeting: str | None = None
    """Instructions for the first response; None: the caller speaks first."""
    greeting_interruptible: bool = True
    outbound: bool = False
    """We call, and they have not answered yet: nobody is greeted, or heard, before there is somebody."""
    judges: bool = False
    """It has to be known who has answered before the session hears them: `AnsweredBy` tells."""
    answer_at_once: bool = False
    """Answer before the session is ready; otherwise the phone rings until the agent can speak."""
    wait_for_greeting: float = 0.8
    """How long the phone rings on, once the session is ready, for the first audio of the greeting."""
    barge_in: bool = True
    session_interrupts: bool = True
    """The session stops its own response when the caller speaks (`interrupt_response`)."""
    ignores_backchannels: bool = False
    """A caller who only shows to be listening does not stop the agent."""
    ignores_far_voices: bool = False
    """Nor does a voice over it that is much softer than the caller's."""
    hears_words: bool = True
    """The session tells what the caller said."""
    patience: float = 0.0
    """How long a sentence that sounds unfinished is waited for, from its last word on. 0.0: it is not."""
    suppresses_echo: bool = False
    """The session hears nothing of the agent's own voice that comes back."""
    noise_below_db: int = 0
    """A faint noise behind all that the caller hears, below overload; 0: none."""
    ignore_first_ms: int = 0
    """The agent cannot be interrupted in the first milliseconds of a response (echo, a caller's breath)."""
    detector: Detector = Detector.SESSION
    turns: TurnMode = TurnMode.SESSION
    talk_key: str = "*"
    """With `TurnMode.KEY`: the key that begins and ends a turn; it is not told to the model."""
    silence: float | None = 0.5
    """The pause that ends a turn, be it found by us or by the session. None: none does, only the key."""
    idle_timeout: float | None = None
    """Nobody has spoken for so long: the model is asked to speak up, if it does not by itself."""
    still_there: Respond = STILL_THERE
    """What it is asked for then."""
    asks_silent_caller: bool = False
    """The same is asked for, once, before `max_silence` ends the call."""
    filler: Announcement = SILENCE
    """Played once in the silence while a function is at work."""
    filler_after: float = 1.5
    """How long that silence is."""
    hold: Announcement = SILENCE
    """Played in silence while a lost session is replaced, such as "One moment, please."."""
    unanswered: Announcement = SILENCE
    """Told to a caller whom the model has not answered, asked twice."""
    hold_after: float = 1.0
    hold_every: float = 5.0
    """From one beginning to the next: in between, the line is silent for less than that."""
    max_duration: float = 3600.0
    """From the answer, also one given before the agent."""
    max_cost: Decimal | None = None
    """US dollars; the call is ended politely when it has cost more."""
    max_silence: float = 60.0
    """Nobody has spoken for so long: the line is dead or forgotten."""
    max_hold: float = 600.0
    """The caller has held for so long: whoever comes back calls again."""
    hold_cuts: bool = False
    """What the agent is saying when the caller holds is over; else it goes on afterwards."""
    max_echoes: int | None = 4
    """So many turns of the caller in a row were the agent's own words: it talks to itself. None: let it."""
    last_words: float = 15.0
    """The longest that a call is kept open so that the agent can finish after it decided to hang up."""
    after_last_word: float = AFTER_LAST_WORD

    @property
    def deaf_to_greet(self) -> bool:
        """True if the session must not hear the caller until the greeting is over, whoever is late for it."""
        heard_out = self.greeting is not None and not self.greeting_interruptible
        return heard_out and self.turns is TurnMode.SESSION

    @property
    def detects(self) -> bool:
        """True if the leg's own detector has a say."""
        if self.turns is TurnMode.SESSION:
            return self.barge_in and self.detector is not Detector.SESSION
        return self.turns is TurnMode.VOICE or self.silence is not None
