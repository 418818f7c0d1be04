"""Ports that hear each other, ticked by hand: who hears whom, at which rate, nothing lost or added."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from gateway.call import AgentRole
from gateway.errors import MediaError
from gateway.media.join import MOST_JOINED, JoinRoute, routes
from gateway.media.media_port import AGENT_RATE
from tests.equipment import tone
from tests.media.conftest import made

pytestmark = pytest.mark.native

HOME_CALLER, OTHER_CALLER, AGENT, PROMPT = 500, 1000, 1500, 2500
"""Hz: what each of four voices says."""


class Table:
    """Ports of one plane, each with a line of its own rate and a caller who says something."""

    def __init__(self, *rates: int) -> None:
        self.plane: Any = made(native=True)
        self.ports = [self.plane.port() for _ in rates]
        self.rates = rates

    def join(self, role: AgentRole = AgentRole.OUT) -> Any:
        """Join the first two."""
        self.joined = self.plane.join(self.ports[:2], routes(role))
        return self.joined

    def run(self, *callers: tone.Pcm) -> list[tone.Pcm]:
        """Run as many ticks as the callers speak; return what each phone is sent."""
        ticks = [np.split(caller, len(caller) * 50 // rate) for caller, rate in self._with_rates(callers)]
        said = [
            self.plane.exchange([(port, tick.tobytes()) for port, tick in zip(self.ports, now, strict=True)])
            for now in zip(*ticks, strict=True)
        ]
        return [np.frombuffer(b"".join(each), "<i2") for each in zip(*said, strict=True)]

    def _with_rates(self, callers: tuple[tone.Pcm, ...]) -> Any:
        return zip(callers, self.rates, strict=True)

    def silence(self, ms: int) -> list[tone.Pcm]:
        """Return callers who say nothing."""
        return [tone.silence(ms, rate=rate) for rate in self.rates]

    def ear(self, port: int) -> tone.Pcm:
        """Return what an agent has heard since the last time."""
        return np.frombuffer(self.ports[port].read(), "<i2")


def noise(ms: int, rate: int, seed: int, level: float = 3000) -> tone.Pcm:
    """Return noise in which each sample can be told from all others."""
    return np.random.default_rng(seed).normal(0, level, rate * ms // 1000).astype(np.int16)


def heard(pcm: tone.Pcm, rate: int) -> set[int]:
    """Return which of the four voices are in the later part of what was heard."""
    late = pcm[len(pcm) // 3 :]
    if tone.level_db(late) < -60:
        return set()
    voices = (HOME_CALLER, OTHER_CALLER, AGENT, PROMPT)
    return {hertz for hertz in voices if tone.share(late, hertz, rate=rate) > 0.1}


@pytest.mark.parametrize("rate", [8000, 16000])
def test_two_of_one_rate_hear_each_other_sample_by_sample_in_the_same_tick(rate: int) -> None:
    """Nothing is changed and nothing comes later; the first tick alone is too early."""
    table = Table(rate, rate)
    table.join()
    one, other = noise(400, rate, 1), noise(400, rate, 2)
    to_one, to_other = table.run(one, other)
    first = rate // 50
    np.testing.assert_array_equal(to_one[first:], other[first:])
    np.testing.assert_array_equal(to_other[first:], one[first:])


@pytest.mark.parametrize(("one", "other"), [(8000, 16000), (8000, 48000), (16000, 24000), (48000, 8000)])
def test_each_hears_the_other_at_its_own_rate(one: int, other: int) -> None:
    """A tone keeps its pitch, its level within 0.1 dB, and comes 3 ms later at most, by the filter."""
    table = Table(one, other)
    table.join()
    talk = [tone.sine(HOME_CALLER, 400, rate=one), tone.sine(OTHER_CALLER, 400, rate=other)]
    to_one, to_other = table.run(*talk)
    for said, to, rate, hertz in (
        (talk[1], to_one, one, OTHER_CALLER),
        (talk[0], to_other, other, HOME_CALLER),
    ):
        middle = to[len(to) // 4 : len(to) * 3 // 4]
        assert tone.share(middle, hertz, rate=rate) > 0.999
        assert tone.level_db(middle) == pytest.approx(tone.level_db(said), abs=0.1)


EARS = {HOME_CALLER, OTHER_CALLER}


@pytest.mark.parametrize(
    ("role", "home", "other", "ear"),
    [
        (AgentRole.OUT, {OTHER_CALLER, AGENT}, {HOME_CALLER, PROMPT}, set()),
        (AgentRole.LISTENS, {OTHER_CALLER}, {HOME_CALLER, PROMPT}, EARS),
        (AgentRole.WHISPERS, {OTHER_CALLER, AGENT}, {HOME_CALLER, PROMPT}, EARS),
        (AgentRole.WHISPERS_ACROSS, {OTHER_CALLER}, {HOME_CALLER, AGENT, PROMPT}, EARS),
        (AgentRole.TALKS, {OTHER_CALLER, AGENT}, {HOME_CALLER, AGENT, PROMPT}, EARS),
    ],
)
@pytest.mark.parametrize("rates", [(8000, 8000), (8000, 16000), (16000, 8000)])
def test_who_hears_whom(
    rates: tuple[int, int], role: AgentRole, home: set[int], other: set[int], ear: set[int]
) -> None:
    """Each role lets be heard whom it says, and nobody else; the other leg's agent never hears."""
    table = Table(*rates)
    table.join(role)
    table.run(*table.silence(20))
    for place in (0, 1):
        table.ear(place)  # of the first tick
    for port, hertz in zip(table.ports, (AGENT, PROMPT), strict=True):
        port.play(1, tone.sine(hertz, 600, rate=AGENT_RATE, level_db=-15).tobytes())
    callers = zip((HOME_CALLER, OTHER_CALLER), rates, strict=True)
    to_home, to_other = table.run(
        *(tone.sine(hertz, 600, rate=rate, level_db=-15) for hertz, rate in callers)
    )
    assert heard(to_home, rates[0]) == home
    assert heard(to_other, rates[1]) == other
    assert heard(table.ear(0), AGENT_RATE) == ear
    assert heard(table.ear(1), AGENT_RATE) == set()


