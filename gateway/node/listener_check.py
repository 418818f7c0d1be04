"""Whether all that listens has a port of its own: each worker, what they have in common, and the edge."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations
from typing import NamedTuple

from gateway.dialplan.source import Path_
from gateway.errors import BadInput
from gateway.node.addresses import EVERYWHERE, address, addresses, port_range, written
from gateway.node.settings import Settings
from gateway.node.workers.share import share

Finding = tuple[Path_, object, str, bool]
"""Key, value, cure, and whether it is a warning only."""
LOCALHOST = {"localhost": "127.0.0.1"}


class ListeningPlace(NamedTuple):
    """Where somebody is to listen, of TCP at least; port 0 is any that is free."""

    key: Path_
    value: str
    name: str
    host: str
    port: int

    @property
    def place(self) -> str:
        """Return where it is."""
        return written(self.host, self.port)

    def clashes(self, other: ListeningPlace) -> bool:
        """Return whether one of the two could not listen."""
        if self.port != other.port or not self.port:
            return False
        hosts = {LOCALHOST.get(one.host, one.host) for one in (self, other)}
        everywhere = not hosts.isdisjoint(EVERYWHERE)  # of one family: IPv6's sockets are for IPv6 alone
        return len(hosts) == 1 or (everywhere and len({":" in host for host in hosts}) == 1)


def findings(settings: Settings) -> Iterator[Finding]:
    """Yield each listener whose port another one has, and SIP ports that a call's audio may get."""
    listeners = [*places_of_workers(settings), *_of_all(settings)]
    told: set[Path_] = set()
    for first, second in combinations(listeners, 2):
        if first.clashes(second) and second.key not in told:
            told.add(second.key)
            own = "" if second.place == second.value else f"{second.name} is {second.place}, "
            cure = f"{own}{first.name} is {first.place}: choose another port"
            yield second.key, second.value, cure, False
    low, high = port_range(settings.rtp)
    for port in [one.port for one in listeners if one.key == ("sip",) and low <= one.port <= high][:1]:
        cure = f"the SIP port {port} lies in it: a call's audio may get that port; choose another range"
        yield ("rtp",), settings.rtp, cure, True


def places_of_workers(settings: Settings) -> Iterator[ListeningPlace]:
    """Yield where SIP is listened for: once without workers."""
    count = settings.workers_count
    try:
        parts = [share(settings, number, count) for number in range(count)] if count > 1 else [settings]
    except BadInput:  # told by the check of workers
        parts = [settings]
    for key in ("sip", "sip_tls"):
        value = getattr(settings, key)
        for number, part in enumerate(parts):
            name = f"{key} of worker {number}" if len(parts) > 1 else key
            for place in addresses(getattr(part, key)) if value else ():
                yield ListeningPlace((key,), value, name, *place)


def _of_all(settings: Settings) -> Iterator[ListeningPlace]:
    if settings.local is not False:
        yield ListeningPlace(
            ("local_listen",), settings.local_listen, "local_listen", *address(settings.local_listen)
        )
    if (api := settings.api) is not None:
        yield ListeningPlace(("api", "listen"), api.listen, "api.listen", *address(api.listen))
    if (edge := settings.edge) is not None:
        for key, text in (("listen", edge.listen), ("listen_tls", edge.listen_tls)):
            if text is not None:
                yield ListeningPlace(("edge", key), text, f"edge.{key}", *address(text))
