"""The API's way to the gateway: a few connections to its control socket, and answers that are kept a moment.

However many ask for the list of calls, the gateway is asked for it twice a second at most.
"""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

from gateway.errors import BadInput
from gateway.node.control_client import ControlClient, GatewayAway
from gateway.tasks import within

MOST_CONNECTIONS = 6
"""At once, of those that the gateway takes; the others are for people at its own machine."""
TURN_WITHIN_S = 10.0
"""Seconds that a question waits for a free connection."""
KEPT_S = 0.5
"""Seconds for which an answer that many want is kept."""


class _Connection:
    """One connection, open until it fails or the process ends."""

    def __init__(self) -> None:
        self._stack = AsyncExitStack()
        self.client: ControlClient | None = None

    async def opened(self, path: Path) -> ControlClient:
        try:
            self.client = await self._stack.enter_async_context(ControlClient.connected(path))
        except BadInput:
            raise GatewayAway("the gateway does not answer: is it running?") from None
        return self.client

    async def close(self) -> None:
        self.client = None
        await self._stack.aclose()


class GatewayLink:
    """Asks the gateway. Raises ControlError, whose `status` is that of HTTP."""

    def __init__(self, control: Path) -> None:
        self.control = control
        self._idle: list[_Connection] = []
        self._turns = asyncio.Semaphore(MOST_CONNECTIONS)
        self._kept: dict[str, tuple[float, asyncio.Future[Any]]] = {}

    async def ask(self, do: str, **about: Any) -> Any:
        """Ask one thing, and return the answer."""
        try:
            async with within(TURN_WITHIN_S):
                await self._turns.acquire()
        except TimeoutError:
            raise GatewayAway("too many ask at once: try again in a moment") from None
        try:
            return await self._ask(do, about)
        finally:
            self._turns.release()

    async def ask_or_recall(self, do: str) -> Any:
        """Return an answer that may be half a second old: whoever asks at the same time shares it."""
        loop = asyncio.get_running_loop()
        at, answer = self._kept.get(do, (float("-inf"), None))
        if answer is None or loop.time() - at > KEPT_S:
            answer = loop.create_future()
            self._kept[do] = loop.time(), answer
            try:
                answer.set_result(await self.ask(do))
            except BaseException as error:
                self._kept.pop(do, None)
                answer.set_exception(error if isinstance(error, Exception) else GatewayAway("stopping"))
                answer.exception()  # whoever shares it is told; nobody has to
                raise
        return await asyncio.shield(answer)

    async def order(self, do: str, by: str, **about: Any) -> Any:
        """Order something in somebody's name; what was kept is asked anew afterwards."""
        try:
            return await self.ask(do, by=f"api {by}", **about)
        finally:
            self._kept.clear()

    async def close(self) -> None:
        """Let all connections go."""
        while self._idle:
            await self._idle.pop().close()

    async def _ask(self, do: str, about: dict[str, Any]) -> Any:
        connection = self._idle.pop() if self._idle else _Connection()
        used = connection.client is not None
        try:
            client = connection.client or await connection.opened(self.control)
            answer = await client.ask(do, **about)
        except GatewayAway:
            await connection.close()
            if not used:
                raise
            # The gateway was started anew since: what else is open is of no use, either. An order that was
            # on its way may be done twice at worst by the new one, which knows none of the old calls.
            await self.close()
            return await self._ask(do, about)
        except asyncio.CancelledError:
            await connection.close()  # an answer nobody waits for would be taken for the next one's
            raise
        except Exception:
            self._idle.append(connection)
            raise
        self._idle.append(connection)
        return answer
