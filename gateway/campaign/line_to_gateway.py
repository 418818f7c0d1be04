"""A way to ask a gateway that may be away for a while: connected when it is needed, anew when it is lost."""

from __future__ import annotations

from contextlib import AsyncExitStack
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from gateway.errors import BadInput
from gateway.node.control_client import ControlClient, GatewayAway


class LineToGateway:
    """Use as a context. `at`: the gateway's socket."""

    def __init__(self, at: Path) -> None:
        self._at = at
        self._stack = AsyncExitStack()
        self._client: ControlClient | None = None

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, _kind: type[BaseException] | None, _error: BaseException | None, _trace: TracebackType | None
    ) -> None:
        await self._stack.aclose()

    async def ask(self, do: str, **about: Any) -> Any:
        """Ask one thing, and return the answer. Raises GatewayAway, and Refusal with the gateway's words."""
        if self._client is None:
            try:
                self._client = await self._stack.enter_async_context(ControlClient.connected(self._at))
            except BadInput as error:
                raise GatewayAway(str(error)) from None
        try:
            return await self._client.ask(do, **about)
        except GatewayAway:
            self._client = None
            await self._stack.aclose()
            raise
