"""Where calls of ours go: from a number, or a SIP address, to a destination over a trunk. Pure.

And what may not be called at all, over whichever trunk (`gateway.dialplan.barring`).
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from gateway.call import Destination, Way, read_destination
from gateway.dialplan import numbers
from gateway.dialplan.barring import barred
from gateway.errors import BadInput, NumberBarred
from gateway.sip.trunk_keys import TrunkKeys, host_port

_NUMBER = re.compile(r"\+?[0-9*#]{1,32}", re.ASCII)


class Ways:
    """Those of a process; `region` (ISO 3166): where no trunk has one."""

    def __init__(self, trunks: Mapping[str, TrunkKeys] | None = None, region: str | None = None) -> None:
        self._trunks = trunks or {}
        self._region = region

    def check(self, to: Destination, trunk: str) -> None:
        """Raise NumberBarred for what is not called over this trunk unless somebody has written it out."""
        keys = self._trunks.get(trunk)
        if keys is not None and to.user in keys.dial:
            return
        region = (keys.region if keys is not None else None) or self._region
        allowed = keys is not None and keys.emergency == "allow"
        if why := barred(to.user, region, emergency=allowed):
            raise NumberBarred(to.user, why)

    def find(self, number: str, trunk: str) -> Way:
        """Return where a number is reached, over a trunk of this name or ("") the only one that there is.

        A SIP address is called as it is, over no trunk unless one is named. Raises BadInput, NumberBarred.
        """
        way = (
            self._address(number, trunk)
            if number.startswith(("sip:", "sips:"))
            else self._over(number, trunk)
        )
        self.check(way.to, way.trunk)
        return way

    def _address(self, uri: str, trunk: str) -> Way:
        if trunk:
            self._keys(trunk)
        try:
            return Way(read_destination(uri), trunk)
        except ValueError as error:
            raise BadInput("dial", "number", uri, str(error)) from None

    def _over(self, number: str, trunk: str) -> Way:
        plain = numbers.without_separators(number)
        if not _NUMBER.fullmatch(plain):
            raise BadInput("dial", "number", number, "write digits, such as +15551230001, or a SIP address")
        name, keys = self._keys(trunk) if trunk else self._only()
        if keys.dial and not plain.startswith(keys.dial):
            allowed = ", ".join(keys.dial)
            raise BadInput("dial", "number", number, f"trunk {name} calls numbers that begin with {allowed}")
        host, port = host_port(keys.destination)
        transport = "" if keys.transport == "udp" else keys.transport
        return Way(Destination(plain, host, port, transport), name)

    def _keys(self, name: str) -> tuple[str, TrunkKeys]:
        if (keys := self._trunks.get(name)) is None:
            there = ", ".join(sorted(self._trunks)) or "none"
            raise BadInput("dial", "trunk", name, f"there is no such trunk; there are: {there}")
        if not keys.destination:
            raise BadInput("dial", "trunk", name, f"say where its calls go: trunks.{name}.address")
        return name, keys

    def _only(self) -> tuple[str, TrunkKeys]:
        able = [(name, keys) for name, keys in self._trunks.items() if keys.destination]
        if len(able) != 1:
            there = ", ".join(name for name, _ in able)
            cure = f"name one of {there}" if able else "there is none in gateway.yaml: call a SIP address"
            raise BadInput("dial", "trunk", "", cure)
        return able[0]
