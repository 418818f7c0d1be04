"""What the gateway says itself, without a model: prompts, and the words for a call that has failed."""

from __future__ import annotations

from pydantic import model_validator

from gateway.dialplan.model.fields import SoundFile
from gateway.dialplan.model.section import Section

SORRY = "Sorry, we cannot take your call right now. Please try again later."


class Prompt(Section):
    """Something said to the caller by the gateway itself, without a model: either `say` or `play`."""

    say: str | None = None
    """Text to speak with the voice of the embedded agent. Variables are filled in. Default: none."""

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
    """What the caller hears when the agent cannot be had or is lost for good; then the call ends."""

    hold: str | None = "One moment, please."
    """What is said now and then while a lost agent is being brought back. Null: nothing.
    Default: a short plea.
    """

    say: str | None = SORRY
    """Text to speak with the voice of the embedded agent. Default: a short apology. Null: only `play`, or
    silence.
    """

    play: SoundFile | None = None
    """WAV file to play instead of `say`. Default: none."""
