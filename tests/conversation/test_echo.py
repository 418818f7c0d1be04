"""One's own words are known again however late and weak they come back, and nobody else's for them."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from gateway.call import CallerStartedSpeaking, CallerStoppedSpeaking, CallerVoice, Digit, Flush, Pause, Play
from gateway.conversation.echo import BEFORE_S, HEEDED, LATEST_S, EchoEar
from tests.equipment import tone
from tests.equipment.matched_kinds import matched_kinds

RATE = 24_000
FRAME = RATE // 50
Sound = NDArray[np.float64]


def voice(seed: int, seconds: float) -> Sound:
    """Make something like speech: noise of the telephone's band, in syllables of changing pitch."""
    rng = np.random.default_rng(seed)
    count = round(seconds * RATE)
    spectrum = np.fft.rfft(rng.standard_normal(count))
    hertz = np.fft.rfftfreq(count, 1 / RATE)
    spectrum[(hertz < 200) | (hertz > 1500 + 300 * (seed % 5))] = 0
    noise = np.fft.irfft(spectrum, count)
    syllables = np.repeat(rng.uniform(0.2, 1, count // 3600 + 1), 3600)[:count]
    return np.asarray(noise * syllables / np.abs(noise).max() * 12_000)


def line(sound: Sound) -> Sound:
    """Send it over a G.711 line: 8 kHz, mu-law."""
    return np.repeat(tone.ulaw_decode(tone.ulaw_encode(sound[::3].astype(np.int16))).astype(float), 3)


class Line:
    """A call of which each side's sound is written down and then played to the ear, frame by frame."""

    def __init__(self, *, by_voice: bool = False) -> None:
        self.ear = EchoEar(by_voice=by_voice)
        self.by_voice = by_voice
        self.now = 100.0
        self.sent = np.zeros(RATE * 120)
        self.comes = np.zeros(RATE * 120)
        self.held = np.zeros(0)

    def at(self, seconds: float = 0.0) -> int:
        """Return where so long after now is."""
        return round((self.now - 100 + seconds) * RATE)

    def say(self, sound: Sound) -> None:
        """Let the agent say something, all of which is there at once."""
        self.sent[self.at() : self.at() + len(sound)] = sound
        pcm = sound.astype("<i2").tobytes()
        for start in range(0, len(pcm), 9600):
            self.ear.ordered(Play("item", pcm[start : start + 9600]), self.now)

    def hush(self) -> None:
        """Silence the agent."""
        self.sent[self.at() :] = 0
        self.ear.ordered(Flush(), self.now)

    def pause(self, *, on: bool) -> None:
        """Hold the agent back where they are, or let them go on."""
        if on:
            self.held = self.sent[self.at() :].copy()
            self.sent[self.at() :] = 0
        else:
            self.sent[self.at() :] = self.held[: len(self.sent) - self.at()]
        self.ear.ordered(Pause(on=on), self.now)

    def echo(self, delay: float, gain: float = 1.0) -> None:
        """Send back all that the agent has said or will have."""
        late = np.concatenate((np.zeros(round(delay * RATE)), line(self.sent)))
        self.comes = late[: len(self.comes)] * gain

    def passes(self, seconds: float) -> None:
        """Let time pass."""
        for _ in range(round(seconds * 50)):
            frame = self.comes[self.at() : self.at() + FRAME]
            self.now += 0.02
            self.ear.heard.put(frame.astype("<i2").tobytes())
            self.ear.compare(self.now)

    def turn(self, *, on: bool) -> bool:
        """Tell the ear of a turn."""
        if self.by_voice:
            return self.ear.on_fact(CallerVoice(on=on), self.now)
        return self.ear.on_fact(CallerStartedSpeaking("c") if on else CallerStoppedSpeaking("c"), self.now)

    def echoed(self, seed: int, delay: float, gain: float = 1.0, *, interrupted: bool = True) -> bool:
        """Let the agent speak, and its echo interrupt it or not; return whether that was known."""
        self.say(voice(seed, 3.0))
        self.echo(delay, gain)
        self.passes(delay + 0.2)
        self.turn(on=True)
        if interrupted:
            self.hush()
            self.echo(delay, gain)
        self.passes(delay + 0.5 if interrupted else 3.5)
        known = self.turn(on=False)
        self.passes(0.3)
        return known


@pytest.mark.parametrize("interrupted", [True, False])
@pytest.mark.parametrize("gain", [1.0, 0.3])
@pytest.mark.parametrize("delay", [0.04, 0.3, 1.2, 2.5])
def test_an_echo_is_known(delay: float, gain: float, interrupted: bool) -> None:
    """Each turn of it, whether it interrupts the agent or the agent speaks to the end."""
    call = Line()
    for times in (1, 2, 3):
        assert call.echoed(times, delay, gain, interrupted=interrupted)
        assert call.ear.times == times


def test_our_own_detector_may_find_the_turns() -> None:
    """Then only its word counts, else only the session's."""
    call = Line(by_voice=True)
    assert call.echoed(1, 0.2)
    assert call.ear.times == 1
    call.by_voice = False
    assert not call.echoed(2, 0.2)
    assert call.ear.times == 1


def test_a_tone_is_known() -> None:
    """Though it is like itself at many delays."""
    call = Line()
    for times in (1, 2, 3):
        call.say(np.asarray(tone.sine(440, 3000, rate=RATE), float))
        call.echo(0.1)
        call.passes(0.4)
        call.turn(on=True)
        call.hush()
        call.echo(0.1)
        call.passes(1)
        assert call.turn(on=False)
        assert call.ear.times == times


def answered(call: Line, sound: Sound, *, after: float) -> bool:
    """Let a caller speak so long after the agent has begun."""
    call.say(voice(77, 2.0))
    at = call.at(after)
    call.comes[at : at + len(sound)] += line(sound)
    call.passes(after + 0.2)
    call.turn(on=True)
    call.passes(len(sound) / RATE + 0.4)
    return call.turn(on=False)


@pytest.mark.parametrize("after", [0.3, 1.5, 2.2])
@pytest.mark.parametrize("seed", range(5, 15))
def test_another_voice_is_no_echo(seed: int, after: float) -> None:
    """Neither over the agent nor after it."""
    call = Line()
    assert not answered(call, voice(seed, 1.5), after=after)
    assert call.ear.times == 0


def test_a_caller_counts_against_it() -> None:
    """Whoever says something of their own takes one back; who presses a key is somebody."""
    call = Line()
    assert call.echoed(1, 0.2)
    assert call.echoed(2, 0.2)
    assert not answered(call, voice(5, 1.5), after=1.0)
    assert call.ear.times == 1
    assert not answered(call, voice(6, 1.5), after=1.0)
    assert not answered(call, voice(7, 1.5), after=1.0)
    assert call.ear.times == 0
    assert call.echoed(3, 0.2)
    call.ear.on_fact(Digit("1"), call.now)
    assert call.ear.times == 0
    assert call.echoed(4, 0.2)
    assert call.ear.times == 1


def test_a_torn_turn_does_not_begin_anew() -> None:
    """A busy machine or a bad line tears each fifth turn, and the agent is found out all the same."""
    call = Line()
    times = []
    for turn in range(1, 7):
        if turn == 4:
            assert not answered(call, voice(5, 1.5), after=1.0)
        assert call.echoed(turn, 0.2)
        times.append(call.ear.times)
    assert times == [1, 2, 3, 3, 4, 5]


def test_an_agent_that_pauses_and_goes_on_knows_both_halves() -> None:
    """What is held back while it is found out who speaks has not been said yet, and may be said later."""
    call = Line()
    call.say(voice(1, 3.0))
    call.echo(0.1)
    call.passes(0.3)
    call.turn(on=True)
    call.pause(on=True)
    call.echo(0.1)
    call.passes(0.9)
    assert call.turn(on=False)
    call.pause(on=False)
    call.echo(0.1)
    call.passes(0.5)
    call.turn(on=True)
    call.passes(2.5)
    assert call.turn(on=False)
    assert call.ear.times == 2


def test_what_was_held_back_and_taken_back_was_never_said() -> None:
    """A pause that ends in a flush: what the next answer says is where it was said."""
    call = Line()
    for times in (1, 2, 3):
        call.say(voice(times, 3.0))
        call.echo(0.1)
        call.passes(0.3)
        call.turn(on=True)
        call.pause(on=True)
        call.echo(0.1)
        call.passes(0.6)
        assert call.turn(on=False)
        call.hush()
        assert call.ear.times == times


def test_another_delay_counts_against_it() -> None:
    """An echo does not change its distance."""
    call = Line()
    assert call.echoed(1, 0.2)
    assert call.echoed(2, 1.0)
    assert call.ear.times == 1
    assert call.echoed(3, 1.0)
    assert call.echoed(4, 0.3)
    assert call.ear.times == 1


def test_a_room_in_which_the_agent_is_heard_is_no_echo() -> None:
    """A caller sits in it, and speaks louder than that; nor is an answer over it one."""
    call = Line()
    assert not call.echoed(1, 0.1, 0.1)
    call.say(voice(2, 2.0))
    call.echo(0.1, 0.3)
    own = line(voice(9, 1.5))
    call.comes[call.at(0.5) : call.at(0.5) + len(own)] += own
    call.passes(0.8)
    call.turn(on=True)
    call.passes(2.5)
    assert not call.turn(on=False)


def test_nothing_is_no_echo() -> None:
    """A turn without a sound, one as short as a click, one that never began, and one after a long time."""
    call = Line()
    call.say(voice(1, 2.0))
    call.passes(0.2)
    call.turn(on=True)
    assert not call.turn(on=False)
    call.passes(BEFORE_S)
    call.turn(on=True)
    assert not call.turn(on=False)
    assert not call.turn(on=False)
    call.echo(LATEST_S + 2)
    call.passes(LATEST_S + 2)
    call.turn(on=True)
    call.passes(1.5)
    assert not call.turn(on=False)


def test_what_is_kept_is_bounded() -> None:
    """A turn without an end and an agent without a pause take no more room than a few seconds."""
    call = Line()
    call.turn(on=True)
    for second in range(60):
        call.say(voice(second, 1.0))
        call.passes(1.0)
    assert len(call.ear.heard.codes()) <= 4 * 4000
    assert sum(len(sound) for _, sound in call.ear._said._pieces) <= 8 * 4000


def test_of_a_long_answer_the_beginning_is_let_go_before_its_end() -> None:
    """It came in one piece; a caller who says a word now and then lets go of what nobody asks for."""
    ear = EchoEar(by_voice=False)
    ear.ordered(Play("item", bytes(30 * 48_000)), 100.0)
    for began in range(105, 130, 5):
        ear.on_fact(CallerStartedSpeaking("turn"), began)
        ear.on_fact(CallerStoppedSpeaking("turn"), began + 0.5)
        left = 130 - began + BEFORE_S + LATEST_S
        assert sum(len(sound) for _, sound in ear._said._pieces) <= (left + 1) * 4000


def test_words_that_ended_long_ago_are_let_go() -> None:
    """The caller speaks after a minute in which nobody did: nothing of what was said is left to compare."""
    ear = EchoEar(by_voice=False)
    ear.ordered(Play("item", bytes(48_000)), 0.0)
    ear.ordered(Flush(), 60.0)
    ear.ordered(Play("item", bytes(48_000)), 61.0)
    ear.ordered(Play("next", bytes(48_000)), 200.0)
    ear.ordered(Flush(), 200.5)


def test_it_is_told_of_all_facts_that_it_follows() -> None:
    """Of what it has a case for."""
    assert matched_kinds(EchoEar.on_fact) <= HEEDED