def test_a_role_changes_without_a_seam() -> None:
    """From whispering to talking, and nobody misses a sample of the others."""
    table = Table(8000, 8000)
    join = table.join(AgentRole.WHISPERS)
    one, other = noise(200, 8000, 1), noise(200, 8000, 2)
    _, before = table.run(one, other)
    join.route(routes(AgentRole.TALKS))
    to_one, after = table.run(one, other)
    np.testing.assert_array_equal(to_one, other)
    np.testing.assert_array_equal(np.concatenate([before, after])[160:], np.concatenate([one, one])[160:])
    assert len(table.ear(0)) == 400 * 24


def test_what_is_said_while_nobody_is_to_hear_it_waits() -> None:
    """A listening agent's words are heard when it may talk, unless they are flushed."""
    table = Table(8000, 8000)
    join = table.join(AgentRole.LISTENS)
    table.ports[0].play(1, tone.sine(AGENT, 100, rate=AGENT_RATE).tobytes())
    assert not any(said.any() for said in table.run(*table.silence(200)))
    join.route(routes(AgentRole.TALKS))
    assert all(tone.sound_ms(said) >= 90 for said in table.run(*table.silence(200)))
    table.ports[0].play(2, tone.sine(AGENT, 100, rate=AGENT_RATE).tobytes())
    join.route(routes(AgentRole.LISTENS))
    table.ports[0].flush()
    table.run(*table.silence(20))
    join.route(routes(AgentRole.TALKS))
    assert not any(said.any() for said in table.run(*table.silence(200)))


@pytest.mark.parametrize("rate", [8000, 16000, 24000, 48000])
def test_an_agent_hears_every_tick_once_whatever_is_joined_and_parted(rate: int) -> None:
    """Joined, parted, joined again: its own caller goes on, without gap or seam, and without a tick twice."""
    table = Table(rate, rate)
    said: list[tone.Pcm] = []
    quiet = tone.silence(100, rate=rate)
    for turn in range(4):
        join = table.join(AgentRole.LISTENS) if turn % 2 else None
        said.append(noise(100, rate, turn))
        table.run(said[-1], quiet)
        if join is not None:
            join.part()
    lone = Table(rate)
    lone.run(np.concatenate(said))
    np.testing.assert_array_equal(table.ear(0), lone.ear(0))


