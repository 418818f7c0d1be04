"""Recorded calls with one fault each at a known place, of every kind that the ear knows; and clean ones.

By voice and seed: the same always. Whoever plants a fault says what the ear has to call it, and at which
second.
"""

from __future__ import annotations

import wave
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
import soxr

from gateway.ear.measurement import measure
from gateway.ear.stereo import StereoCall
from gateway.loadtest.caller_audio import RATE
from tests.equipment import tone
from tests.equipment.spoken_calls import Pcm, SpokenCall, levelled, sentences
from tests.equipment.voices import VOICES

RECORDED = "recorded"
"""The voice of Debian's prompts, a person's; the others are those of `VOICES`."""
TEXTS = (
    "Good morning, and thank you for calling. How can I help you today?",
    "We are open from Monday to Friday, between nine and half past five.",
    "Your order left our warehouse yesterday, and should be with you soon.",
    "One moment please, I will look that up for you.",
    "I would like to know whether you are open on Sunday.",
    "Could you tell me how much a new bicycle costs?",
)
SOUNDS = Path(__file__).parents[2] / "gateway" / "calls" / "sounds"


@dataclass(frozen=True, slots=True)
class Planted:
    """A recording, and what has to be heard in it: its complaint and second; None where nothing may be."""

    call: StereoCall
    what: str | None = None
    at: float = 0.0
    within: float = 0.3
    """Seconds by which the place may be off: words fade out."""
    also: frozenset[str] = frozenset()
    """What may be complained of as well, as it comes of the same."""


@dataclass(frozen=True, slots=True)
class Speakers:
    """What each side can say."""

    agent: Sequence[Pcm]
    caller: Sequence[Pcm]


Made = Callable[[Speakers, np.random.Generator], Planted]


@cache
def words_of(voice: str) -> tuple[Pcm, ...]:
    """Return sentences of a voice at 8 kHz and one level, without silence at their ends."""
    if voice == RECORDED:
        return tuple(sentences())
    said = (np.frombuffer(VOICES[voice](text), np.int16) for text in TEXTS)
    return tuple(levelled(soxr.resample(pcm, 24_000, RATE)) for pcm in said)


def _talk(said: Speakers, rng: np.random.Generator, sides: str = "acaca") -> SpokenCall:
    """Return a call without a fault: a is the agent, c the caller."""
    call = SpokenCall()
    for who in sides:
        pcm = _any(said.agent if who == "a" else said.caller, rng)
        gain, pause = float(rng.uniform(0.7, 1.3)), float(rng.uniform(0.3, 1.2))
        call.say("agent" if who == "a" else "caller", (pcm * gain).astype(np.int16), pause)
    return call


def _any(said: Sequence[Pcm], rng: np.random.Generator) -> Pcm:
    return said[int(rng.integers(len(said)))]


