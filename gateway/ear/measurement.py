"""All that is measured of one recorded call, as one value; and which of it a caller would complain of."""

from __future__ import annotations

import statistics
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from gateway.ear.flaws import Found, flaws, stopped
from gateway.ear.phrases import Phrase, active_level, phrases
from gateway.ear.prompts import HeardPrompt, KnownPrompt, heard_prompts
from gateway.ear.stereo import StereoCall
from gateway.ear.tones import tones
from gateway.ear.turns import Exchange, ExchangeKind, exchanges

QUIET, LOUD = -38.0, -14.0
"""dBFS: between these nobody reaches for the volume; telephone speech is meant to be at -26."""
UNLIKE_DB = 12.0
"""By so much one phrase of a voice may differ from another; short ones are left out."""
LONG_ENOUGH_S = 0.4
NO_WORD_S = 0.25
"""A sound of the caller that is shorter is no word, which an agent would have to fall silent for."""
POOR_PESQ = 3.3
"""What is worse beside its origin sounds spoilt; G.711 on a good line has 4.3, with 1 % of it lost 3.9."""


@dataclass(frozen=True, slots=True)
class Patience:
    """What a caller bears, in seconds."""

    dead_air: float = 2.0
    """Nobody speaks, and it is the agent's turn."""
    talk_over: float = 0.5
    """Both speak, and neither gives way; or the agent begins while the caller speaks."""
    barge_in: float = 0.5
    """The agent speaks on when it is interrupted."""


@dataclass(frozen=True, slots=True)
class Complaint:
    """One thing that a caller would notice: at what second, what, in words."""

    at: float
    what: str
    words: str


@dataclass(frozen=True, slots=True)
class EarReport:
    """One recorded call, as it was to hear. Times in seconds of the recording, levels in dBFS."""

    seconds: float
    caller: tuple[Phrase, ...]
    agent: tuple[Phrase, ...]
    exchanges: tuple[Exchange, ...]
    agent_flaws: tuple[Found, ...]
    caller_level: float | None
    agent_level: float | None
    complaints: tuple[Complaint, ...]
    prompts: tuple[HeardPrompt, ...] = ()
    """Of the sounds that are known to have been played, those that were heard."""

    def times_ms(self, kind: ExchangeKind) -> list[int]:
        """Return how long each exchange of a kind took, in ms, in order."""
        return [round(one.seconds * 1000) for one in self.exchanges if one.kind is kind]

    def as_dict(self) -> dict[str, Any]:
        """Return all of it for machines."""
        told = asdict(self)
        answers = self.times_ms(ExchangeKind.ANSWER)
        return told | {
            "answer_ms": answers,
            "answer_ms_median": round(statistics.median(answers)) if answers else None,
            "barge_in_ms": self.times_ms(ExchangeKind.BARGE_IN),
        }


def measure(
    call: StereoCall, patience: Patience | None = None, known: Sequence[KnownPrompt] = ()
) -> EarReport:
    """Measure a recorded call. It takes some 20 ms of CPU for each second of recording.

    `known` are sounds that the agent is known to have played.
    """
    bears = patience or Patience()
    caller, agent = phrases(call.caller, call.rate), phrases(call.agent, call.rate)
    machines = [*tones(call.caller, call.rate, caller), *tones(call.agent, call.rate, agent)]
    between = exchanges(caller, agent, call.seconds, bears.dead_air, machines)
    interrupted = [one.at + one.seconds for one in between if one.kind is ExchangeKind.BARGE_IN]
    # An agent that gives way is cut, as it should be.
    wrong = [
        one
        for one in flaws(call.agent, call.rate, agent)
        if not any(abs(one.at - moment) < 0.05 for moment in interrupted)
    ]
    level = active_level(call.agent, call.rate, agent)
    prompts = heard_prompts(call.agent, call.rate, list(known))
    complaints = [
        *_of_turns(between, bears),
        *_of_prompts(prompts, known),
        *_of_false_alarms(call, caller, agent, between),
        *(Complaint(one.at, one.flaw.value, WORDS[one.flaw.value]) for one in wrong),
        *_of_level(call, agent, level),
    ]
    return EarReport(
        round(call.seconds, 2),
        tuple(caller),
        tuple(agent),
        tuple(between),
        tuple(wrong),
        active_level(call.caller, call.rate, caller),
        level,
        tuple(sorted(complaints, key=lambda one: one.at)),
        tuple(prompts),
    )


