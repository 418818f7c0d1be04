"""What calls add up to; and that nothing of a caller ever becomes a label."""

from __future__ import annotations

import re
from pathlib import Path

from gateway.call import Ending, LegEnded, Reason, Result
from gateway.records.call_counts import CallCounts, Spread
from tests.calls.test_registry import AGENT, GONE, house

LABELS = {
    "result": {one.value for one in Result},
    "reason": {one.value for one in Reason},
    "direction": {"in", "out"},
    "status": {str(status) for status in range(300, 700)},
}
"""Every label, and all the values that it can have."""


def test_where_a_time_falls() -> None:
    """A bound belongs to its own bucket; what is above all has one, too."""
    spread = Spread((1.0, 2.0))
    for seconds in (0.5, 1.0, 1.5, 2.5):
        spread.add(seconds)
    assert (spread.counts, spread.sum) == ([2, 1, 1], 5.5)


def test_a_call_without_figures() -> None:
    """One that was turned away without a line of its own is counted all the same."""
    counts = CallCounts()
    counts.over(Ending(Result.REJECTED, Reason.OVERLOADED, 503), {}, ())
    told = {one["name"]: one["samples"] for one in counts.families()}
    assert told["gateway_calls_total"] == [[{"reason": "overloaded", "result": "rejected"}, 1]]
    assert told["gateway_calls_unanswered_total"] == [[{"status": "503"}, 1]]
    assert told["gateway_turns_total"] == [[{}, 0]]


async def test_no_label_is_a_number_an_id_or_an_address(tmp_path: Path) -> None:
    """Whatever calls there were, labels have values of closed sets, and nothing of a caller is anywhere."""
    plans = {"agent": AGENT, "shut": {"numbers": ["300"], "reject": {"status": 603}}}
    async with house(tmp_path, max_calls=2, **plans) as opened:
        legs = [await opened.talking("c1"), await opened.talking("c2")]
        opened.call("c3")  # one too many
        for leg in legs:
            leg.happen(LegEnded(GONE))
        await opened.over()
        for name, number in (("c4", "300"), ("c5", "999")):
            opened.call(name, number)
            await opened.over()
        families = opened.worker.call_counts.families()
    assert sum(count for _labels, count in families[0]["samples"]) == 5
    for family in families:
        assert re.fullmatch(r"gateway_[a-z_]+", family["name"])
        for labels, _value in family["samples"]:
            assert all(value in LABELS[label] for label, value in labels.items()), labels
    told = [
        (family["name"], family["help"], [labels for labels, _ in family["samples"]]) for family in families
    ]
    assert not re.search(r"\+?\d{5}|c[1-5]|sip:|@|//", repr(told))
