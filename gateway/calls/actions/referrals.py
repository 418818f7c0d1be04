"""Whether the far side of a call may have it go on with somebody else (REFER), and what became of that.

Whom it may name is its trunk's (`gateway.sip.trunk`); how often is the plan's, as with transfers of our own.
"""

from __future__ import annotations

import asyncio

import structlog

from gateway.call import (
    AnswerRefer,
    Destination,
    Fact,
    Order,
    ReferAsked,
    ReferFollowed,
    TransferBegan,
    TransferEnded,
    outcome_of,
)
from gateway.calls.actions.attendant import Attendant
from gateway.calls.call import Call
from gateway.errors import OrderRefused

log = structlog.get_logger(__name__)

MODE = "asked"
"""How such a transfer stands in logs and records: nobody here has thought of it."""


class Referrals:
    """One call's. It listens to the call, and decides afterwards."""

    def __init__(self, call: Call, attendant: Attendant) -> None:
        self._call = call
        self._attendant = attendant
        self._by = f"trunk {call.info.trunk}"
        self._loop = asyncio.get_running_loop()

    def __call__(self, event: Fact | Order, _now: float) -> None:
        """Listen to one fact or order."""
        match event:
            case ReferAsked():
                self._loop.call_soon(self._decide, event.to)
            case ReferFollowed():
                self._loop.call_soon(self._followed, event)
            case _:
                pass

    def _decide(self, to: Destination) -> None:
        try:
            self._admit()
        except OrderRefused as refused:
            log.info("call.refer_refused", call=self._call.info.id, to=to.uri, why=refused.why)
            follows = False
        else:
            follows = True
            self._tell(TransferBegan(_name(to), MODE))
        if not self._call.over:
            self._call.order_leg(self._by, AnswerRefer(follows))

    def _admit(self) -> None:
        """Count it among the call's transfers. Raises OrderRefused where it may not be tried now."""
        plan = self._call.plan
        if plan is None or self._attendant.transfers:
            raise OrderRefused(self._call.info.id, "a transfer is under way" if plan else "it is in no plan")
        self._attendant.budget.take(plan, self._loop.time())

    def _followed(self, event: ReferFollowed) -> None:
        self._tell(TransferEnded(_name(event.to), outcome_of(event.status), event.status))

    def _tell(self, fact: Fact) -> None:
        self._call.notify(fact, self._loop.time())


def _name(to: Destination) -> str:
    return to.user or to.host
