"""The contract of a port and of the plane that drives it; `_port` (C++) and `portable` keep it.

Units: audio is PCM16LE mono. The agent's is 24 kHz, as models give it, 480 samples a tick; the caller's comes
at the port's `caller_rate`. What the line's codec runs at, only the plane knows: it resamples once each way.
A *sample* without a rate is a 24 kHz sample. A *tick* is 20 ms.

Threads: three, and each method belongs to one of them.

- asyncio: all that a conversation does (`play`, `mark`, `flush`, `gain`, `detect`, `read`, `events`) and
  `counters`.
- SIP, the one that owns PJSIP's objects: `start`, `stop`, `connect`, `disconnect`, `close`.
- media: none. It runs inside the plane, touches no Python, and takes no lock that Python could hold.

Orders travel to the media thread in one queue, so they take effect in the order given, at the next tick.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from gateway.call import TAP_SECONDS, LegLevels, LegTap
from gateway.media.handed_line import HandedLine
from gateway.media.join import JoinRoute, PortJoin, Sound
from gateway.media.kept_sound import KeptSound
from gateway.media.model_link import ModelLink
from gateway.media.port_events import Event
from gateway.media.tls import TlsSocket

AGENT_RATE = 24_000
"""Samples a second of the agent: OpenAI's realtime models speak so."""

TICK_SAMPLES = 480
"""Samples of the agent in a tick: 20 ms, RFC 3551's default packet for audio."""
PHONE_RATE = 8000
"""Samples a second of G.711 (RFC 3551 section 4.5.14)."""
PHONE_TICK = 160
"""Samples of G.711 in a tick."""
CALLER_RATES = (8000, 16000, 24000)
"""What `read` can speak: the phone's own rate, what recognisers want, what OpenAI's realtime models want."""
MOST_TICKS = 5
"""Caller audio waits for so many ticks at most: a model that hears in lumps of 100 ms is slow enough."""

PLAYOUT_SECONDS = 300
"""Bound of a port's playout queue. A model sends faster than it speaks, but no turn lasts five minutes."""

JITTER_MS = (12.0, 300.0)
"""What a caller's packets wait for their turn, at least and at most, where nothing else is asked for."""
FADE_SAMPLES = 120
"""Length of a flush's fade-out: 5 ms. A cut at full level clicks; 5 ms is too short to be heard as a word."""


@dataclass(frozen=True, slots=True)
class Counters:
    """What happened at a port since it was made, for metrics and the watchdog. Cheap to take."""

    ticks: int
    """Frames the phone side pulled. Stands still while the port is not connected."""
    agent_frames: int
    """Pulled frames that carried at least one queued sample; the others were silence."""
    caller_frames: int
    """Frames that came from the phone side, with or without RTP behind them."""
    underruns: int
    """Gaps inside an item: the queue ran empty and more of the same item came later."""
    overruns: int
    """Caller frames lost, oldest first, because nobody called `read` for more than a second."""
    queued_samples: int
    """Samples waiting for the phone right now."""
    agent_peak: int
    """Largest absolute sample sent to the phone since the previous `counters()`, 0..32768."""
    caller_peak: int
    """Largest absolute sample of the caller since the previous `counters()`, 0..32768."""
    rtp_packets: int | None
    """RTP packets accepted from the negotiated source since the call began.

    None where the plane cannot see them (portable plane, or never connected): ask the call's own statistics.
    """
    rtp_lost: int | None
    """Packets of that stream that never came, by its numbers. None as above."""
    rtp_sent: int | None
    """RTP packets that left. None as above."""
    rtp_strangers: int | None
    """Packets dropped because they came from somewhere else. None as above."""
    rtp_idle_ms: int | None
    """Milliseconds since the last accepted RTP packet, or since the transport was made. None as above."""
    rtp_learned: bool | None
    """True while the accepted source is not the negotiated one: a caller behind a NAT. None as above."""
    rtp_late: int | None = None
    """Packets that came after their time in the jitter buffer. None as above, as are the next ones."""
    rtp_reordered: int | None = None
    """Packets that others had overtaken."""
    rtp_duplicates: int | None = None
    """Packets that came again."""
    rtp_jitter_ms: float | None = None
    """How unevenly they come, in the mean (RFC 3550 section 6.4.1)."""
    buffer_ms: float | None = None
    """What a packet waits in the jitter buffer, lately."""
    concealed_ms: int | None = None
    """Sound that was made up for packets that were lost or late."""
    round_trip_ms: float | None = None
    """To the far end and back, by RTCP; None before it has reported, too."""
    far_lost: int | None = None
    """Packets of ours that the far end has missed, by its RTCP; None before it has reported, too."""
    far_jitter_ms: float | None = None
    """How unevenly ours come there; None before it has reported, too."""
    rtp_encryption: str | None = None
    """How SRTP's keys were agreed upon, `sdes` or `dtls`; `off` for plain RTP. None as above."""


@dataclass(frozen=True, slots=True)
class Strangers:
    """What was dropped at a port because it came from somewhere else than the caller."""

    packets: int
    """RTP and RTCP since the call began."""
    address: str
    """Where the last of them came from, `HOST:PORT`; "" if there was none."""


