"""Calls on hold go on where they were: `python -m tests.proofs.hold [SECONDS]`.

One call of each form of `tests.equipment.holds`, side by side, held for 90 s in plans with `max_silence:
10s`: by `sendonly`, `inactive` and the address 0.0.0.0, by re-INVITE, UPDATE and the first offer, over an
agent's answer, its greeting, an answer that is yet to come, an announcement and a menu, twice, and until
the caller hangs up. While it is held no sound leaves and no music reaches the model; no call is ended;
afterwards the sound goes on, and what the model is told to have said is what left as RTP, within 20 ms.
"""

from __future__ import annotations

import asyncio
import sys

from tests.equipment import holds

SECONDS = 90.0


async def prove(seconds: float) -> bool:
    """Hold them, and look."""
    outcomes = await holds.run(holds.FORMS, seconds * 1000, max_silence="10s")
    for outcome in outcomes:
        told = "-" if outcome.wanted_ms is None else f"{outcome.wanted_ms:.0f} ms, {outcome.apart_ms:+.1f}"
        sys.stdout.write(
            f"{outcome.form.name:16} left {outcome.sent_ms:7.1f} ms, wanted {told:18} "
            f"music heard {outcome.music:.3f}  {'; '.join(outcome.faults) or 'holds'}\n"
        )
    worst = max(abs(outcome.apart_ms) for outcome in outcomes)
    sys.stdout.write(
        f"{len(outcomes)} forms held for {seconds:g} s: what was told or wanted is at most {worst:.1f} ms "
        f"from what left (bar {holds.MOST_APART_MS:g})\n"
    )
    return not any(outcome.faults for outcome in outcomes)


if __name__ == "__main__":
    wanted = float(sys.argv[1]) if len(sys.argv) > 1 else SECONDS
    sys.exit(0 if asyncio.run(prove(wanted)) else 1)
