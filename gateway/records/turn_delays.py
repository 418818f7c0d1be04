"""How long callers wait for answers: from the end of their last word to the first packet of the answer.

That is what a stop-watch at the phone would show, but for the way there and back: not from when a server says
that a turn is over, as it waits for silence first, and not to when the answer comes here, as something may
still be playing.
"""

from __future__ import annotations

from gateway.call import (
    AgentAudio,
    CallerStartedSpeaking,
    CallerStoppedSpeaking,
    CallerVoice,
    Commit,
    Digit,
    Fact,
    Held,
    Order,
    PlaybackStarted,
)

MOST = 2000
"""Answers kept of one call: three hours of a quick conversation."""


class TurnDelays:
    """A listener. Times in seconds of any one clock."""

    hears = frozenset(
        (
            AgentAudio,
            CallerStartedSpeaking,
            CallerStoppedSpeaking,
            CallerVoice,
            Commit,
            Digit,
            Held,
            PlaybackStarted,
        )
    )
    """See `ListenerGroup`."""

    def __init__(self) -> None:
        self._ended: float | None = None  # the caller's last word, while its answer is waited for
        self._answer: set[str] = set()  # items of the agent since then
        self._voice_ended: float | None = None  # as our own detector heard it; None while it hears one
        self._pressed: float | None = None  # the last key
        self.answered: list[tuple[float, int]] = []
        """When an answer began to leave, and how many milliseconds it was waited for; the last `MOST`."""

    @property
    def median_ms(self) -> int | None:
        """The median, in milliseconds; None while nothing was answered."""
        delays = sorted(waited for _, waited in self.answered)
        return delays[len(delays) // 2] if delays else None

    @property
    def last_ms(self) -> int | None:
        """How long the last answer was waited for; None while nothing was answered."""
        return self.answered[-1][1] if self.answered else None

    def __call__(self, event: Fact | Order, now: float) -> None:
        """Listen to one fact or order."""
        match event:
            case AgentAudio():
                if self._ended is not None:
                    self._answer.add(event.item_id)
            case PlaybackStarted():
                self._leaves(event.item_id, now - event.ago_ms / 1000)
            case CallerStartedSpeaking() | Held():
                self._ended = None  # whoever speaks or holds does not wait
            case CallerStoppedSpeaking():
                self._turn_ended(now - event.ago_ms / 1000)
            case CallerVoice():
                self._voice_ended = None if event.on else now - event.ago_ms / 1000
            case Digit():
                self._pressed = now
            case Commit():
                # A turn that a key ends is over with the key, however long nobody has spoken.
                by_key = self._voice_ended is None or self._pressed == now
                self._turn_ended(now if by_key or self._voice_ended is None else self._voice_ended)
            case _:
                pass

    def _turn_ended(self, at: float) -> None:
        self._ended = at
        self._answer.clear()

    def _leaves(self, item_id: str, now: float) -> None:
        if self._ended is not None and item_id in self._answer:  # and no prompt of ours, such as "One moment"
            self.answered.append((now, round((now - self._ended) * 1000)))
            self._ended = None
            if len(self.answered) > MOST:
                del self.answered[0]
