"""The end that the agent decided on: when its last word was heard, or its time is over."""

from __future__ import annotations


class GracefulHangup:
    """Times in seconds. Until `begin` nothing is over."""

    def __init__(self, last_words: float, after_last_word: float) -> None:
        self._last_words = last_words
        self._after_last_word = after_last_word
        self._at_last: float | None = None  # hang up then, whatever is still on air
        self._quiet_since: float | None = None  # since when nothing is left to be heard

    def begin(self, now: float) -> None:
        """The agent wants to hang up."""
        self._at_last = now + self._last_words

    def over(self, now: float, *, busy: bool) -> bool:
        """Return whether it is time; `busy`: something is still on air, or being said."""
        if self._at_last is None:
            return False
        if busy:
            self._quiet_since = None
        elif self._quiet_since is None:
            self._quiet_since = now
        quiet = self._quiet_since is not None and now - self._quiet_since >= self._after_last_word
        return quiet or now >= self._at_last
