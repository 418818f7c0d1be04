"""INVITEs of a stranger beside twenty calls, 2 000 a second for 20 s: `python -m tests.proofs.strangers`.

The default is `guests: refuse`: he gets 403 now and then, and nothing else. The agents talk on without a
gap, somebody of ours is answered within a second all the while, the log has a line a second at most, and
the memory is back afterwards.
"""

from __future__ import annotations

import asyncio
import sys

from tests.equipment.programs import Gateway, LocalServer, agent
from tests.equipment.wire_phone import Phone
from tests.equipment.wire_rtp import Pump
from tests.proofs import flood

HONEST = "127.0.0.1"
LINE = "turned back somebody"


async def main() -> int:
    """Return 0 if nobody notices."""
    with (
        LocalServer() as server,
        Pump() as pump,
        Gateway(
            {"tone": agent("100", server.url, voice="tone-440-60s")},
            "--no-local",
            command=("-m", "tests.equipment.narrow_home"),
        ) as gateway,
    ):
        async with Phone(gateway.sip, pump, host=HONEST) as other:
            failed = await flood.flood(gateway, pump, other, 1, line=LINE)
    sys.stdout.write(f"does not hold: {', '.join(failed)}\n" if failed else "holds\n")
    return int(bool(failed))


if __name__ == "__main__":
    sys.exit(asyncio.run(main()))
