"""To whom the calls of a plan may be transferred: names of the plan's author, and nothing else."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Annotated, Literal

from pydantic import AfterValidator, field_validator, model_validator

from gateway.call import read_destination
from gateway.dialplan.model.fields import NumberEntry
from gateway.dialplan.model.section import Section
from gateway.dialplan.values import Duration

DIGITS = "{digits}"
"""Stands for the digits that the model gives."""
LONGEST_RING = timedelta(minutes=3)

_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_-]{0,63}", re.ASCII)


def _target_name(name: str) -> str:
    if not _NAME.fullmatch(name):
        raise ValueError("a target's name is letters, digits, _ and -, and begins with a letter")
    return name


def _address(uri: str) -> str:
    read_destination(uri.replace(DIGITS, "*", 1))  # raises ValueError with the cure; no host is a star
    return uri


TargetName = Annotated[str, AfterValidator(_target_name)]


class TransferTarget(Section):
    """Somebody to whom a caller may be transferred."""

    to: Annotated[str, AfterValidator(_address)]
    """SIP address, such as `sip:200@pbx.example.com`. `{digits}` in its user part stands for digits that the
    agent gives, within `digits`. No other variables. Required.
    """

    digits: tuple[NumberEntry, ...] = ()
    """Which digits may stand for `{digits}`: numbers and patterns as in `numbers`. Premium-rate and satellite
    numbers only where one is written out here. Default: none.
    """

    trunk: str = ""
    """The trunk over which the gateway calls them, by its name in gateway.yaml; not with `blind`. Default:
    none.
    """

    mode: Literal["blind", "attended", "bridge"] = "bridge"
    """`bridge`: the gateway calls them and joins both. `blind`: the caller's side is asked to call them
    (REFER). `attended`: the gateway calls them first, then has the caller's side take that call over (REFER
    with Replaces); a side that cannot is joined as by `bridge`. Default: bridge.
    """

    about: str | None = None
    """What the agent is told of them, such as "Sales, for offers and prices". Default: the name alone."""

    announce: str | None = None
    """What they hear before they are joined, such as "A call for you. {summary}"; `{summary}` is what the
    agent says of the call. Not with `blind`. Default: nothing.
    """

    ring: Duration = timedelta(seconds=30)
    """How long they may take to answer, 1s to 3m. Default: 30s."""

    waits_with: Literal["music", "ringback"] = "music"
    """What the caller hears meanwhile: `hold_music` of the plan, or the tone of a phone that rings, until
    what they themselves play before they answer (early media) takes its place. Default: music.
    """

    then: Literal["hang_up", "agent"] = "hang_up"
    """What becomes of the caller when they hang up: the call ends, or goes back to the agent. Only with
    `bridge`. Default: hang_up.
    """

    agent: Literal["leaves", "listens"] = "leaves"
    """What the agent does while they talk: it leaves, or hears both without a word, for `summary` and
    `then: agent`. Only with `bridge`. Default: leaves."""

    @field_validator("ring")
    @classmethod
    def _some_rings(cls, ring: timedelta) -> timedelta:
        if not timedelta(seconds=1) <= ring <= LONGEST_RING:
            raise ValueError("write 1s to 3m")
        return ring

    @model_validator(mode="after")
    def _complete(self) -> TransferTarget:
        if (DIGITS in self.to) != bool(self.digits):
            raise ValueError(
                "{digits} in to: and the patterns in digits: go together: write both, or neither"
            )
        if self.mode == "blind" and self.trunk:
            raise ValueError(
                "nobody of ours calls them with mode: blind: remove trunk, or write mode: bridge"
            )
        if self.mode == "blind" and self.announce is not None:
            raise ValueError(
                "nobody of ours calls them with mode: blind: remove announce, or write mode: bridge"
            )
        if self.mode != "bridge" and self.then == "agent":
            raise ValueError("the call is theirs after a REFER: then: agent needs mode: bridge")
        if self.mode != "bridge" and self.agent == "listens":
            raise ValueError("the call is theirs after a REFER: agent: listens needs mode: bridge")
        return self
