"""The thread that delivers webhooks: each in its turn, again and again until it is taken, for two days.

Whoever receives them may get one twice, for an answer can be lost; the id is the same then.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from urllib.parse import urlsplit

import httpx2
import structlog

from gateway.errors import BadInput
from gateway.records.store.deliveries import Deliveries, Delivery
from gateway.records.webhook.signature import headers

log = structlog.get_logger(__name__)

RETRY_S = (5, 300, 1800, 7200, 18_000, 36_000, 50_400, 72_000, 86_400)
"""Seconds after each try in vain until the next: those of Standard Webhooks. After the last: given up."""
TIMEOUT_S = 10.0
AT_ONCE = 20
"""Deliveries that are looked up together."""
LOOK_EVERY_S = 60.0
"""Whatever else: another gateway of this machine may have left some."""
CLOSE_WITHIN_S = 5.0
TAKEN = range(200, 300)


class WebhookSender:
    """Delivers until `close`. `target` returns address and key, anew for each try: a secret may change."""

    def __init__(
        self,
        open_deliveries: Callable[[], Deliveries],
        target: Callable[[], tuple[str, bytes]],
        errors: tuple[type[Exception], ...],
    ) -> None:
        self._open = open_deliveries
        self._target = target
        self._errors = errors
        self._news = threading.Event()
        self._closing = False
        self._failing = False
        self._thread = threading.Thread(target=self._work, name="webhooks", daemon=True)
        self._thread.start()

    def wake(self) -> None:
        """There is something to deliver."""
        self._news.set()

    def close(self) -> None:
        """End; what is left is delivered by the next gateway. Idempotent."""
        self._closing = True
        self._news.set()
        self._thread.join(CLOSE_WITHIN_S)

    def _work(self) -> None:
        deliveries: Deliveries | None = None
        with httpx2.Client(timeout=TIMEOUT_S, follow_redirects=False) as client:
            while not self._closing:
                self._news.clear()
                try:
                    deliveries = deliveries or self._open()
                    pause = self._deliver(client, deliveries)
                except self._errors as error:
                    log.error("records.unwritable", error=str(error))
                    pause = LOOK_EVERY_S
                self._news.wait(pause)

    def _deliver(self, client: httpx2.Client, deliveries: Deliveries) -> float:
        """Try what is due; return the seconds until there is more to do."""
        while due := deliveries.due(time.time(), AT_ONCE):
            for delivery in due:
                if self._closing:
                    return 0.0
                self._try(client, deliveries, delivery)
        next_due = deliveries.next_due()
        return LOOK_EVERY_S if next_due is None else min(LOOK_EVERY_S, max(0.0, next_due - time.time()))

    def _try(self, client: httpx2.Client, deliveries: Deliveries, delivery: Delivery) -> None:
        asked_s = 0.0
        try:
            url, key = self._target()
            told = headers(key, delivery.message, int(time.time()), delivery.body)
            told |= {"content-type": "application/json", "user-agent": "sip-voice-gateway"}
            with client.stream("POST", url, content=delivery.body, headers=told) as answer:
                if answer.status_code in TAKEN:  # what it says besides is not read
                    self._taken(deliveries, delivery)
                    return
                why = f"{urlsplit(url).netloc} answered {answer.status_code}"
                asked_s = _retry_after(answer)
        except (httpx2.HTTPError, httpx2.InvalidURL, BadInput) as error:
            why = f"{type(error).__name__}: {error}" if isinstance(error, httpx2.HTTPError) else str(error)
        self._in_vain(deliveries, delivery, why, asked_s)

    def _taken(self, deliveries: Deliveries, delivery: Delivery) -> None:
        deliveries.taken(delivery.message)
        if self._failing:
            self._failing = False
            log.info("webhook.taken_again")

    def _in_vain(self, deliveries: Deliveries, delivery: Delivery, why: str, asked_s: float) -> None:
        if delivery.tries >= len(RETRY_S):
            deliveries.postpone(delivery.message, None)
            log.error("webhook.given_up", message=delivery.message, error=why)
            return
        deliveries.postpone(delivery.message, time.time() + max(RETRY_S[delivery.tries], asked_s))
        if not self._failing:
            self._failing = True
            log.warning("webhook.failed", error=why)


def _retry_after(answer: httpx2.Response) -> float:
    """Return the seconds for which a server asks (RFC 9110 section 10.2.3), a day at most; 0.0: none."""
    asked = answer.headers.get("retry-after", "")
    return min(float(asked), 86_400.0) if asked.isascii() and asked.isdigit() else 0.0