def _loudest(pcm: Pcm, first: int, last: int) -> int:
    """Return where the loudest 10 ms between two samples begin."""
    frames = pcm[first : first + (last - first) // 80 * 80].reshape(-1, 80).astype(np.float64)
    return first + 80 * int(np.argmax(np.mean(np.square(frames), axis=1)))


# --- faults ------------------------------------------------------------------------------------------


def _first_word_cut(said: Speakers, rng: np.random.Generator) -> Planted:
    call, pcm = _talk(said, rng, "ac"), _any(said.agent, rng)
    began = call.say("agent", pcm[_loudest(pcm, 0, RATE // 2) :])
    call.say("caller", _any(said.caller, rng))
    call.say("agent", _any(said.agent, rng))
    return Planted(call.recorded(), "clipped_start", began / RATE, 0.02)


def _last_word_cut(said: Speakers, rng: np.random.Generator) -> Planted:
    call, pcm = _talk(said, rng, "ac"), _any(said.agent, rng)
    cut = _loudest(pcm, len(pcm) - RATE // 2, len(pcm)) + 80
    began = call.say("agent", pcm[:cut])
    call.say("caller", _any(said.caller, rng), 1.0)
    call.say("agent", _any(said.agent, rng))
    return Planted(call.recorded(), "clipped_end", (began + cut) / RATE, 0.02)


def _dead_air(said: Speakers, rng: np.random.Generator) -> Planted:
    call = _talk(said, rng, "aca")
    call.say("caller", _any(said.caller, rng))
    at = call.end / RATE
    call.say("agent", _any(said.agent, rng), float(rng.uniform(2.3, 5)))
    return Planted(call.recorded(), "dead_air", at)


def _nobody_answers(said: Speakers, rng: np.random.Generator) -> Planted:
    call = SpokenCall()
    call.say("agent", _any(said.agent, rng), float(rng.uniform(2.3, 4)))
    call.say("caller", _any(said.caller, rng))
    call.say("agent", _any(said.agent, rng))
    return Planted(call.recorded(), "dead_air", 0.0)


def _talked_over(said: Speakers, rng: np.random.Generator) -> Planted:
    call = _talk(said, rng, "ac")
    began = call.say("agent", np.concatenate(said.agent[:3]))
    at = began + round(float(rng.uniform(0.8, 1.6)) * RATE)
    call.sides["caller"].append((at, _any(said.caller, rng)[: round(1.8 * RATE)]))
    return Planted(call.recorded(), "talk_over", at / RATE)


def _broken_in(said: Speakers, rng: np.random.Generator) -> Planted:
    call = _talk(said, rng, "a")
    began = call.say("caller", np.concatenate(said.caller[:2]))
    at = began + round(float(rng.uniform(0.8, 1.6)) * RATE)
    call.sides["agent"].append((at, _any(said.agent, rng)))
    return Planted(call.recorded(), "break_in", at / RATE, also=frozenset({"talk_over"}))


def _slow_to_give_way(said: Speakers, rng: np.random.Generator) -> Planted:
    call = _talk(said, rng, "ac")
    pcm = np.concatenate(said.agent[:2])
    goes_on = round(float(rng.uniform(0.65, 0.95)) * RATE)
    stops = _loudest(pcm, goes_on + RATE // 2, goes_on + RATE) + 80
    began = call.say("agent", _faded(pcm[:stops]))
    at = began + stops - goes_on
    call.sides["caller"].append((at, said.caller[3]))
    call.end = at + len(said.caller[3])
    call.say("agent", said.agent[2])
    return Planted(call.recorded(), "barge_in", at / RATE, 0.2)


def _silenced_by_nothing(said: Speakers, rng: np.random.Generator) -> Planted:
    """A knock of 0.1 s silences the agent in mid-word, who goes on a second later."""
    call = _talk(said, rng, "ac")
    pcm = np.concatenate(said.agent[:2])
    stops = _loudest(pcm, RATE, 2 * RATE) + 80
    began = call.say("agent", _faded(pcm[:stops]))
    at = began + stops - round(0.15 * RATE)
    knock = (rng.normal(0, 1, 800) * 6000 * np.exp(-np.arange(800) / 250)).astype(np.int16)
    call.sides["caller"].append((at, knock))
    call.say("agent", said.agent[2], 1.0)
    return Planted(call.recorded(), "false_barge_in", at / RATE, 0.1)


def _faded(pcm: Pcm) -> Pcm:
    """Return a sound with its last 4.5 ms faded out, as the gateway falls silent."""
    out = pcm.copy()
    out[-36:] = (out[-36:] * np.linspace(1, 0, 36)).astype(np.int16)
    return out


def _click(said: Speakers, rng: np.random.Generator) -> Planted:
    call = _talk(said, rng)
    agent = call.sides["agent"]
    start, pcm = agent[int(rng.integers(len(agent)))]
    # In a soft place of a word, or in the silence behind it: on a vowel's loudest nobody hears it either.
    frames = np.abs(pcm[800 : len(pcm) // 160 * 160 - 800].reshape(-1, 160)).max(axis=1)
    soft = 800 + 160 * int(np.argsort(frames)[int(rng.integers(len(frames) // 3))]) + 80
    at = start + int(rng.choice([soft, len(pcm) + 600]))
    height = int(rng.choice([-1, 1]) * rng.integers(11_000, 20_000))

    def spoil(side: Pcm) -> None:
        side[at] = height

    return Planted(call.recorded(spoil), "click", at / RATE, 0.002)


def _one_too_soft(said: Speakers, rng: np.random.Generator) -> Planted:
    call = _talk(said, rng, "acac")
    began = call.say("agent", (_any(said.agent, rng) * float(rng.uniform(0.1, 0.18))).astype(np.int16))
    return Planted(call.recorded(), "level", began / RATE, 0.4)


def _all_too_soft(said: Speakers, rng: np.random.Generator) -> Planted:
    call, gain = _talk(said, rng), float(rng.uniform(0.08, 0.18))
    call.sides["agent"] = [(at, (pcm * gain).astype(np.int16)) for at, pcm in call.sides["agent"]]
    return Planted(call.recorded(), "level", call.sides["agent"][0][0] / RATE, 0.4)


def _overdriven(said: Speakers, rng: np.random.Generator) -> Planted:
    call = _talk(said, rng)

    def spoil(side: Pcm) -> None:
        side[:] = np.clip(side.astype(np.int32) * int(rng.integers(12, 25)), -32768, 32767)

    return Planted(call.recorded(spoil), "overdriven", within=30.0, also=frozenset({"level"}))


def _packet_lost(said: Speakers, rng: np.random.Generator) -> Planted:
    call = _talk(said, rng, "ac")
    pcm = _any(said.agent, rng).copy()
    level = np.convolve(np.abs(pcm.astype(np.float64)), np.ones(80), "same")
    edges = np.minimum(level[800:-1040], level[1040:-800])  # loud on both sides of what is lost
    at = 920 + int(rng.choice(np.argsort(edges)[-40:]))
    pcm[at - 80 : at + 80] = 0
    began = call.say("agent", pcm)
    return Planted(call.recorded(), "hole", (began + at - 80) / RATE, 0.02)


FAULTS: Mapping[str, Made] = {
    "first word cut": _first_word_cut,
    "last word cut": _last_word_cut,
    "dead air": _dead_air,
    "nobody answers": _nobody_answers,
    "talked over": _talked_over,
    "broken in": _broken_in,
    "slow to give way": _slow_to_give_way,
    "silenced by nothing": _silenced_by_nothing,
    "a click": _click,
    "one answer too soft": _one_too_soft,
    "all too soft": _all_too_soft,
    "overdriven": _overdriven,
    "a packet lost": _packet_lost,
}

# --- clean -------------------------------------------------------------------------------------------


def _plain(said: Speakers, rng: np.random.Generator) -> Planted:
    return Planted(_talk(said, rng).recorded(noise=int(rng.integers(1, 40))))


def _on_hold(said: Speakers, rng: np.random.Generator) -> Planted:
    """The agent looks something up; there is music for some seconds, and then the answer."""
    call = _talk(said, rng, "aca")
    music = _sound("music.wav")[: round(float(rng.uniform(3, 9)) * RATE)]
    call.say("agent", _faded(music), 0.3)
    call.say("agent", _any(said.agent, rng), 0.4)
    return Planted(call.recorded())


def _put_through(said: Speakers, rng: np.random.Generator) -> Planted:
    """It rings twice elsewhere, and somebody answers."""
    call = _talk(said, rng, "aca")
    ring = _sound("ringback.wav")[:RATE]
    for pause in (0.5, 4.0):
        call.say("agent", ring, pause)
    call.say("agent", _any(said.agent, rng), 1.0)
    call.say("caller", _any(said.caller, rng))
    call.say("agent", _any(said.agent, rng))
    return Planted(call.recorded())


def _silent_caller(said: Speakers, rng: np.random.Generator) -> Planted:
    """The caller thinks for a long time before each word; the agent asks whether he is there."""
    call = _talk(said, rng, "a")
    call.say("caller", _any(said.caller, rng), float(rng.uniform(5, 12)))
    call.say("agent", _any(said.agent, rng))
    call.say("agent", _any(said.agent, rng), float(rng.uniform(8, 12)))
    call.say("caller", _any(said.caller, rng), 6.0)
    call.say("agent", _any(said.agent, rng))
    return Planted(call.recorded())


def _keys(said: Speakers, rng: np.random.Generator) -> Planted:
    """The caller types while the agent still speaks, who goes on; then again, and is answered."""
    call = _talk(said, rng, "a")
    began = call.say("agent", np.concatenate(said.agent[:2]))
    at = began + RATE
    for key in rng.integers(0, 10, 6):
        call.sides["caller"].append((at, _key(int(key))))
        at += round(0.3 * RATE)
    for key in rng.integers(0, 10, 4):
        call.say("caller", _key(int(key)), 0.25)
    call.say("agent", _any(said.agent, rng))
    return Planted(call.recorded())


def _agent_keys(said: Speakers, rng: np.random.Generator) -> Planted:
    """The agent presses keys, and beeps."""
    call = _talk(said, rng, "aca")
    for key in rng.integers(0, 10, 4):
        call.say("agent", _key(int(key)), 0.1)
    call.say("agent", tone.sine(1000, 400).astype(np.int16), 0.5)
    call.say("caller", _any(said.caller, rng))
    call.say("agent", _any(said.agent, rng))
    return Planted(call.recorded())


def _small_sounds(said: Speakers, rng: np.random.Generator) -> Planted:
    """The caller coughs, types and says "mm-hm" while the agent goes on speaking."""
    call = _talk(said, rng, "ac")
    began = call.say("agent", np.concatenate(said.agent[:3]))
    for at, lasts in ((0.7, 0.08), (1.6, 0.3), (2.6, 0.5)):
        length = round(lasts * RATE)
        shape = np.hanning(length)
        sound = (rng.normal(0, 1, length) * 3000 * shape).astype(np.int16)
        call.sides["caller"].append((began + round(at * RATE), sound))
    call.say("caller", _any(said.caller, rng))
    call.say("agent", _any(said.agent, rng))
    return Planted(call.recorded())


def _noisy_line(said: Speakers, rng: np.random.Generator) -> Planted:
    """The caller is in the street: pink noise, 20 dB below the words."""
    call = _talk(said, rng)
    noise = tone.pink_noise(call.end + RATE, seed=int(rng.integers(1000)))
    noise *= 160 / np.sqrt(np.mean(np.square(noise)))
    call.sides["caller"].append((0, noise[: call.end].astype(np.int16)))
    return Planted(call.recorded())


def _gives_way(said: Speakers, rng: np.random.Generator) -> Planted:
    """The caller interrupts, and the agent falls silent at once."""
    call = _talk(said, rng, "ac")
    pcm = np.concatenate(said.agent[:2])
    stops = _loudest(pcm, RATE, 2 * RATE) + 80
    began = call.say("agent", _faded(pcm[:stops]))
    at = began + stops - round(float(rng.uniform(0.1, 0.35)) * RATE)
    call.sides["caller"].append((at, said.caller[3]))
    call.end = at + len(said.caller[3])
    call.say("agent", said.agent[2])
    return Planted(call.recorded())


CLEAN: Mapping[str, Made] = {
    "plain talk": _plain,
    "music on hold": _on_hold,
    "ringing": _put_through,
    "a silent caller": _silent_caller,
    "keys": _keys,
    "the agent's keys": _agent_keys,
    "coughs and mm-hm": _small_sounds,
    "a noisy line": _noisy_line,
    "giving way": _gives_way,
}


@cache
def _sound(name: str) -> Pcm:
    with wave.open(str(SOUNDS / name)) as file:
        pcm = np.frombuffer(file.readframes(file.getnframes()), np.int16)
        return np.asarray(soxr.resample(pcm, file.getframerate(), RATE), np.int16)


def _key(digit: int) -> Pcm:
    """Return a key's tones for 0.1 s, as loud as a telephone makes them."""
    row, column = divmod(digit - 1, 3) if digit else (3, 1)
    at = np.arange(800) / RATE
    low, high = (697, 770, 852, 941)[row], (1209, 1336, 1477)[column]
    return (4000 * (np.sin(2 * np.pi * low * at) + np.sin(2 * np.pi * high * at))).astype(np.int16)


def planted(made: Made, seed: int, agent: str = RECORDED, caller: str = RECORDED) -> Planted:
    """Make a recording of two voices."""
    return made(Speakers(words_of(agent), words_of(caller)), np.random.default_rng(seed))


def heard_of(one: Planted) -> tuple[bool, list[str]]:
    """Return whether the ear finds what was planted, at its place, and what it finds besides."""
    complaints = measure(one.call).complaints
    found = any(told.what == one.what and abs(told.at - one.at) <= one.within for told in complaints)
    besides = [
        f"{told.what} at {told.at:.2f} s"
        for told in complaints
        if told.what != one.what and told.what not in one.also
    ]
    return found or one.what is None, besides
