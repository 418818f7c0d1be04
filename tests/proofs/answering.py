"""It is heard who has answered: `python -m tests.proofs.answering [EACH]`.

20 calls of each kind (tests/equipment/answered_calls.py): people who say one to ten words, machines with
and without a beep, silence, noise, ringing, music; one speaker, recorded by others, through G.711. Half of
them, made of other recordings, were put aside before anything was tuned. At least 90 % are heard rightly,
in 2.5 s (median); a beep is known 200 ms after its end.
"""

from __future__ import annotations

import sys
from collections import Counter

from gateway.ear.who_answered import AnswerEar
from tests.bench.figures import percentile
from tests.equipment.answered_calls import AnsweredCall, answered_calls
from tests.proofs import NOT_HERE

EACH, RIGHT, WITHIN_MS, BEEP_MS = 20, 0.9, 2500.0, 200.0
LOOK = 480
"""Samples of 60 ms: how often a call of the gateway looks."""


def heard(call: AnsweredCall) -> tuple[bool, float, float | None]:
    """Return whether it was heard rightly, after how many ms, and how long after its end a beep was known."""
    ear, found, beep = AnswerEar(), None, None
    at = 0.0
    for start in range(0, len(call.pcm), LOOK):
        ear.feed(call.pcm[start : start + LOOK])
        now = (start + LOOK) / 8
        if found is None and ear.judgement is not None:
            found, at = ear.judgement.who.value, now
        if call.beep_ends_s is not None and ear.beeped_at is not None:
            beep = now - call.beep_ends_s * 1000
            break
    return found == call.who, at, beep


def main() -> int:
    """Listen to all."""
    each = int(sys.argv[1]) if len(sys.argv) > 1 else EACH
    calls = list(answered_calls(each))
    if not calls:
        sys.stdout.write("needs recordings: apt-get install asterisk-core-sounds-en-wav\n")
        return NOT_HERE
    fine = True
    for held_out in (False, True):
        right: Counter[str] = Counter()
        after, beeps = [], []
        mine = [one for one in calls if one.held_out is held_out]
        for one in mine:
            well, ms, beep = heard(one)
            right[one.kind] += well
            after.append(ms)
            beeps += [] if beep is None else [beep]
        share = right.total() / len(mine)
        p50 = percentile(after, 50)
        sys.stdout.write(
            f"{'put aside' if held_out else 'tuned by'}: {right.total()} of {len(mine)} right, known after"
            f" {p50:.0f} ms (median), {max(after):.0f} at most; beep known {max(beeps):.0f} ms after its end"
            f" at most ({len(beeps)})\n  {dict(right)}\n"
        )
        fine = fine and share >= RIGHT and p50 <= WITHIN_MS and max(beeps) <= BEEP_MS
    return 0 if fine else 1


if __name__ == "__main__":
    sys.exit(main())
