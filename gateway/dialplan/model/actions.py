"""The actions of a plan beside `agent`: refuse, redirect, announce, and the menu with what its keys do."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Annotated

from pydantic import Discriminator, Field, Tag, field_validator, model_validator

from gateway.dialplan.model.agent import Agent
from gateway.dialplan.model.fields import Key, PlanName, SipUri
from gateway.dialplan.model.prompt import Prompt
from gateway.dialplan.model.section import Section
from gateway.dialplan.values import Duration


class Reject(Section):
    """Refuse the call."""

    status: int = Field(default=603, ge=400, le=699)
    """SIP status: 404 unknown, 480 unavailable, 486 busy, 603 declined. Default: 603."""


class Redirect(Section):
    """Tell the caller's side to try another address (302)."""

    to: SipUri
    """SIP or tel URI; `{called.number}`, `{called.user}` and `{caller.number}` are filled in. Required."""


class Announce(Prompt):
    """Answer, say or play something, hang up."""

    repeat: int = Field(default=1, ge=1, le=10)
    """How often, with a second of silence between. Default: 1."""


class Inline(Section):
    """What a menu's key does, written in place: exactly one of `agent`, `announce`, `menu`."""

    agent: Agent | None = None
    """Go on with this agent. Everything else stays as in the plan of the menu."""

    announce: Announce | None = None
    """Say or play something and hang up."""

    menu: Menu | None = None
    """Another menu."""

    @model_validator(mode="after")
    def _exactly_one(self) -> Inline:
        if sum(action is not None for action in (self.agent, self.announce, self.menu)) != 1:
            raise ValueError("write exactly one of agent, announce, menu")
        return self

    @property
    def action(self) -> Agent | Announce | Menu:
        """The one that is there."""
        action = self.agent or self.announce or self.menu
        assert action is not None
        return action


def _target_kind(value: object) -> str:
    return "action" if isinstance(value, (Mapping, Inline)) else "name"


Target = Annotated[
    Annotated[PlanName, Tag("name")] | Annotated[Inline, Tag("action")], Discriminator(_target_kind)
]
"""Where a menu leads: another plan's name, or an action in place."""


class Menu(Section):
    """Answer, say what the keys do, and follow the key that the caller presses."""

    prompt: Prompt
    """What is said or played first. A key pressed meanwhile counts at once. Required."""

    options: Mapping[Key, Target] = Field(min_length=1)
    """For each key (0-9, * and #) another plan's name, or `agent`, `announce` or `menu` in place. Required.
    """

    timeout: Duration = timedelta(seconds=5)
    """How long to wait for a key after the prompt, 1s to 60s. Default: 5s."""

    retries: int = Field(default=2, ge=0, le=10)
    """How often the prompt is repeated when no key or a wrong one was pressed. Default: 2."""

    invalid: Prompt | None = None
    """Said after a wrong key, before the prompt is repeated. Default: nothing."""

    otherwise: Target | None = None
    """Where the call goes after the last retry. Default: it is hung up."""

    @field_validator("timeout")
    @classmethod
    def _patient(cls, timeout: timedelta) -> timedelta:
        if not timedelta(seconds=1) <= timeout <= timedelta(seconds=60):
            raise ValueError("write 1s to 60s")
        return timeout


Action = Agent | Announce | Menu | Reject | Redirect
