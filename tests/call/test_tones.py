"""The words for tones of the network."""

from __future__ import annotations

from gateway.call import CallTone, ToneHeard


def test_a_tone_has_the_name_that_others_know_it_by() -> None:
    """As records and watchers have it: a plain word."""
    assert [str(tone) for tone in CallTone] == [
        "beep",
        "ringback",
        "busy",
        "congestion",
        "sit",
        "dial",
        "fax",
    ]


def test_a_tone_that_lasts_is_over_for_no_time() -> None:
    """Unless it is said."""
    assert ToneHeard(CallTone.DIAL).ago_ms == 0
