"""What a call heard is told from its packets."""

from __future__ import annotations

import numpy as np
import pytest

from gateway.loadtest import listening
from gateway.loadtest.listening import Span
from tests.equipment import tone
from tests.loadtest.made import MS, SECOND, hear, packets, rtp, stream

QUIET = tone.silence


def _sine(ms: float, hz: float = 440) -> tone.Pcm:
    return tone.sine(hz, ms)


def test_even_packets() -> None:
    """Nothing is found where nothing is wrong."""
    heard = hear(stream(QUIET(2000)), stream(_sine(2000)), 440)
    assert heard.packets == 100
    assert set(heard.gaps) == {20.0}
    assert (heard.lost, heard.late, heard.reordered, heard.holes, heard.wrong) == (0, 0, 0, 0, [])


def test_lost_late_and_reordered_packets() -> None:
    """Each is told from the others, also where the sequence begins anew at 65 535."""
    rows = rtp(_sine(2000), sequence=65_500)
    at, *rest = rows[50]
    rows[50] = (at + 45 * MS, *rest)  # behind the next two
    del rows[20:23]
    rows.sort()
    heard = hear(stream(QUIET(20)), listening.stream(packets(rows)))
    assert (heard.lost, heard.late, heard.reordered) == (3, 1, 1)
    assert heard.gaps.max() == 80


def test_turns() -> None:
    """An utterance, the answer to it, and an utterance that gets none."""
    caller = stream(QUIET(1000), _sine(500, 700), QUIET(4500), _sine(500, 700), QUIET(5000))
    agent = stream(QUIET(2100), _sine(2000), QUIET(7400))
    heard = hear(caller, agent, 440)
    assert heard.answers == [620.0]
    assert (heard.unanswered, heard.silenced) == (1, [])
    assert heard.first_audio == 2100 * MS


def test_an_interruption() -> None:
    """From the caller's first packet, and from the event, to the agent's last packet."""
    caller = stream(QUIET(1000), _sine(600, 700), QUIET(3000))
    agent = stream(_sine(1200), QUIET(1200), _sine(500), QUIET(1700))
    heard = hear(caller, agent, 440, told=[1170 * MS, 3900 * MS])
    assert heard.silenced == [180.0]
    assert heard.told == [10.0]
    assert heard.answers == [820.0]


def test_the_first_packet_of_an_answer() -> None:
    """From the server's first piece of it; what is heard much later belongs to another answer."""
    agent = stream(QUIET(1000), _sine(600), QUIET(4000), _sine(600))
    caller = stream(QUIET(6200))
    heard = listening.listen(caller, agent, (0, 5 * SECOND), None, [], [970 * MS, 1700 * MS, 5570 * MS])
    assert heard.sounded == [30.0]


def test_a_pause_inside_a_tone_is_a_hole() -> None:
    """A packet or ten of silence where sound should be; a longer silence is meant."""
    agent = stream(_sine(500), QUIET(20), _sine(500), QUIET(200), _sine(500), QUIET(600), _sine(500))
    assert hear(stream(QUIET(20)), agent).holes == 2


def test_another_calls_agent() -> None:
    """The neighbour's tone, 15 Hz away, is heard as wrong; the own one never."""
    assert hear(stream(QUIET(20)), stream(_sine(1000, 455)), 440).wrong == pytest.approx([455], abs=1)
    for hz in (300, 1200, 3285):
        assert hear(stream(QUIET(20)), stream(_sine(700, hz)), hz).wrong == []


def test_only_voice_packets_count() -> None:
    """Digits, RTCP and nonsense are left out."""
    rows = rtp(_sine(100))
    event = bytes([0x80, 101]) + bytes(14)
    rows += [(SECOND, 1, 2, event), (SECOND, 1, 2, b"\x81\xc8" + bytes(170)), (SECOND, 1, 2, b"x")]
    assert len(listening.stream(packets(rows)).at) == 5


def test_nobody_says_anything() -> None:
    """An empty stream has no spans, and a call without packets is no error."""
    nothing = listening.stream(packets([(0, 1, 2, b"x")]))
    assert nothing.spans(100) == []
    heard = hear(nothing, nothing, 440)
    assert (heard.packets, heard.first_audio, heard.unanswered) == (0, 0, 0)


def test_spans_join_over_short_pauses() -> None:
    """Times are those of the first and the last loud packet."""
    sound = stream(QUIET(100), _sine(100), QUIET(100), _sine(100), QUIET(500), _sine(20))
    assert sound.spans(50) == [Span(100 * MS, 180 * MS), Span(300 * MS, 380 * MS), Span(900 * MS, 900 * MS)]
    assert len(sound.spans(100)) == 2


def test_levels_are_those_of_g711() -> None:
    """The table agrees with the tests' own."""
    assert np.array_equal(listening.LEVELS, tone.ULAW_LEVELS)
