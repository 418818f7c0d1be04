"""Figures and their bounds."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from gateway.loadtest.listening import MS, HeardCall
from gateway.loadtest.signalling import CapturedCall
from tests.loadtest.made import SECOND, meters, result


def test_a_clean_run_breaks_nothing() -> None:
    """Every figure within its bound, with the values that went in."""
    made = result()
    assert made.broken() == []
    assert made.value("setup_p50") == 20
    assert made.value("gap_max") == 20
    assert made.value("first_audio_p50") == 10
    assert made.value("gateway_per_call") == pytest.approx(2)
    assert made.value("thread_main") == pytest.approx(12)
    assert np.isnan(made.value("thread_sip"))  # too little to tell
    assert made.value("rss_per_call") == pytest.approx(0.5)
    assert np.isnan(made.value("silenced_p50"))


@pytest.mark.parametrize(
    ("key", "changes"),
    [
        ("failed", {"failed": 1}),
        ("dropped", {"dropped": 5}),
        ("gap_max", {"heard": [HeardCall(gaps=np.array([20.0, 41.0]), first_audio=1)]}),
        ("lost", {"heard": [HeardCall(lost=1, first_audio=1)]}),
        ("wrong", {"heard": [HeardCall(wrong=[455.0], first_audio=1)]}),
        ("mute", {"heard": [HeardCall()]}),
        ("mute", {"greets": False, "heard": [HeardCall(unanswered=1)]}),
        ("holes", {"heard": [HeardCall(holes=1, first_audio=1)]}),
        ("unanswered", {"heard": [HeardCall(unanswered=1, first_audio=1)]}),
        ("told_p99", {"heard": [HeardCall(told=[26.0], first_audio=1)]}),
        ("sounded_p99", {"heard": [HeardCall(sounded=[61.0], first_audio=1)]}),
        ("unheard", {"unheard": 0.6}),
    ],
)
def test_what_breaks_a_bound(key: str, changes: dict[str, object]) -> None:
    """Each fault is named by its figure."""
    assert key in [figure.key for figure in result(**changes).broken()]


def test_calls_that_are_sent_elsewhere_are_told() -> None:
    """How many, and how soon they know it; none of it where they are failures."""
    refused = CapturedCall("b", 1, SECOND, status=503, refused=SECOND + 3 * MS)
    made = result(refused=[refused])
    assert (made.value("refused"), made.value("refused_p99"), made.broken()) == (1, 3, [])
    assert made.value("rss_per_call") == pytest.approx(5 / 9)  # of the nine that are there
    late = replace(refused, refused=2 * SECOND)
    assert [figure.key for figure in result(refused=[late]).broken()] == ["refused_p99"]
    assert np.isnan(result().value("refused"))


def test_short_calls_tell_growth() -> None:
    """Memory is compared with that of the time when SIP has begun to forget; not in shorter runs."""
    assert np.isnan(result(short=True).value("growth"))
    long = meters()
    long.samples[:] = [replace(sample, at=10 * sample.at) for sample in long.samples]
    made = result(short=True, meters=long, window=(0, 100 * SECOND))
    assert made.value("growth") == pytest.approx(2.5)  # from 50 s on, half a megabyte a sample


def test_what_is_no_fault() -> None:
    """A call that ended before an answer was due; an agent that stops for each key."""
    assert result(greets=False, heard=[HeardCall()]).broken() == []
    assert result(keys=True, heard=[HeardCall(holes=9, first_audio=1)]).broken() == []
