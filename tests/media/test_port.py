"""The native port beyond the contract of both: sound of 8 kHz that nobody filters, and how loud it is."""

from __future__ import annotations

import importlib
from typing import Any

import numpy as np
import pytest

from gateway.media.media_port import CALLER_RATES
from tests.equipment import tone
from tests.media import lines

pytest.importorskip("pjsua2", reason="there is no PJSIP")
pytest.importorskip("gateway.media._port", reason="the C++ modules are not built")

AGENT = 24_000


@pytest.fixture
def plane() -> Any:
    """One that does not tick."""
    return importlib.import_module("gateway.media._port").Plane()


def noise(samples: int, seed: int = 1) -> tone.Pcm:
    """Sound in which nothing repeats itself."""
    return lines.noise(samples, -20, seed)


def held(narrow: tone.Pcm) -> bytes:
    """8 kHz in the dress of 24."""
    return narrow.repeat(3).tobytes()


def said(plane: Any, port: Any, ticks: int, rate: int = 8000) -> tone.Pcm:
    """What the phone hears on a line of this rate."""
    silence = bytes(rate // 25)
    return np.frombuffer(b"".join(plane.exchange([(port, silence)])[0] for _ in range(ticks)), "<i2")


# --- a model that speaks and hears G.711 ---------------------------------------------------------------


def test_what_is_8_khz_already_leaves_as_it_is(plane: Any) -> None:
    """From its first sample on, and the silence behind it as well."""
    port, narrow = plane.port(), noise(8 * 160)
    port.play(1, held(narrow))
    np.testing.assert_array_equal(said(plane, port, 10), np.append(narrow, np.zeros(320, np.int16)))


@pytest.mark.parametrize("before", [1, 2, 100, 479])
def test_it_may_begin_anywhere_in_a_tick(plane: Any, before: int) -> None:
    """Behind other sound, of any length: from the second tick on it is untouched."""
    port, narrow = plane.port(), noise(20 * 160)
    port.play(1, noise(before, 2).tobytes())
    port.play(2, held(narrow))
    heard = said(plane, port, 24)
    assert narrow[320 : 19 * 160].tobytes() in heard.tobytes()


def test_between_one_sound_and_the_other_there_is_no_click(plane: Any) -> None:
    """A tone that goes on in the other dress, there and back."""
    port = plane.port()
    for _ in range(2):
        port.play(1, tone.sine(400, 400, rate=AGENT).tobytes())
        port.play(1, held(tone.sine(400, 400)))
    heard = said(plane, port, 80)
    assert [at for at in tone.clicks(heard) if 50 < at < 1550] == []


@pytest.mark.parametrize("rate", [16_000, 48_000])
def test_on_a_wider_line_it_has_no_images(plane: Any, rate: int) -> None:
    """What is held to fit would be heard above 4 kHz: there it is filtered."""
    port = plane.port()
    port.play(1, held(tone.sine(3000, 1000)))
    heard = said(plane, port, 45, rate)[rate // 10 :]
    assert tone.share(heard, 3000, rate=rate) > 0.999
    assert tone.level_db(heard) == pytest.approx(-15, abs=0.3)


def test_what_is_filtered_still_sounds_as_it_did(plane: Any) -> None:
    """Silence between two sounds, however long, changes nothing of the second."""
    port, sound = plane.port(), tone.sine(1000, 200, rate=AGENT)
    port.play(1, sound.tobytes())
    first = said(plane, port, 20)
    said(plane, port, 7)
    port.play(2, sound.tobytes())
    np.testing.assert_array_equal(said(plane, port, 20), first)


def test_a_caller_is_kept_narrow_where_the_model_wants_it_so(plane: Any) -> None:
    """Each sample is held for three, and none is another's."""
    port, narrow = plane.port(), noise(160)
    port.keep_narrow(True)
    plane.exchange([(port, narrow.tobytes())])
    assert port.read() == held(narrow)
    port.keep_narrow(False)
    plane.exchange([(port, narrow.tobytes())])
    assert port.read() != held(narrow)


def test_a_wide_caller_is_made_narrow(plane: Any) -> None:
    """What is above 4 kHz is left out, not folded back."""
    port = plane.port()
    port.keep_narrow(True)
    wide = lines.mixed(tone.sine(1000, 500, rate=16_000), tone.sine(6000, 500, rate=16_000))
    for tick in np.split(wide, 25):
        plane.exchange([(port, tick.tobytes())])
    heard = np.frombuffer(port.read(), "<i2")[::3][400:]
    assert tone.share(heard, 1000) > 0.999


# --- what the caller says, kept at the line's rate ------------------------------------------------------


@pytest.mark.parametrize("rate", [8000, 16_000, 24_000, 48_000])
@pytest.mark.parametrize("caller_rate", CALLER_RATES)
def test_in_whatever_portions_it_is_read_it_is_the_same(plane: Any, rate: int, caller_rate: int) -> None:
    """None of them begins anew: what was said before it is known."""
    one, other, said = plane.port(caller_rate), plane.port(caller_rate), b""
    for number, tick in enumerate(np.split(noise(rate // 50 * 30), 30)):
        plane.exchange([(one, tick.tobytes()), (other, tick.tobytes())])
        if number in {0, 1, 5, 18}:
            said += one.read()
    whole = other.read()
    assert len(whole) == 30 * caller_rate // 25
    assert said + one.read() == whole


def test_a_line_may_change_its_rate(plane: Any) -> None:
    """As with a re-INVITE: none of its ticks is lost, and all are heard at the same rate."""
    port = plane.port()
    for rate in (8000, 16_000, 48_000, 8000):
        for tick in np.split(tone.sine(1000, 200, rate=rate), 10):
            plane.exchange([(port, tick.tobytes())])
    heard = np.frombuffer(port.read(), "<i2")
    assert len(heard) == 40 * AGENT // 50
    assert tone.share(heard, 1000, rate=AGENT) > 0.99


# --- levels --------------------------------------------------------------------------------------------


def test_it_tells_how_loud_both_sides_are(plane: Any) -> None:
    """Of the last moments; nothing at all is -90 dB."""
    port = plane.port()
    assert (port.levels().caller_db, port.levels().agent_db, port.levels().caller_speaks) == (-90, -90, None)
    port.play(1, tone.sine(1000, 1000, rate=AGENT, level_db=-30).tobytes())
    for tick in np.split(tone.sine(500, 1000, level_db=-20), 50):
        plane.exchange([(port, tick.tobytes())])
    assert port.levels().caller_db == pytest.approx(-23, abs=0.2)
    assert port.levels().agent_db == pytest.approx(-33, abs=0.2)
    port.mute(True)
    for _ in range(100):
        plane.exchange([(port, tone.sine(500, 20).tobytes())])
    assert port.levels().caller_db < -70
    assert port.levels().agent_db < -70


def test_it_tells_whether_there_is_a_voice(plane: Any) -> None:
    """While somebody has it listen for one."""
    port = plane.port()
    port.detect(True)
    plane.exchange([(port, bytes(320))])
    assert port.levels().caller_speaks is False
    port.detect(False)
    assert port.levels().caller_speaks is None


def test_it_is_known_when_a_mark_was_passed(plane: Any) -> None:
    """However late that is asked: by whole ticks."""
    port = plane.port(AGENT)
    port.mark(1)
    said(plane, port, 3)
    port.mark(2)
    said(plane, port, 1)
    assert [(event.mark, event.ago_ms) for event in port.events()] == [(1, 60), (2, 0)]
