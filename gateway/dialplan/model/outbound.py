"""What a plan says of calls that the gateway makes by it."""

from __future__ import annotations

from typing import Literal

from pydantic import model_validator

from gateway.dialplan.model.fields import SoundFile
from gateway.dialplan.model.section import Section


class Outbound(Section):
    """Calls that the gateway makes by this plan (`gateway dial`, `gateway campaign`, the control API)."""

    on_machine: Literal["hang_up", "leave_message", "talk"] | None = None
    """What is done when a machine answers. `hang_up`: the call ends. `leave_message`: `say` or `play` after
    the beep, then the call ends. `talk`: the agent is told, and goes on. With the first two the agent waits
    until it is known who has answered, a second or two, and speaks first then. Needs native mode. Default:
    nobody listens for that, and the agent talks with whoever answers.
    """

    say: str | None = None
    """The message, with `leave_message`. Variables are filled in. Default: none."""

    play: SoundFile | None = None
    """A WAV file instead of `say`. Default: none."""

    @model_validator(mode="after")
    def _goes_together(self) -> Outbound:
        given = (self.say is not None) + (self.play is not None)
        if self.on_machine == "leave_message" and given != 1:
            raise ValueError("leave_message: write what is said, as say: TEXT or play: FILE")
        if self.on_machine != "leave_message" and given:
            raise ValueError("a message is left with on_machine: leave_message alone")
        return self

    @property
    def judges(self) -> bool:
        """Whether the agent waits until it is known who has answered."""
        return self.on_machine in ("hang_up", "leave_message")