def test_loud_voices_are_cut_off_and_do_not_wrap_around() -> None:
    """Two callers and an agent at full scale are as loud as can be, on the right side of zero."""
    plane: Any = made(native=True)
    ports = [plane.port() for _ in range(3)]
    everybody = [JoinRoute((0, 1, 2), (0, 1, 2), (0, 1, 2)) for _ in ports]
    join = plane.join(ports, everybody)
    loud = np.full(160, 30_000, np.int16)
    for _ in range(5):
        for port in ports:
            port.play(1, np.full(480, 30_000, np.int16).tobytes())
        said = plane.exchange([(port, loud.tobytes()) for port in ports])
    assert all((np.frombuffer(each, "<i2") == 32767).all() for each in said)
    assert (np.frombuffer(ports[0].read(), "<i2")[-480:] == 32767).all()
    join.part()


def test_three_hear_each_other_and_nobody_himself() -> None:
    """A join is not only for two."""
    plane: Any = made(native=True)
    ports = [plane.port() for _ in range(3)]
    join = plane.join(ports, [JoinRoute((0, 1, 2), (), (0,)) for _ in ports])
    callers = [noise(100, 8000, seed, 900) for seed in range(3)]
    said = [b"", b"", b""]
    for tick in range(5):
        now = [each[tick * 160 : (tick + 1) * 160].tobytes() for each in callers]
        for place, sent in enumerate(plane.exchange(list(zip(ports, now, strict=True)))):
            said[place] += sent
    for place in range(3):
        others = sum(callers[k].astype(np.int32) for k in range(3) if k != place)
        np.testing.assert_array_equal(np.frombuffer(said[place], "<i2")[160:], np.asarray(others)[160:])
    join.part()


@pytest.mark.parametrize("how", ["parted", "closed", "let go"])
def test_after_a_join_each_is_alone_again(how: str) -> None:
    """With its own agent, which hears its own caller; be it parted, or one of them closed."""
    table = Table(8000, 8000)
    join = table.join()
    table.run(noise(100, 8000, 1), noise(100, 8000, 2))
    if how == "parted":
        join.part()
    elif how == "closed":
        table.ports[1].close()
    else:
        del join, table.joined
    table.ports[0].play(1, tone.sine(AGENT, 500, rate=AGENT_RATE).tobytes())
    table.ear(0)
    to_home, _ = table.run(tone.sine(HOME_CALLER, 500), tone.sine(OTHER_CALLER, 500))
    assert heard(to_home, 8000) == {AGENT}
    assert heard(table.ear(0), AGENT_RATE) == {HOME_CALLER}


def test_a_muted_caller_is_heard_by_nobody_without_a_click() -> None:
    """Not by the leg that is joined, not by an agent that listens; then again, faded in."""
    table = Table(8000, 16000)
    table.join(AgentRole.LISTENS)
    speech = tone.sine(HOME_CALLER, 300)
    table.run(speech, tone.silence(300, rate=16000))
    table.ear(0)
    table.ports[0].mute(True)
    _, muting = table.run(speech, tone.silence(300, rate=16000))
    assert not muting[16000 * 60 // 1000 :].any()
    assert tone.sound_ms(table.ear(0), rate=AGENT_RATE) <= 60
    table.ports[0].mute(False)
    _, back = table.run(speech, tone.silence(300, rate=16000))
    assert heard(back, 16000) == {HOME_CALLER}
    assert tone.clicks(np.concatenate([muting, back]), rate=16000)[1:-1] == []  # the cuts of the recording


@pytest.mark.parametrize("count", [0, 1, MOST_JOINED + 1])
def test_refuses_what_is_no_join(count: int) -> None:
    """One is no company, and nine are a conference."""
    plane: Any = made(native=True)
    ports = [plane.port() for _ in range(count)]
    with pytest.raises(ValueError, match="2 to 8"):
        plane.join(ports, [JoinRoute((), (), ())] * count)


@pytest.mark.parametrize("hears", [[JoinRoute((), (), ())], [JoinRoute((2,), (), ()), JoinRoute((), (), ())]])
def test_refuses_routes_that_do_not_fit(hears: list[JoinRoute]) -> None:
    """One for each, and to nobody who is not there."""
    plane: Any = made(native=True)
    with pytest.raises(ValueError, match="route"):
        plane.join([plane.port(), plane.port()], hears)


def test_portable_mode_says_that_it_cannot() -> None:
    """And what to do about it."""
    plane = made(native=False)
    with pytest.raises(MediaError, match="portable mode joins no legs"):
        plane.join([plane.port(), plane.port()], routes(AgentRole.OUT))
