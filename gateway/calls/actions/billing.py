"""What a call has cost, told to the call while it goes on, so that a limit of its plan can end it."""

from __future__ import annotations

from collections.abc import Callable

from gateway.call import CostUpdated, ResponseEnded, SessionFact


class CostTeller:
    """Stands between a session and its conversation: after each response's end it tells the costs so far.

    It is a source of facts and no listener: a listener hears what happens, and changes nothing by it.
    `cost_so_far` returns what is told.
    """

    def __init__(
        self, on_fact: Callable[[SessionFact | CostUpdated], None], cost_so_far: Callable[[], CostUpdated]
    ) -> None:
        self._on_fact = on_fact
        self._cost_so_far = cost_so_far

    def __call__(self, fact: SessionFact) -> None:
        """Pass a fact of the session on, and with a response's end what was billed for it."""
        self._on_fact(fact)
        if isinstance(fact, ResponseEnded):
            self._on_fact(self._cost_so_far())
