"""How fast a tool server is listened to: what comes faster waits where it is, and no call waits for it."""

from __future__ import annotations

import asyncio

MOST_MESSAGES = 500
"""In a second. Each costs the event loop some 0.2 ms."""
MOST_BYTES = 4 * 1024 * 1024
"""In a second."""


class ServerPace:
    """Whoever reads asks it after each piece."""

    def __init__(self) -> None:
        self._since = float("-inf")
        self._messages = self._bytes = 0

    async def keep(self, messages: int, size: int) -> None:
        """Wait until so many more messages, and `size` bytes, are not too much for this second."""
        loop = asyncio.get_running_loop()
        now = loop.time()
        if now - self._since >= 1.0:
            self._since, self._messages, self._bytes = now, 0, 0
        self._messages += messages
        self._bytes += size
        if self._messages >= MOST_MESSAGES or self._bytes >= MOST_BYTES:
            await asyncio.sleep(self._since + 1.0 - now)