@dataclass(frozen=True, slots=True)
class Arrivals:
    """What has come from a caller, and nobody else, since its transport was made."""

    rtp: int
    rtcp: int
    """And whatever else is no RTP: STUN, empty packets that keep a router's memory fresh (RFC 6263)."""


@dataclass(frozen=True, slots=True)
class ClockStats:
    """How punctual the plane's clock is. Lateness is how long after its grid time a tick began.

    Without ports the native one rests, and ticks four times a second.
    """

    ticks: int
    late_ticks: int
    """Ticks that began a whole tick (20 ms) late or more: a packet gap a listener may notice."""
    resyncs: int
    """Times the clock gave up catching up (more than five ticks behind) and laid a new grid."""
    p99_late_us: int
    """99 % of all ticks began at most this late, in microseconds (upper edge of a histogram bucket)."""
    max_late_us: int
    busy_us_mean: int
    """Mean time a tick took for all calls together, in microseconds; 20 000 is the end of the road."""
    busy_us: int
    """What all ticks took together."""
    scheduling: str
    """What the system granted the clock: "realtime", "high" or "normal". Needs CAP_SYS_NICE; nice to have."""


class MediaPort(Protocol):
    """One call's audio. Made by `MediaPlane.port`."""

    @property
    def number(self) -> int:
        """Which port of its plane it is, as `MediaPlane.clear_wake` says; another has it after its end."""

    @property
    def caller_rate(self) -> int:
        """Samples a second of what `read` returns."""

    def play(self, item: int, pcm: bytes) -> None:
        """Queue PCM16LE mono 24 kHz as the next part of `item`, a positive number.

        The parts of one item are queued without another item between them; an item that comes back after
        another counts as a new one. Not connected, the queue waits: a greeting may be queued while it rings.

        Raises errors.PlayoutFull beyond `PLAYOUT_SECONDS`, and queues nothing then; ValueError for an item
        below 1 or half a sample.
        """

    def mark(self, mark: int, awaited: bool = True) -> None:
        """Report `MarkPlayed(mark)` when the phone side has pulled everything queued before.

        Not `awaited`, the report may come up to a tenth of a second later, together with others.
        """

    def flush(self) -> None:
        """Drop all queued audio and pending marks at the next tick, fading for 5 ms; report `PortFlushed`.

        Only the item on air fades. Audio queued after this call is not touched. The report may come up to a
        tenth of a second later, as that of a mark that is not awaited.
        """

    def gain(self, factor: float) -> None:
        """Scale what is on air from the next tick on, 0.0 to 1.0, with a ramp of one; 1.0 after a flush."""

    def pause(self, on: bool) -> None:
        """Have the queue, and its marks, wait from the next tick on, or go on; a flush ends it, too."""

    def detect(self, on: bool) -> None:
        """Report `VoiceChanged` from the next tick on, when the caller's voice begins or ends; off at first.

        Needs no model: a detector of levels, deaf to tones and to our own echo (see `gateway.media.voice`).
        Switched off in the middle of a voice it does not report that one's end.
        """

    def mute(self, on: bool) -> None:
        """Let nobody hear the caller from the next tick on, or again, with a ramp of one tick."""

    def music(self, sound: Sound | None, level: float = 1.0) -> None:
        """Play this over and over, in place of what was played so before; None: no more.

        It gives way to what is queued, fading, and goes on after it. `level`: 0.0 to 1.0, ValueError if not.
        """

    def tap(self, seconds: float = TAP_SECONDS) -> LegTap:
        """Return a tap that hears both directions from the next tick on. See `gateway.call.Leg.tap`."""

    def hear_keys(self, on: bool) -> None:
        """Report `KeyHeard` from the next tick on, or no more; off at first. Portable: none is heard."""

    def hear_tones(self, on: bool) -> None:
        """Report `ToneHeard` from the next tick on, afresh, or no more; off at first. Portable: as above."""

    def suppress_echo(self, on: bool) -> None:
        """Hear no more than noise where our voice comes back, but for taps and joined legs; portable: all."""

    def comfort_noise(self, below_db: int) -> None:
        """Have a faint noise behind what is said, 40 to 90 dB below overload; 0: none. Portable: none."""

    def read(self) -> bytes:
        """Everything the caller said since the last call: PCM16LE at `caller_rate`, whole 20 ms frames."""

    @property
    def direct(self) -> bool:
        """True while the caller's audio goes to a link; `read` has nothing then. A link ends it by itself."""

    def send_to(self, link: ModelLink, wire: str = "pcm", keepers: Sequence[KeptSound] = ()) -> None:
        """Have the link bring to its model what the caller says, from what was not read on.

        What was sent is put into each of the `keepers` as well, which `caller_rate` has to be 24 kHz for.
        `wire`: `pcmu` or `pcma` as G.711, a G.711 call's as it came; implies `keep_narrow`.
        """

    def keep_narrow(self, on: bool) -> None:
        """From the next tick on, give 8 kHz in the dress of `caller_rate`, each sample held; off at first.

        For a model that hears G.711: nothing is filtered to put it on, nor to take it off. `play` knows such
        sound by itself. See `gateway.media.resample.held`.
        """

    def events(self) -> list[Event]:
        """Take what happened since the last call, in order."""

    def counters(self) -> Counters:
        """Take the counters; starts new peaks."""

    def levels(self) -> LegLevels | None:
        """How loud both sides are; cheap to take. None where the plane does not measure it (portable)."""

    def hand_over(self) -> None:
        """From the next `connect` on, leave the call's packets to whoever takes its `line`, as they are.

        Nobody is heard here then, and nothing is sent. Portable, and where packets are encrypted: never done.
        """

    def line(self) -> HandedLine | None:
        """Take what was handed over, once for each `connect`; None if nothing was."""

    def exchange(self, caller_pcm: bytes) -> bytes:
        """Run one tick without PJSIP: give the caller's 160 samples at 8 kHz, get the agent's 480. For tests.

        Raises MediaError while the plane ticks: then the media thread owns the other end.
        """

    def strangers(self) -> Strangers | None:
        """SIP thread: what was dropped. None where the plane cannot see it, as in `Counters`."""

    def arrivals(self) -> Arrivals | None:
        """SIP thread: what has come from the caller. None where the plane cannot see it, as in `Counters`."""

    def connect(self, slot: int, held: bool = False, known: bool = False) -> None:
        """SIP thread: join the stream with this slot, leaving the one before. A re-INVITE makes another.

        `held`: as on hold, but for one thing: ports that are joined hear the music that the far side plays.
        The queue waits after a second while nobody there has shown to be, or is `known` to be.

        Raises MediaError with PJSIP's reason.
        """

    def wait(self, on: bool, at_most_ms: int = 0) -> None:
        """SIP thread: send silence, and let the queue wait; or go on. 0 ms: until told to."""

    def disconnect(self) -> None:
        """SIP thread: leave the stream, as on hold. The queue waits; a flush takes effect. Idempotent."""

    def close(self) -> None:
        """SIP thread: leave the stream for good; idempotent. `read` and `events` may still be drained."""


