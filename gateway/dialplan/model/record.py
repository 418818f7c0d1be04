"""Whether calls of a plan are recorded, and how callers agree to that."""

from __future__ import annotations

from datetime import timedelta
from typing import Literal

from pydantic import field_validator

from gateway.dialplan.model.fields import Key
from gateway.dialplan.model.section import Section
from gateway.dialplan.values import Duration

ANNOUNCED = "This call is recorded."
LONGEST_WAIT = timedelta(minutes=1)
ASKED = "With your consent this call is recorded. To agree, press {key}."


class Record(Section):
    """Record the call, both sides of it, once the caller has agreed; nothing is written before."""

    consent: Literal["announce", "key", "spoken"]
    """`announce`: the caller is told, and agrees by staying; `key`: by pressing `key`, else the call goes on
    unrecorded; `spoken`: the agent asks for a yes, and calls the function `start_recording`. What the law
    asks for differs from country to country. Required.
    """

    say: str | None = None
    """What the gateway says for it, before anything else. Variables are filled in. Default: a short sentence
    in English; with `spoken` nothing.
    """

    key: Key = "1"
    """The key that agrees. Default: "1"."""

    wait: Duration = timedelta(seconds=5)
    """How long the key is waited for, after the words, 1m at most. Default: 5s."""

    @field_validator("say")
    @classmethod
    def _told(cls, words: str | None) -> str | None:
        if words is not None and not words.strip():
            raise ValueError("who is told nothing agrees to nothing: write words, or leave it out")
        return words

    @field_validator("wait")
    @classmethod
    def _some(cls, span: timedelta) -> timedelta:
        if span > LONGEST_WAIT:
            raise ValueError("write 1m or less: the caller hears nothing meanwhile")
        return span

    @property
    def words(self) -> str | None:
        """What is said: the plan's words, or ours."""
        if self.say is not None or self.consent == "spoken":
            return self.say
        return (
            ANNOUNCED
            if self.consent == "announce"
            else ASKED.replace("{key}", KEY_NAMES.get(self.key, self.key))
        )


KEY_NAMES = {"*": "star", "#": "hash"}
"""How keys are spoken that are no digits."""
