"""A thousand short calls, a thousand records: `python -m tests.proofs.usage [CALLS [SEED]]`.

Callers leave while it rings, at the first word, in the middle of an answer, or after a turn. Each call's
tokens and cost, and so their sums, are what the embedded server has counted by the end of its session.
"""

from __future__ import annotations

import asyncio
import sys
import tempfile
import time
from pathlib import Path

from tests.equipment.programs import Gateway, LocalServer
from tests.equipment.short_calls import (
    added,
    all_over,
    counted,
    differences,
    plans,
    ring_all,
    settings,
    used_up,
)

CALLS, SEED = 1000, 17


async def prove(calls: int, seed: int) -> bool:
    """Make the calls and compare."""
    began = time.monotonic()
    with tempfile.TemporaryDirectory() as name, LocalServer() as server:
        config = settings(server.url, Path(name))
        with Gateway(plans(), "--no-local", "--config", str(config)) as gateway:
            kinds = await ring_all(gateway, calls, seed)
            await all_over(gateway, server, calls)
            records = gateway.records()
        sessions = list(server.events("client.gone"))
    only_here, only_there = differences(records, sessions)
    sums = added([used_up(one) for one in records]), added([counted(line) for line in sessions])
    sys.stdout.write(
        f"{calls} calls in {time.monotonic() - began:.0f} s, {dict(kinds)}: {len(records)} records,"
        f" {len({one.call for one in records})} ids\nrecords: {sums[0]}\nserver:  {sums[1]}\n"
    )
    sys.stdout.write(f"only in records: {only_here[:20]}; only at the server: {only_there[:20]}\n")
    return not only_here and not only_there and sums[0] == sums[1] and len(records) == calls


if __name__ == "__main__":
    given = [int(one) for one in sys.argv[1:]]
    sys.exit(0 if asyncio.run(prove(*(given + [CALLS, SEED][len(given) :]))) else 1)
