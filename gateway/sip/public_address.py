"""Learns the address that the world sees from a STUN server, and notices when a router gets another one."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace
from ipaddress import ip_address

import structlog

from gateway.errors import SipError
from gateway.sip import stun
from gateway.sip.stack import SipSettings, in_numbers

log = structlog.get_logger(__name__)

LOOK_AGAIN_S = 60.0
"""Between two questions: for so long at most calls are told an address that is no longer ours."""
SAY_AGAIN_S = 600.0
"""Between two lines about a server that does not answer."""


async def learned(
    settings: SipSettings, tell: Callable[[str], None], *, native: bool
) -> tuple[SipSettings, PublicAddress | None]:
    """Return the settings in numbers, with the address that their STUN server sees; and who follows that.

    Raises SipError: see `in_numbers`.
    """
    settings = await in_numbers(settings, native=native)
    if not settings.stun:
        return settings, None
    following = PublicAddress(settings.stun, settings.own(six=False), settings.name_servers, tell)
    await following.look()
    public = ",".join(filter(None, (following.address, settings.public(six=True))))
    return replace(settings, public_address=public), following


class PublicAddress:
    """Keeps `address` right; `tell` is called with each new one. Runs on the event loop."""

    def __init__(self, server: str, own: str, servers: tuple[str, ...], tell: Callable[[str], None]) -> None:
        self.address = ""
        """As the server has seen it last; "" until it has answered."""
        self._server = server
        self._own = own
        self._servers = servers
        self._tell = tell
        self._said = float("-inf")

    async def look(self) -> None:
        """Ask once. What is not answered is said, and the address stays as it was."""
        now = asyncio.get_running_loop().time()
        try:
            found = await stun.ask(self._server, self._own, self._servers)
        except SipError as error:
            if now - self._said >= SAY_AGAIN_S:
                self._said = now
                cure = "write the address itself as public_address, or another server"
                log.warning("sip.no_public_address", why=str(error), keeps=self.address or None, cure=cure)
            return
        self._said = float("-inf")
        if found != self.address and ip_address(found).version == 4:
            log.info("sip.public_address", address=found, before=self.address or None)
            self.address = found
            self._tell(found)

    async def watch(self) -> None:
        """Ask again and again, until cancelled."""
        while True:
            await asyncio.sleep(LOOK_AGAIN_S)
            await self.look()