class MediaPlane(Protocol):
    """The clock of a process and the maker of its ports."""

    @property
    def native(self) -> bool:
        """True for C++ ports; False for the portable ones: four calls at most, and Python between packets."""

    @property
    def wake_fd(self) -> int:
        """A descriptor that turns readable, at most once a tick, when a port has audio or events waiting."""

    def wake_every(self, ticks: int, silence: int = 1) -> None:
        """Have caller audio wait for so many ticks, 1 (as at the start) to `MOST_TICKS`; events wake at once.

        One wake-up, one message to the model: two ticks at a time halve their cost, and the model hears the
        caller up to a tick later. Raises ValueError for another number.

        Links of ports to come send so many ticks of `silence` together, 1 to 10 (portable: none). With the
        first tick that is more than the silence of its line all that waits is sent, and so is each tick from
        then on, until a second after the last word.
        """

    def clear_wake(self) -> list[int]:
        """Make `wake_fd` unreadable again; return the numbers of the ports that have audio or events.

        Call it before reading those, so that no wake-up is lost.
        """

    def link(self, socket: int, secure: TlsSocket | None = None) -> ModelLink | None:
        """Make a link of a connected socket, with a descriptor of its own unless `secure` has it; or None."""

    def port(self, caller_rate: int = 24000) -> MediaPort:
        """Make a port; any thread. Joins nothing until `connect`. Raises ValueError for an unknown rate."""

    def sound(self, pcm: bytes) -> Sound:
        """Take music into memory: PCM16LE mono 24 kHz, at least a sample, or ValueError."""

    def join(self, ports: Sequence[MediaPort], routes: Sequence[JoinRoute]) -> PortJoin:
        """Have ports hear each other from the next tick on, whatever becomes of their streams.

        asyncio's thread. A port is in one join at a time. One that was closed is passed over; with one left
        the join is over. Raises ValueError unless there are 2 to `join.MOST_JOINED` ports and a route for
        each; MediaError where the plane cannot.
        """

    def start(
        self,
        learn_source: bool = False,
        jitter_min_ms: float = JITTER_MS[0],
        jitter_max_ms: float = JITTER_MS[1],
    ) -> None:
        """SIP thread, after `libStart`: take the place of PJSIP's own clock and begin to tick.

        From now on a call's RTP is accepted only from the host its SDP names, and no more than a second of it
        leaves before somebody there has shown to be there (docs/audio-addresses.md). With `learn_source` a
        caller behind a NAT, who names an address that never sends, is found once, by what it sends: needed
        where phones register or call from anywhere, and better left off behind an SBC or rtpengine.

        Callers' packets wait for their turn as long as their line needs, within the bounds given; portable
        mode leaves that to PJSIP.

        Raises MediaError with PJSIP's reason.
        """

    def stop(self) -> None:
        """SIP thread, before `libDestroy`: stop ticking. Idempotent; returns when the thread ended."""

    def clock(self) -> ClockStats:
        """How punctual the clock is, since `start`."""
