"""It is heard who has answered: `python -m tests.proofs.answering [EACH]`.

40 calls of each kind (tests/equipment/answered_calls.py): people who say one to ten words, machines with and
without a beep, silence, noise, ringing, music, through G.711. They are spoken by those of
tests/equipment/speakers.py that are installed here. Half of the calls, spoken by others than the rest, were
put aside before anything was tuned. At least 90 % of each half are heard rightly, in 2.5 s (median); a beep
is known 200 ms after its end.

Where Asterisk is installed (`python -m tests.equipment.asterisk`) its AMD() hears the same: HUMAN is right
for people, anything but HUMAN for machines and for lines on which nobody speaks. Ours is told by that
measure, too.
"""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Sequence

from tests.bench.figures import percentile
from tests.equipment import asterisk
from tests.equipment.answer_listener import ListenedCall, listened
from tests.equipment.answered_calls import AnsweredCall, answered_calls
from tests.equipment.asterisk_amd import AsteriskAmd
from tests.equipment.speakers import speakers
from tests.proofs import NOT_HERE

EACH, RIGHT, WITHIN_MS, BEEP_MS = 40, 0.9, 2500.0, 200.0
Heard = Sequence[tuple[AnsweredCall, ListenedCall]]


def ours(name: str, heard: Heard) -> bool:
    """Say how well the gateway has heard; return whether that is well enough."""
    right, wrong = Counter[str](), []
    for call, found in heard:
        well = found.found is not None and found.found.who.value == call.who
        right[call.kind] += well
        if not well:
            what = "nothing" if found.found is None else f"{found.found.who.value}: {found.found.why}"
            wrong.append(f"    {call.kind}, {call.speaker}: {what}\n")
    after = [found.at_ms for _, found in heard]
    beeps = [
        found.beep_known_ms - 1000 * call.beep_ends_s
        for call, found in heard
        if call.beep_ends_s is not None and found.beep_known_ms is not None
    ]
    p50 = percentile(after, 50)
    sys.stdout.write(
        f"{name}: {right.total()} of {len(heard)} right, known after {p50:.0f} ms (median),"
        f" {max(after):.0f} at most; a beep {max(beeps):.0f} ms after its end at most ({len(beeps)})\n"
        f"  {dict(right)}\n{''.join(wrong)}"
    )
    return right.total() >= RIGHT * len(heard) and p50 <= WITHIN_MS and max(beeps) <= BEEP_MS


def beside_amd(heard: Heard) -> None:
    """Say how well Asterisk's AMD() hears the same, and we by its measure."""
    with AsteriskAmd() as exchange:
        told = exchange.hears({str(1000 + at): call.pcm for at, (call, _) in enumerate(heard)})
    theirs, own = Counter[str](), Counter[str]()
    after = []
    for at, (call, found) in enumerate(heard):
        amd, person = told.get(str(1000 + at)), call.who == "human"
        theirs[call.kind] += amd is not None and (amd.status == "HUMAN") is person
        own[call.kind] += found.found is not None and (found.found.who.value == "human") is person
        after += [] if amd is None else [amd.after_ms]
    sys.stdout.write(
        f"a person, or not: AMD() {theirs.total()} of {len(heard)} right,"
        f" after {percentile(after, 50):.0f} ms (median)\n  {dict(theirs)}\n"
        f"                  we {own.total()} of {len(heard)}\n  {dict(own)}\n"
    )


def main() -> int:
    """Listen to all."""
    each = int(sys.argv[1]) if len(sys.argv) > 1 else EACH
    heard = [(call, listened(call.pcm)) for call in answered_calls(each)]
    if not heard:
        sys.stdout.write("needs voices: apt-get install asterisk-core-sounds-en-wav espeak-ng flite\n")
        return NOT_HERE
    for aside in (False, True):
        names = ", ".join(one.name for one in speakers() if one.put_aside is aside)
        sys.stdout.write(f"{'put aside' if aside else 'tuned by'}: {names}\n")
    sides = (("tuned by", False), ("put aside", True))
    fine = [ours(name, [one for one in heard if one[0].held_out is aside]) for name, aside in sides]
    if why := asterisk.missing():
        sys.stdout.write(f"no AMD() beside it: {why}\n")
    else:
        beside_amd(heard)
    return 0 if all(fine) else 1


if __name__ == "__main__":
    sys.exit(main())
