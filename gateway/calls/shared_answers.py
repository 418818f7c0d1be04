"""Questions to whoever counts for several processes: answered soon, or as this process knows it."""

from __future__ import annotations

from collections.abc import Awaitable
from typing import TypeVar

import structlog

from gateway.calls.shared_state import CountAway
from gateway.errors import GatewayError
from gateway.tasks import answer_of

log = structlog.get_logger(__name__)

T = TypeVar("T")

ASK_WITHIN = 0.5
"""Seconds that a caller, who hears nothing yet, waits for a count that is kept elsewhere."""


class SharedAnswers:
    """Says in the log that nobody answers, once an outage."""

    def __init__(self) -> None:
        self._unanswered = False

    async def ask(self, question: Awaitable[T], *, otherwise: T) -> T:
        """Return the answer, or `otherwise` where none comes."""
        try:
            answer = await answer_of(question, ASK_WITHIN)
        except CountAway:
            return otherwise
        except (GatewayError, OSError, TimeoutError) as error:
            if not self._unanswered:
                log.warning("admission.unanswered", error=str(error))
            self._unanswered = True
            return otherwise
        self._unanswered = False
        return answer
