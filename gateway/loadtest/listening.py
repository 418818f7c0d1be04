"""One call's RTP, both ways: even packets, whose voice, how soon each answered or fell silent."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from gateway.loadtest.packets import Ints, Packets, big16, big32

MS = 1_000_000
PACKET_MS = 20
LOUD_DB = -45.0
"""A packet whose level (RMS, below full scale) is above this holds a voice: the embedded tone engine's own
threshold. Speech on a telephone is near -20, comfort noise near -60."""
PAUSE_MS = 350
"""A caller's speech with shorter pauses is one utterance; the servers wait 400 ms or more."""
HOLE_MS = 300
"""Silence shorter than this inside an agent's tone was not meant."""
LATE_MS = 20
"""A packet so far behind its place (RTP timestamp) is late: a phone's buffer would have to grow."""
SILENT_AGAIN_MS = 200
"""After an interruption the agent must be silent so long; else it had only stuttered."""
ANSWER_WITHIN_MS = 3000
SOON_MS = 3000
"""From an answer's first piece: what is heard later belongs to another."""
TONE_HZ = 7.0
"""How far a tone may seem to lie from the call's own: almost half the step to the neighbour's, because the
peak of a tone of 250 ms with a pause in it is as broad."""
SHORTEST_TONE_MS = 250


class Span(NamedTuple):
    """Sound without a longer pause: times of its first and last packet, ns."""

    start: int
    end: int


@dataclass(frozen=True)
class Stream:
    """Packets of one direction that carry G.711 mu-law, in order of time."""

    at: Ints
    sequence: Ints
    timestamp: Ints
    loud: NDArray[np.bool_]
    sound: NDArray[np.int16]
    """Samples, one row a packet."""

    def spans(self, join_ms: float) -> list[Span]:
        """Stretches of sound, those with a shorter pause between them joined."""
        times = self.at[self.loud]
        if not len(times):
            return []
        cuts = np.flatnonzero(np.diff(times) > (join_ms + PACKET_MS) * MS)
        starts = times[np.concatenate(([0], cuts + 1))]
        ends = times[np.concatenate((cuts, [len(times) - 1]))]
        return [Span(*pair) for pair in zip(starts.tolist(), ends.tolist(), strict=True)]


@dataclass
class HeardCall:
    """What one call's packets say. Times in ms; lists have an entry for each occasion."""

    gaps: NDArray[np.float64] = field(default_factory=lambda: np.zeros(0))
    caller_gaps: NDArray[np.float64] = field(default_factory=lambda: np.zeros(0))
    """Of the generator's own packets: it should be as even as a phone."""
    lost: int = 0
    late: int = 0
    reordered: int = 0
    packets: int = 0
    holes: int = 0
    """Pauses inside the agent's tone."""
    first_audio: int = 0
    """ns; 0: the agent was never heard."""
    answers: list[float] = field(default_factory=list)
    """Caller's last packet of an utterance to the agent's first one."""
    unanswered: int = 0
    silenced: list[float] = field(default_factory=list)
    """Caller's first packet over the agent to the agent's last one."""
    told: list[float] = field(default_factory=list)
    """`speech_started` to the agent's last packet; below 0: it had ended before."""
    sounded: list[float] = field(default_factory=list)
    """First piece of an answer, as the server sent it, to its first packet."""
    wrong: list[float] = field(default_factory=list)
    """Frequencies that were not the call's own, Hz."""


def _levels() -> NDArray[np.int16]:
    """Linear values of mu-law bytes (ITU-T G.711 table 2a)."""
    code = ~np.arange(256) & 0xFF
    magnitude = ((((code & 0x0F) << 3) + 0x84) << ((code & 0x70) >> 4)) - 0x84
    return np.where(code & 0x80, -magnitude, magnitude).astype(np.int16)


LEVELS = _levels()
_LOUD = (32768 * 10 ** (LOUD_DB / 20)) ** 2


def stream(packets: Packets) -> Stream:
    """Read RTP packets of 20 ms PCMU; everything else (RTCP, digits) is left out."""
    data, start = packets.data, packets.start
    whole = packets.size == 12 + 8 * PACKET_MS
    packets = packets.take(
        whole & (data[start] >> 6 == 2) & (data[np.minimum(start + 1, len(data) - 1)] & 0x7F == 0)
    )
    start = packets.start
    sound = LEVELS[data[start[:, None] + np.arange(12, 12 + 8 * PACKET_MS)]]
    loud = np.square(sound.astype(np.float32)).mean(axis=1) > _LOUD if len(sound) else np.zeros(0, bool)
    return Stream(packets.at, big16(data, start + 2), big32(data, start + 4), loud, sound)


