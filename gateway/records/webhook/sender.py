"""Delivers webhooks, each again and again until it is taken, for two days: see `outbox`.

Whoever receives them may get one twice, for an answer can be lost; the id is the same then.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from urllib.parse import urlsplit

import httpx2
import structlog

from gateway.errors import BadInput
from gateway.records.outbox import NotDone
from gateway.records.store.deliveries import Delivery
from gateway.records.webhook.signature import headers
from gateway.tasks import within

log = structlog.get_logger(__name__)

RETRY_S = (5, 300, 1800, 7200, 18_000, 36_000, 50_400, 72_000, 86_400)
"""Seconds after each try in vain until the next: those of Standard Webhooks. After the last: given up."""
TIMEOUT_S = 10.0
"""For the whole of a request, however slowly its answer comes."""
TAKEN = range(200, 300)


class WebhookSender:
    """For one thread. `target` returns address and key, anew for each try: a secret may change."""

    def __init__(self, target: Callable[[], tuple[str, bytes]]) -> None:
        self._target = target
        self._client: httpx2.AsyncClient | None = None  # made in the thread: it reads certificates
        self._loop = asyncio.Runner()  # of this thread: a loop alone can bound a whole request

    def do(self, delivery: Delivery) -> None:
        """Send it. Raises NotDone."""
        try:
            url, key = self._target()
            told = headers(key, delivery.message, int(time.time()), delivery.body)
            told |= {"content-type": "application/json", "user-agent": "sip-voice-gateway"}
            self._loop.run(self._post(url, delivery.body, told))
        except TimeoutError:
            raise NotDone(f"{urlsplit(url).netloc} did not answer within {TIMEOUT_S:g} s") from None
        except httpx2.HTTPError as error:
            raise NotDone(f"{type(error).__name__}: {error}") from None
        except (httpx2.InvalidURL, BadInput) as error:
            raise NotDone(str(error)) from None

    def pause_s(self, tries: int) -> float | None:
        """See `outbox.Errand`."""
        return RETRY_S[tries] if tries < len(RETRY_S) else None

    def failing(self, _delivery: Delivery, why: str) -> None:
        """See `outbox.Errand`."""
        log.warning("webhook.failed", error=why)

    def works_again(self) -> None:
        """See `outbox.Errand`."""
        log.info("webhook.taken_again")

    def given_up(self, delivery: Delivery, why: str) -> None:
        """See `outbox.Errand`."""
        log.error("webhook.given_up", message=delivery.message, error=why)

    def close(self) -> None:
        """Close the connections that were kept."""
        if self._client is not None:
            self._loop.run(self._client.aclose())
        self._loop.close()

    async def _post(self, url: str, body: bytes, told: dict[str, str]) -> None:
        """Raises NotDone, TimeoutError, httpx2.HTTPError, httpx2.InvalidURL."""
        if self._client is None:
            self._client = httpx2.AsyncClient(timeout=None, follow_redirects=False)
        async with (
            within(TIMEOUT_S),
            self._client.stream("POST", url, content=body, headers=told) as answer,
        ):
            if answer.status_code not in TAKEN:  # what it says besides is not read
                raise NotDone(f"{urlsplit(url).netloc} answered {answer.status_code}", _retry_after(answer))


def _retry_after(answer: httpx2.Response) -> float:
    """Return the seconds for which a server asks (RFC 9110 section 10.2.3), a day at most; 0.0: none."""
    asked = answer.headers.get("retry-after", "")
    return min(float(asked), 86_400.0) if asked.isascii() and asked.isdigit() else 0.0
