"""The wait for what a server says: until the session is over, and not for ever until it is configured."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextvars import copy_context

from websockets.exceptions import ConnectionClosed

from gateway.call import SessionLost
from gateway.realtime import disconnects
from gateway.realtime.model_connection import ModelConnection
from gateway.tasks import within


class Receiving:
    """Gives `tell` each message where it comes in, until it returns what ends the session, or raises.

    `began`: when the connection was begun, by loop time; `configure_within`: seconds from now on until
    `configured` has to be called.
    """

    def __init__(
        self, tell: Callable[[bytes, Receiving], SessionLost | None], began: float, configure_within: float
    ) -> None:
        self._tell = tell
        self._began = began
        self._loop = asyncio.get_running_loop()
        self._configure_within = configure_within
        self._limit: asyncio.Timeout | None = None
        self._outcome: SessionLost | Exception | None = None

    async def run(self, socket: ModelConnection) -> SessionLost:
        """Return how the session was lost. Raises what `tell` raises, which runs in this task's context."""
        context = copy_context()
        try:
            async with within(self._configure_within) as self._limit:
                await socket.messages(lambda raw: context.run(self._take, raw))
        except ConnectionClosed as error:
            return disconnects.of_close(error)
        except TimeoutError:
            match self._outcome:
                case SessionLost() as lost:
                    return lost
                case Exception() as broke:
                    raise broke from None
        finally:
            self._limit = None
        return SessionLost("configure_timeout", f"not configured in {self._configure_within:g} s")

    @property
    def now(self) -> float:
        """Loop time."""
        return self._loop.time()

    def configured(self) -> int:
        """Wait for as long as it takes from now on; return how many ms it took to come so far."""
        if self._limit is not None:
            self._limit.reschedule(None)
        return round((self.now - self._began) * 1000)

    def _take(self, raw: bytes) -> None:
        limit = self._limit
        if limit is None or limit.expired() or self._outcome is not None:
            return
        try:
            self._outcome = self._tell(raw, self)
        except Exception as error:  # noqa: BLE001 - raised by `run`, to whoever runs the session
            self._outcome = error
        if self._outcome is not None:
            limit.reschedule(self.now)