def listen(
    caller: Stream,
    agent: Stream,
    window: tuple[int, int],
    own_hz: float | None,
    told: list[int],
    sent: list[int] | None = None,
) -> HeardCall:
    """Judge a call. Evenness within `window` (ns).

    `told`: when `speech_started` was received, or sent; `sent`: when the first piece of each answer was.
    """
    heard = HeardCall()
    _evenness(heard, agent, window)
    inside = (caller.at >= window[0]) & (caller.at <= window[1])
    heard.caller_gaps = np.diff(caller.at[inside]) / MS
    spans = agent.spans(HOLE_MS)
    heard.first_audio = spans[0].start if spans else 0
    heard.holes = _holes(agent)
    _turns(heard, caller.spans(PAUSE_MS), spans, window[1])
    for at in told:
        if (span := _on_air(spans, at, PACKET_MS * MS)) is not None:
            heard.told.append((span.end - at) / MS)
    for at in sent or ():
        if window[0] <= at <= window[1]:
            heard.sounded += [(one.start - at) / MS for one in spans if 0 <= one.start - at < SOON_MS * MS][
                :1
            ]
    if own_hz is not None:
        _judge_tones(heard, agent, spans, own_hz)
    return heard


def _holes(agent: Stream) -> int:
    """Count short stretches of quiet packets between loud ones."""
    loud = np.flatnonzero(agent.loud)
    quiet = np.diff(loud) > 1
    short = np.diff(agent.at[loud]) <= (HOLE_MS + PACKET_MS) * MS
    return int((quiet & short).sum())


def _evenness(heard: HeardCall, agent: Stream, window: tuple[int, int]) -> None:
    inside = (agent.at >= window[0]) & (agent.at <= window[1])
    at, sequence, timestamp = agent.at[inside], agent.sequence[inside], agent.timestamp[inside]
    heard.packets = len(at)
    if len(at) < 2:
        return
    heard.gaps = np.diff(at) / MS
    steps = np.diff(sequence)
    steps = (steps + 0x8000) % 0x10000 - 0x8000
    place = np.concatenate(([0], np.cumsum(steps)))
    heard.lost = int(place.max() - place.min()) + 1 - len(np.unique(place))
    heard.reordered = int((steps < 0).sum())
    # Where a packet should be on a line through the stream; the earliest ones lie on it.
    elapsed = ((timestamp - timestamp[0]) % 0x100000000) / 8
    behind = (at - at[0]) / MS - elapsed
    heard.late = int((behind - np.percentile(behind, 1) > LATE_MS).sum())


def _turns(heard: HeardCall, utterances: list[Span], spans: list[Span], until: int) -> None:
    for index, said in enumerate(utterances):
        over = _on_air(spans, said.start, 0)
        if over is not None and over.start < said.start and over.end - said.start < ANSWER_WITHIN_MS * MS:
            heard.silenced.append((over.end - said.start) / MS)
        upcoming = utterances[index + 1].start if index + 1 < len(utterances) else until
        if _on_air(spans, said.end, 0) is not None:
            continue  # the agent was still, or again, speaking
        answer = next((span.start for span in spans if span.start > said.end), None)
        limit = min(upcoming, said.end + ANSWER_WITHIN_MS * MS)
        if answer is not None and answer < limit:
            heard.answers.append((answer - said.end) / MS)
        elif limit == said.end + ANSWER_WITHIN_MS * MS:
            heard.unanswered += 1


def _on_air(spans: list[Span], at: int, slack: int) -> Span | None:
    """The span that was being heard at a time, or had ended less than `slack` ns before."""
    return next((span for span in spans if span.start <= at <= span.end + slack), None)


def _judge_tones(heard: HeardCall, agent: Stream, spans: list[Span], own_hz: float) -> None:
    for span in spans:
        first, last = np.searchsorted(agent.at, span.start), np.searchsorted(agent.at, span.end)
        for begin in range(int(first), int(last) + 1, 50):  # a second of packets
            piece = agent.sound[begin : min(begin + 50, int(last) + 1)].ravel()
            if len(piece) >= SHORTEST_TONE_MS * 8:
                hz = loudest_hz(piece)
                if abs(hz - own_hz) > TONE_HZ:
                    heard.wrong.append(hz)


def loudest_hz(pcm: NDArray[np.int16]) -> float:
    """The frequency that has the most energy, finer than the spectrum's own steps."""
    power = np.abs(np.fft.rfft(pcm * np.hanning(len(pcm))))
    peak = int(power[1:-1].argmax()) + 1
    left, middle, right = np.log(np.maximum(power[peak - 1 : peak + 2], 1e-9))
    bend = left - 2 * middle + right
    shift = 0.5 * (left - right) / bend if bend else 0.0
    return float((peak + shift) * 8000 / len(pcm))
