"""Peers are compared by what was measured of both; how they are rung is held by the load test's own tests."""

from __future__ import annotations

import pytest

from gateway.loadtest.outcome import Figure, Outcome
from tests.bench import peer
from tests.loadtest.made import SECOND, meters

GOOD = dict.fromkeys((*peer.QUALITY, *peer.PACE), 0.0) | {
    "gap_p99": 20.5,
    "told_p99": 20.0,
    "gateway_per_call": 0.5,
}


def rung(calls: int, **worse: float) -> Outcome:
    """Return a step; `worse` are its figures that are not as they should be."""
    figures = [Figure(key, key, value, "") for key, value in (GOOD | worse).items()]
    return Outcome(calls, (0, SECOND), figures, {}, meters(), 0.0)


def test_the_last_step_that_was_good_counts() -> None:
    """Of both; and which bound broke after it, if one did."""
    theirs = [rung(25), rung(50, gateway_per_call=0.4), rung(75, told_p99=40.0)]
    figures = {figure.name: figure for figure in peer.compared(theirs, [rung(200), rung(300)])}
    assert figures["calls on a core, agent-transport, then told_p99 40"].value == 50
    assert figures["CPU of one of them, agent-transport"].value == 0.4
    assert figures["calls on a core, gateway"].value == 300
    assert figures["the same, however uneven, agent-transport, then told_p99 40"].value == 50
    ratio = figures["calls on a core, agent-transport for one of ours"]
    assert ratio.value == pytest.approx(1 / 6)
    assert ratio.holds


def test_packets_may_be_uneven_for_once() -> None:
    """A peer that never sends evenly is told for what it carries otherwise as well."""
    theirs = [rung(25), rung(50, gap_p99=27.0), rung(75), rung(100, gap_p99=40.0, holes=1.0)]
    figures = {figure.name: figure.value for figure in peer.compared(theirs, [rung(200)])}
    assert figures["calls on a core, agent-transport, then gap_p99 27"] == 25
    assert figures["the same, however uneven, agent-transport, then holes 1"] == 75


def test_nobody_who_carries_none_is_better() -> None:
    """Without a good step of ours there is no ratio, and no bar holds."""
    figures = peer.compared([rung(25)], [rung(50, failed=1.0)])
    assert not figures[-2].holds
    assert not any(figure.name == "CPU of one of them, gateway" for figure in figures)


def test_what_was_not_measured_is_no_quality() -> None:
    """However good all else was."""
    outcome = rung(25)
    outcome.figures = [figure for figure in outcome.figures if figure.key != "told_p99"]
    assert peer.broken(outcome) == ["told_p99 nan"]


async def test_a_peer_that_cannot_be_had_is_left_out(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """With the reason, and without a figure."""
    monkeypatch.setattr(peer.kamailio, "missing", lambda: "no Kamailio here")
    assert await peer.run() == []
    assert "no Kamailio here" in capsys.readouterr().err
