"""The agent's own voice, come back: told from a caller's, whatever its delay, loss and distortion."""

from __future__ import annotations

import numpy as np
import pytest

from tests.equipment import tone
from tests.equipment.acoustic_echo import AcousticEcho
from tests.sounds import speech

pytest.importorskip("pjsua2", reason="there is no PJSIP")
native = pytest.importorskip("gateway.media._port", reason="the C++ modules are not built")

TICK = 160
AGENT = tone.join(
    [speech("question"), tone.silence(250), speech("sum"), tone.silence(150), speech("goodbye")]
)
AFTER = 50
"""Ticks."""


class Line:
    """What was let through of a call in which the agent speaks once, a second after its beginning."""

    def __init__(
        self,
        room: AcousticEcho,
        said: tone.Pcm,
        at_ms: float = 0,
        agent: tone.Pcm = AGENT,
        joined: range = range(2**31),
    ) -> None:
        """Run it; a leg is spoken to before its caller is heard, but in ticks in which it is joined."""
        self.gate = native.EchoGate()
        ticks = 50 + len(agent) // TICK + AFTER
        caller = np.zeros(ticks * TICK, np.int16)
        start = round(at_ms / 20) * TICK
        caller[start : start + len(said)] = said
        self.let_through = np.zeros(ticks, bool)
        self.came = np.zeros_like(caller)
        for tick in range(ticks):
            span = slice(tick * TICK, (tick + 1) * TICK)
            piece = agent[(tick - 50) * TICK : (tick - 49) * TICK] if tick >= 50 else tone.silence(20)
            piece = np.pad(piece, (0, TICK - len(piece)))
            if tick not in joined:
                self.gate.said(np.repeat(piece, 3).astype("<i2").tobytes(), ahead=True)
            heard = tone.ulaw_decode(tone.ulaw_encode(room.back(caller[span])))
            self.came[span] = heard
            self.let_through[tick] = not self.gate.heard(heard.astype("<i2").tobytes())
            if tick in joined:
                self.gate.said(np.repeat(piece, 3).astype("<i2").tobytes())
            room.hear(tone.ulaw_decode(tone.ulaw_encode(piece)))

    def loud_ticks(self, above_db: float) -> np.ndarray:
        """Which ticks came so loud."""
        return np.array([tone.level_db(one) > above_db for one in self.came.reshape(-1, TICK)])


@pytest.mark.parametrize("distorted", [False, True])
@pytest.mark.parametrize(("level", "delay"), [(-14, 100), (-14, 300), (-20, 160), (-26, 250), (-32, 130)])
def test_an_echo_is_known_and_not_let_through(level: float, delay: float, distorted: bool) -> None:
    """From its first word on, but for a tick here and there."""
    line = Line(AcousticEcho(level, delay, distorted=distorted), tone.silence(0))
    echo = line.loud_ticks(-54)
    assert echo.sum() > 20
    assert (echo & line.let_through).sum() <= 2
    assert line.gate.known
    assert line.gate.delay_ms == pytest.approx(delay, abs=22)


@pytest.mark.parametrize("joined", [range(0), range(60, 90), range(90)])
def test_it_does_not_matter_whether_a_leg_is_spoken_to_before_or_after_it_is_heard(joined: range) -> None:
    """What is said in a tick comes back in a later one, so all is decided alike, joined or not."""
    said = speech("interruption")
    one, other = (Line(AcousticEcho(-20, 130), said, 2000, joined=each) for each in (range(2**31), joined))
    np.testing.assert_array_equal(other.let_through, one.let_through)
    assert other.gate.delay_ms == one.gate.delay_ms


@pytest.mark.parametrize(("level", "soonest_ms"), [(-14, 400), (-20, 250), (-32, 150)])
def test_a_caller_over_an_echo_is_heard(level: float, soonest_ms: float) -> None:
    """Most of what is said, and its beginning soon: enough to be interrupted by."""
    said = speech("interruption")
    line = Line(AcousticEcho(level, 160), said, 2000)
    span = slice(100, 100 + len(said) // TICK)
    spoken = np.array(
        [tone.level_db(one) > -40 for one in said[: len(said) // TICK * TICK].reshape(-1, TICK)]
    )
    through = line.let_through[span]
    assert (through & spoken).sum() / spoken.sum() > 0.6
    assert np.flatnonzero(through & spoken)[0] * 20 <= soonest_ms


def test_where_nothing_comes_back_a_caller_is_heard_from_the_first_sound() -> None:
    """On a line that was quiet while the agent spoke for a second."""
    said = speech("interruption")
    line = Line(AcousticEcho(-90, 100), said, 2500)
    assert line.let_through[125 : 125 + len(said) // TICK].all()
    assert not line.gate.known


def test_a_caller_who_was_first_is_heard() -> None:
    """Over the very first words of the agent, louder or softer than those, for all but a moment."""
    for gain in (1.0, 0.3):
        said = (speech("interruption") * gain).astype(np.int16)
        line = Line(AcousticEcho(-90, 100), said, 900)
        through = line.let_through[45 : 45 + len(said) // TICK]
        assert through.mean() > 0.8
        assert not line.gate.known


def test_who_answers_a_short_greeting_is_heard_from_the_first_sound() -> None:
    """A moment after its end, however softly: nothing has come back of it, and nothing will."""
    said = (speech("interruption") * 0.3).astype(np.int16)
    agent = speech("goodbye")
    at_ms = 1000 + len(agent) / 8 + 260
    line = Line(AcousticEcho(-90, 100), said, at_ms, agent=tone.join([agent, tone.silence(2500)]))
    first = round(at_ms / 20)
    assert line.let_through[first : first + len(said) // TICK].all()


def test_a_line_that_leads_back_to_us_is_no_echo() -> None:
    """As loud as we are: nobody is there, and that is for the conversation to find out."""
    line = Line(AcousticEcho(-2, 160), tone.silence(0))
    assert not line.gate.known
    assert line.let_through[75:].mean() > 0.8


def test_an_echo_that_has_gone_is_forgotten() -> None:
    """The phone was taken from the table: what comes then is the caller."""
    room = AcousticEcho(-20, 160)
    agent = tone.join([AGENT] * 2)
    loud = Line(room, tone.silence(0), agent=agent)
    assert loud.gate.known
    ticks = len(agent) // TICK
    for tick in range(ticks):  # the same agent, and a line without an echo
        piece = np.pad(agent[tick * TICK : (tick + 1) * TICK], (0, 0))
        loud.gate.heard(tone.silence(20).astype("<i2").tobytes())
        loud.gate.said(np.repeat(piece, 3).astype("<i2").tobytes())
    assert not loud.gate.known


def test_a_port_spares_the_model_an_echo() -> None:
    """If it is told to: what is read then is silence, and the detector hears no voice."""
    heard = {}
    for on in (False, True):
        plane = native.Plane()
        port = plane.port(8000)
        port.suppress_echo(on)
        port.detect(True)
        room = AcousticEcho(-16, 120)
        port.play(1, np.repeat(AGENT, 3).astype("<i2").tobytes())
        came = b""
        for _ in range(len(AGENT) // TICK + 20):
            back = tone.ulaw_decode(tone.ulaw_encode(room.back(tone.silence(20))))
            agent = np.frombuffer(port.exchange(back.astype("<i2").tobytes()), "<i2")
            room.hear(agent[::3].astype(np.int16))
            came += port.read()
        heard[on] = tone.sound_ms(np.frombuffer(came, "<i2"), floor_db=-50), len(came)
        port.close()
    assert heard[False][0] > 1000
    assert heard[True][0] < 60
    assert heard[True][1] == heard[False][1]
