"""Trunks through real peers: `python -m tests.proofs.trunks [asterisk] [kamailio] [baresip] [CALLS]`.

Over each transport the gateway registers, is rung and rings so many times (20). Each call hears a tone both
ways; through Kamailio and with baresip each is held and taken up again, too. A peer that is not installed
is said, and left out.
"""

from __future__ import annotations

import asyncio
import sys
from types import ModuleType

from tests.proofs import NOT_HERE, _trunks_asterisk, _trunks_baresip, _trunks_kamailio

CALLS = 20
PEERS: dict[str, ModuleType] = {
    "asterisk": _trunks_asterisk,
    "kamailio": _trunks_kamailio,
    "baresip": _trunks_baresip,
}


def main(words: list[str]) -> int:
    """Prove with those that are named, or all; 0 if all that are here hold."""
    numbers = [int(word) for word in words if word.isdigit()]
    wanted = [word for word in words if not word.isdigit()] or list(PEERS)
    if unknown := set(wanted) - set(PEERS):
        sys.stdout.write(f"no such peer: {', '.join(sorted(unknown))}; there are {', '.join(PEERS)}\n")
        return 2
    held: list[bool] = []
    for name in wanted:
        sys.stdout.write(f"-- {name}\n")
        sys.stdout.flush()
        if why := PEERS[name].missing():
            sys.stdout.write(f"{why}\n")
        else:
            held.append(asyncio.run(PEERS[name].prove(numbers[0] if numbers else CALLS)))
    if not held:
        return NOT_HERE
    return 0 if all(held) else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