WORDS = {
    "click": "a click in the agent's sound",
    "clipped_start": "the agent's word has no beginning: it was cut",
    "clipped_end": "the agent's word has no end: it was cut, and nobody interrupted",
    "hole": "a hole in the agent's word",
    "overdriven": "the agent is overdriven",
}


def _of_turns(between: list[Exchange], bears: Patience) -> Iterator[Complaint]:
    for one in between:
        span = f"{one.seconds:.1f} s" if one.seconds >= 1 else f"{one.seconds * 1000:.0f} ms"
        match one.kind:
            case ExchangeKind.DEAD_AIR:
                yield Complaint(one.at, one.kind, f"{span} of silence while it is the agent's turn")
            case ExchangeKind.TALK_OVER if one.seconds > bears.talk_over:
                yield Complaint(one.at, one.kind, f"the agent speaks on over the caller for {span}")
            case ExchangeKind.BREAK_IN if one.seconds > bears.talk_over:
                yield Complaint(
                    one.at, one.kind, f"the agent begins while the caller speaks, {span} together"
                )
            case ExchangeKind.BARGE_IN if one.seconds > bears.barge_in:
                yield Complaint(one.at, one.kind, f"the agent gives way only after {span}")
            case _:
                pass


def _of_false_alarms(
    call: StereoCall, caller: list[Phrase], agent: list[Phrase], between: list[Exchange]
) -> Iterator[Complaint]:
    """Yield where the agent fell silent in mid-word for a sound too short to be a word."""
    for one in between:
        if one.kind is not ExchangeKind.BARGE_IN:
            continue
        sound = next(words.seconds for words in caller if words.start == one.at)
        spoken = min(agent, key=lambda phrase: abs(phrase.end - one.at - one.seconds))
        if sound < NO_WORD_S and stopped(call.agent, call.rate, spoken):
            words = f"the agent falls silent for a sound of {sound * 1000:.0f} ms"
            yield Complaint(one.at, "false_barge_in", words)


def _of_prompts(prompts: Sequence[HeardPrompt], known: Sequence[KnownPrompt]) -> Iterator[Complaint]:
    heard = {one.name for one in prompts}
    for prompt in known:
        if prompt.name not in heard:
            yield Complaint(0.0, "prompt", f"{prompt.name} is never heard")
    for one in prompts:
        if one.pesq is not None and one.pesq < POOR_PESQ:
            yield Complaint(one.at, "prompt", f"{one.name} sounds spoilt: PESQ {one.pesq:.1f}")


def _of_level(call: StereoCall, agent: list[Phrase], level: float | None) -> Iterator[Complaint]:
    if level is None:
        yield Complaint(0.0, "silent_agent", "the agent is never heard")
        return
    if not QUIET <= level <= LOUD:
        how = "soft" if level < QUIET else "loud"
        yield Complaint(agent[0].start, "level", f"the agent is too {how}: {level:.0f} dBFS")
    unlike = False
    for phrase in agent:
        own = active_level(call.agent, call.rate, [phrase])
        if phrase.seconds < LONG_ENOUGH_S or own is None:
            continue
        was, unlike = unlike, abs(own - level) > UNLIKE_DB
        if unlike and not was:  # once for all phrases of an answer
            how = "softer" if own < level else "louder"
            yield Complaint(phrase.start, "level", f"{abs(own - level):.0f} dB {how} than the rest")
