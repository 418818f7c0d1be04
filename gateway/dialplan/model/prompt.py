"""What the gateway says itself, without a model: prompts, and the words for a call that has failed."""

from __future__ import annotations

from pydantic import model_validator

from gateway.dialplan.model.fields import SoundFile
from gateway.dialplan.model.section import Section

UNANSWERED = "I am sorry, I could not answer that. Please say it again."
SORRY = "Sorry, we cannot take your call right now. Please try again later."


class Prompt(Section):
    """Something said to the caller by the gateway itself, without a model: either `say` or `play`."""

    say: str | None = None
    """Text to speak, see `language`. Variables are filled in. Default: none."""

    play: SoundFile | None = None
    """WAV file to play: PCM 16 bit, mono or stereo, any rate; a path relative to the plan's file. Default:
    none.
    """

    @model_validator(mode="after")
    def _one_of_both(self) -> Prompt:
        if (self.say is None) == (self.play is None):
            raise ValueError("write either say: TEXT or play: FILE")
        return self


class OnFailure(Section):
    """What the caller hears when the agent cannot be had, does not answer, or is lost for good."""

    hold: str | None = "One moment, please."
    """What is said now and then while the caller waits: for a lost agent to be brought back, for an answer
    that takes longer than usual, for a function. Null: nothing. Default: a short plea.
    """

    unanswered: str | None = UNANSWERED
    """What is said when the agent, asked twice, has given an answer that cannot be heard; the call goes on.
    After three in a row the agent counts as lost. Null: nothing. Default: a short apology.
    """

    say: str | None = SORRY
    """Text to speak, see `language`. Default: a short apology. Null: only `play`, or silence."""

    play: SoundFile | None = None
    """WAV file to play instead of `say`. Default: none."""
