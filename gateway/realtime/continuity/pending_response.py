"""Whose word it is: what a next session has to know to go on where the last one stopped. Knows no time."""

from __future__ import annotations

from gateway.call import Respond


class PendingResponse:
    """Follows one call."""

    def __init__(self) -> None:
        self.speaking: str | None = None
        """The caller's open turn."""
        self.spoke = False
        """The active response, or the last one, has given something: a word or a function call."""
        self._owed: Respond | None = None  # asked for, not begun
        self._begun: Respond | None = None  # what the active response was asked for with
        self._wanted = True  # the active response was not cancelled
        self._due = False  # the caller's turn waits for an answer, or an answer was cut off by a loss

    @property
    def question(self) -> Respond | None:
        """Return what is still to be asked for; None when the word is the caller's."""
        return self._owed or (Respond() if self._due else None)

    @property
    def last_question(self) -> Respond:
        """Return what was asked for last, to ask it again."""
        return self._owed or self._begun or Respond()

    def asked(self, order: Respond) -> None:
        """An answer was ordered."""
        self._owed = order

    def cancelled(self) -> None:
        """It is not wanted any more."""
        self._owed, self._due, self._wanted = None, False, False

    def response_began(self) -> None:
        """The model answers."""
        self._begun, self._owed = self._owed, None
        self._due = self.spoke = False
        self._wanted = True

    def response_failed(self) -> None:
        """It gave no answer after all."""
        self._owe_again()
        self._due = True

    def gave_audio(self) -> None:
        """The model sent sound."""
        self.spoke = True

    def gave_call(self) -> None:
        """The model called a function."""
        self.spoke = True

    def caller_began(self, item_id: str) -> None:
        """The caller speaks; whatever he was to be told is overtaken."""
        self.speaking, self._due = item_id, False

    def caller_ended(self, *, answered: bool) -> None:
        """The caller's turn is over; `answered` if the server answers by itself."""
        self.speaking = None
        self._due = self._due or answered

    def session_lost(self, *, active: bool) -> None:
        """The session is gone, with a response in the making or not."""
        if active and self._wanted and self.speaking is None:
            self._owe_again()
            self._due = True
        self.speaking = None

    def _owe_again(self) -> None:
        """What gave nothing is asked for in the same words; what gave something is gone on with."""
        if not self.spoke:
            self._owed = self._owed or self._begun
