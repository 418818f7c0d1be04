"""What a function of a plan's author may return beside a result: what the call is to do then."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Protocol

DONE = {"ok": True}


class Goer(Protocol):
    """The call, as far as it can be told what to do."""

    def hang_up(self) -> None:
        """End when the last words were heard."""

    def go_to(self, plan: str) -> None:
        """Go on in another plan then. Raises ValueError."""

    def transfer(self, target: str, *, digits: str = "", summary: str = "") -> None:
        """Put the caller through. Raises ValueError."""


@dataclass(frozen=True, slots=True)
class Then:
    """`return Then(go_to="sales")`, `Then(transfer="desk")` or `Then(hang_up=True)`.

    `result` is what the model is told.
    """

    result: Any = None
    go_to: str = ""
    """The plan in which the call goes on, when the agent's last words were heard."""
    hang_up: bool = False
    """End the call then."""
    transfer: str = ""
    """The target to which the caller is put through."""
    digits: str = ""
    """What is dialled, for a target that takes digits."""
    summary: str = ""
    """What whoever answers is told of the call, where the plan says so."""


def carried_out(output: object, call: Goer) -> object:
    """Return what the model is told, once what follows was ordered.

    Raises ValueError for a plan, or a target, that there is not.
    """
    if not isinstance(output, Then):
        return output
    if output.transfer:
        call.transfer(output.transfer, digits=output.digits, summary=output.summary)
    elif output.go_to:
        call.go_to(output.go_to)
    elif output.hang_up:
        call.hang_up()
    return DONE if output.result is None else output.result
