from __future__ import annotations

from gateway.audio import BYTES_PER_MS
from gateway.realtime.continuity.unanswered_audio import MOST_MS, PADDING_MS, UnansweredAudio
from gateway.realtime.g711 import levels


def sound(number: int) -> bytes:
    """Return 20 ms in one of the levels of mu-law, which are kept as they are."""
    return levels("pcmu")[number % 127].tobytes() * (20 * BYTES_PER_MS // 2)


def heard(hearing: UnansweredAudio, first: int, last: int) -> None:
    for number in range(first, last):
        hearing.kept.put(sound(number))


def sounds(first: int, last: int) -> bytes:
    return b"".join(map(sound, range(first, last)))


def test_a_turn_is_cut_out_of_what_was_heard() -> None:
    """From where the server says it began to where it says it ended."""
    hearing = UnansweredAudio()
    heard(hearing, 0, 100)
    hearing.turn_began(1600)
    heard(hearing, 100, 200)
    assert hearing.turn_ended(3000).pcm() == sounds(80, 150)
    hearing.sign_of_life()
    assert hearing.unanswered() == b""


def test_an_open_turn_is_unanswered() -> None:
    """The next session hears it from its beginning; between turns there is nothing to be heard again."""
    hearing = UnansweredAudio()
    heard(hearing, 0, 100)
    hearing.sign_of_life()
    assert hearing.unanswered() == b""
    hearing.turn_began(1990)
    heard(hearing, 100, 110)
    assert hearing.unanswered() == sounds(99, 110)[10 * BYTES_PER_MS :]


def test_a_position_is_some_time_ago() -> None:
    """Counted back from what was sent last; what cannot be, such as a position that nobody tells, is now."""
    hearing = UnansweredAudio()
    heard(hearing, 0, 1000)
    assert hearing.ago_ms(19_400) == 600
    assert [hearing.ago_ms(position) for position in (0, 5, 20_000, 30_000)] == [0, 0, 0, 0]


def test_little_is_kept_while_nobody_speaks() -> None:
    """A second of silence, not an hour of it, as long as the session gives signs of life."""
    hearing = UnansweredAudio()
    heard(hearing, 0, 9_990)
    hearing.sign_of_life()
    heard(hearing, 9_990, 10_000)
    hearing.sign_of_life()
    assert len(hearing.kept) == PADDING_MS * BYTES_PER_MS
    hearing.turn_began(199_500)
    assert hearing.unanswered() == sounds(9975, 10_000)
    hearing.turn_ended(200_000)
    heard(hearing, 0, 100)
    hearing.sign_of_life()
    assert len(hearing.kept) == PADDING_MS * BYTES_PER_MS


def test_a_dead_line_has_heard_nothing() -> None:
    """What was sent since the last sign of life is unanswered, ten seconds of it at most."""
    hearing = UnansweredAudio()
    heard(hearing, 0, 100)
    hearing.sign_of_life()
    heard(hearing, 100, 400)
    assert hearing.unanswered() == sounds(100, 400)
    heard(hearing, 400, 700)
    assert hearing.unanswered() == sounds(200, 700)
    assert len(hearing.kept) == MOST_MS * BYTES_PER_MS


def test_a_speech_without_end_is_not_kept_whole() -> None:
    """Ten seconds of it."""
    hearing = UnansweredAudio()
    hearing.turn_began(0)
    heard(hearing, 0, 2000)
    assert len(hearing.unanswered()) == MOST_MS * BYTES_PER_MS
    assert len(hearing.turn_ended(40_000)) == MOST_MS * BYTES_PER_MS


def test_a_new_session_counts_from_what_it_hears_first() -> None:
    """What is played to it at once is kept until it can have found the turns in it."""
    hearing = UnansweredAudio()
    heard(hearing, 0, 500)
    hearing.begin_again(sounds(0, 200))
    heard(hearing, 200, 210)
    hearing.turn_began(100)
    assert hearing.unanswered() == sounds(5, 210)
    hearing.begin_again()
    heard(hearing, 0, 10)
    hearing.turn_began(0)
    assert hearing.unanswered() == sounds(0, 10)


def test_an_end_without_a_beginning_gives_nothing() -> None:
    """Some servers tell only one of the two."""
    assert UnansweredAudio().turn_ended(100).pcm() == b""


def test_the_last_moment_can_be_heard_again() -> None:
    """As much as there is."""
    hearing = UnansweredAudio()
    assert hearing.last(300) == b""
    heard(hearing, 0, 20)
    assert hearing.last(300) == sounds(5, 20)
    assert hearing.last(1000) == sounds(0, 20)


def test_a_turn_of_ours_is_what_was_sent_since_the_last_one() -> None:
    """Whatever signs of life the session gives meanwhile; once committed, it is the history's."""
    hearing = UnansweredAudio()
    hearing.begin_again(sounds(0, 5), turns_are_ours=True)
    heard(hearing, 5, 100)
    hearing.sign_of_life()
    assert hearing.unanswered() == sounds(0, 100)
    assert hearing.committed().pcm() == sounds(0, 100)
    assert (hearing.unanswered(), hearing.committed().pcm()) == (b"", b"")
    heard(hearing, 100, 110)
    assert hearing.unanswered() == sounds(100, 110)


def test_a_long_turn_of_ours_is_not_kept_whole() -> None:
    """Ten seconds of it, as of any other."""
    hearing = UnansweredAudio()
    hearing.begin_again(turns_are_ours=True)
    heard(hearing, 0, 600)
    assert hearing.unanswered() == hearing.committed().pcm() == sounds(100, 600)
    assert len(hearing.kept) == 0
