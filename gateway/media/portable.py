"""The portable plane: ports in Python over PyPI's prebuilt pjsua2. For trying out, without a compiler.

Same contract as the native one, at a price. PJSIP's clock thread calls into Python twice a call and tick,
so a busy interpreter delays every packet of the process, and the prebuilt PJSIP carries four calls. The
clock is PJSIP's null sound device; a port of our own, the metronome, makes its ticks visible.

Strangers' RTP is not filtered here, and RTP is not counted: the prebuilt PJSIP follows whoever sends more,
and sends before anybody has shown to be there.
"""

from __future__ import annotations

import socket
import time
import weakref
from collections import deque
from collections.abc import Sequence
from contextlib import suppress
from typing import Any, NoReturn

import numpy as np
import pjsua2 as pj
import structlog

from gateway.call import TAP_SECONDS
from gateway.errors import MediaError
from gateway.media import join
from gateway.media.kept_sound import KeptSound
from gateway.media.media_port import (
    CALLER_RATES,
    JITTER_MS,
    MOST_TICKS,
    PHONE_RATE,
    PHONE_TICK,
    ClockStats,
    Counters,
    MediaPort,
)
from gateway.media.model_link import ModelLink
from gateway.media.music import Music, PortableSound
from gateway.media.playout import Playout
from gateway.media.port_events import VoiceChanged
from gateway.media.portable_conference import TICK_BYTES, ConferencePort, ConferencePorts, Metronome
from gateway.media.resample import LiveUpsampler
from gateway.media.voice import VoiceDetector

log = structlog.get_logger(__name__)

KEPT_FRAMES = 64
"""A second and a quarter of the caller, as in the native port."""
LATENESS_BUCKETS = 200

NO_JOINS = "portable mode joins no legs: build the native one with `make native`"
NO_KEYS = "portable mode hears no keys in the sound (digits.inband): build the native one with `make native`"
NO_TONES = "portable mode hears no beeps and call progress tones: build the native one with `make native`"
NO_TAPS = "portable mode has no taps, so it records nothing: build the native one with `make native`"


class PortablePort:
    """See `port.Port`."""

    def __init__(self, plane: PortablePlane, caller_rate: int, number: int) -> None:
        self.number = number
        self.caller_rate = caller_rate
        self._plane = plane
        self._playout = Playout()
        self._upsampler = LiveUpsampler(caller_rate)
        self._frames: deque[bytes] = deque(maxlen=KEPT_FRAMES)
        self._bridge: ConferencePort | None = None
        self._peer: Any = None  # pj.AudioMedia of the call
        self._detector: VoiceDetector | None = None
        self._closed = self._muted = self._narrow = False
        self._music: Music | None = None
        self._pulled = False  # in this tick
        self._ticks = self._agent_frames = self._caller_frames = self._overruns = 0
        self._agent_peak = self._caller_peak = 0
        self.play = self._playout.play
        self.mark = self._playout.mark
        self.flush = self._playout.flush
        self.gain = self._playout.gain
        self.pause = self._playout.pause
        self.events = self._playout.events
        self.wait = self._playout.wait

    def detect(self, on: bool) -> None:
        """See `port.Port.detect`."""
        if not on:
            self._detector = None
        elif self._detector is None:
            self._detector = VoiceDetector()

    def mute(self, on: bool) -> None:
        """See `port.Port.mute`; without the ramp."""
        self._muted = on

    def music(self, sound: join.Sound | None, level: float = 1.0) -> None:
        """See `port.Port.music`."""
        if not 0.0 <= level <= 1.0:
            raise ValueError("a level is 0.0 to 1.0")
        if sound is None:
            if self._music is not None:
                self._music.stop()
        else:
            assert isinstance(sound, PortableSound)
            self._music = Music(sound.samples, level)

    def tap(self, seconds: float = TAP_SECONDS) -> NoReturn:
        """See `port.Port.tap`: not here."""
        raise MediaError(NO_TAPS)

    def hear_keys(self, on: bool) -> None:
        """See `port.MediaPort.hear_keys`: nobody listens for them here."""
        if on:
            log.warning("call.not_done", error=NO_KEYS)

    def hear_tones(self, on: bool) -> None:
        """See `port.MediaPort.hear_tones`: nobody listens for them here."""
        if on:
            log.warning("call.not_done", error=NO_TONES)

    def keep_narrow(self, on: bool) -> None:
        """See `port.MediaPort.keep_narrow`."""
        self._narrow = on

    def suppress_echo(self, on: bool) -> None:
        """See `port.MediaPort.suppress_echo`: an echo is heard here."""

    def comfort_noise(self, below_db: int) -> None:
        """See `port.MediaPort.comfort_noise`: nobody makes any here."""

    def read(self) -> bytes:
        """See `port.Port.read`."""
        return b"".join(self._frames.popleft() for _ in range(len(self._frames)))

    direct = False

    def send_to(self, link: ModelLink, wire: str = "pcm", keepers: Sequence[KeptSound] = ()) -> None:
        """See `port.Port.send_to`: a plane without links is never asked for it."""
        raise MediaError("the portable media plane has no links")

    def counters(self) -> Counters:
        """See `port.Port.counters`."""
        counters = Counters(
            ticks=self._ticks,
            agent_frames=self._agent_frames,
            caller_frames=self._caller_frames,
            underruns=self._playout.underruns,
            overruns=self._overruns,
            queued_samples=self._playout.queued,
            agent_peak=self._agent_peak,
            caller_peak=self._caller_peak,
            rtp_packets=None,
            rtp_lost=None,
            rtp_sent=None,
            rtp_strangers=None,
            rtp_idle_ms=None,
            rtp_learned=None,
        )
        self._agent_peak = self._caller_peak = 0
        return counters

    def levels(self) -> None:
        """See `port.MediaPort.levels`: not measured here."""

    def hand_over(self) -> None:
        """See `port.MediaPort.hand_over`: not done here."""

    def line(self) -> None:
        """See `port.MediaPort.line`: there is none."""

    def exchange(self, caller_pcm: bytes) -> bytes:
        """See `port.Port.exchange`."""
        if self._plane.ticking:
            raise MediaError("the plane ticks: the media thread owns the other end")
        if len(caller_pcm) != TICK_BYTES:
            raise ValueError(f"a caller's tick is {PHONE_TICK} samples, {TICK_BYTES} bytes")
        self.put(caller_pcm)
        agent = self.pull()
        self._plane.tick()
        return agent

    # --- media thread ------------------------------------------------------------------------------

    def pull(self) -> bytes:
        """Return one tick of the agent, at 24 kHz."""
        samples, filled = self._playout.pull()
        self._pulled = True
        self._ticks += 1
        if filled:
            self._agent_frames += 1
            self._agent_peak = max(self._agent_peak, int(samples.max()), -int(samples.min()))
        if (music := self._music) is not None:
            music.mix(samples, gives_way=filled > 0)
        if (detector := self._detector) is not None:
            detector.agent(samples)
        return samples.tobytes()

    def put(self, caller: bytes) -> None:
        """Take one tick of the caller."""
        if self._muted:
            caller = bytes(TICK_BYTES)
        samples = np.frombuffer(caller, "<i2")
        self._caller_frames += 1
        self._caller_peak = max(self._caller_peak, int(samples.max()), -int(samples.min()))
        self._overruns += len(self._frames) == KEPT_FRAMES
        if (detector := self._detector) is not None and detector.caller(samples):
            self._playout.report(VoiceChanged(detector.speaking, detector.since * 20))
        upsampled = self._upsampler.put(caller)
        self._frames.append(
            samples.repeat(self.caller_rate // PHONE_RATE).tobytes() if self._narrow else upsampled
        )

    def end_tick(self) -> tuple[bool, bool]:
        """Serve a flush even while nobody pulls; tell whether audio and events wait for the reader."""
        if not self._pulled:
            self._playout.idle()
        self._pulled = False
        return bool(self._frames), self._playout.reported

    # --- SIP thread --------------------------------------------------------------------------------

    def strangers(self) -> None:
        """See `port.Port.strangers`: not seen here."""

    def arrivals(self) -> None:
        """See `port.Port.arrivals`: not seen here."""

    def connect(self, slot: int, held: bool = False, known: bool = False) -> None:
        """See `port.Port.connect`; nothing is held back here."""
        if held:  # nobody is joined here
            self.disconnect()
            return
        if self._closed:
            raise MediaError("joining the call's audio: the port is closed")
        if self._bridge is None:
            self._bridge = self._plane.places.take(self)
        peer = next((m for m in pj.Endpoint.instance().mediaEnumPorts2() if m.getPortId() == slot), None)
        if peer is None:
            raise MediaError(f"joining the call's audio: no such slot: {slot}")
        if self._peer is not None and self._peer.getPortId() != slot:
            self.disconnect()
        try:
            peer.startTransmit(self._bridge)
            self._bridge.startTransmit(peer)
        except pj.Error as error:
            raise MediaError(f"joining the call's audio: {error.info()}") from error
        self._peer = peer

    def disconnect(self) -> None:
        """See `port.Port.disconnect`."""
        peer, self._peer = self._peer, None
        if peer is None or self._bridge is None:
            return
        for source, sink in ((peer, self._bridge), (self._bridge, peer)):
            with suppress(pj.Error):  # the call's stream may be gone already, and that is as good
                source.stopTransmit(sink)

    def close(self) -> None:
        """See `port.Port.close`."""
        self._closed = True
        self.disconnect()
        self._plane.leave(self)
        bridge, self._bridge = self._bridge, None
        if bridge is not None:
            self._plane.places.give_back(bridge)


class PortablePlane:
    """See `port.MediaPlane`."""

    native = False

    def __init__(self) -> None:
        self.ticking = False
        self._ports: tuple[PortablePort, ...] = ()
        self._made = 0
        # A socket pair rather than a pipe: every event loop on every system can watch it.
        self._wake, self._waker = socket.socketpair()
        self._wake.setblocking(False)
        self._waker.setblocking(False)
        weakref.finalize(self, _close, self._wake, self._waker)
        self._metronome: Metronome | None = None
        self.places = ConferencePorts()
        self._lateness = [0] * LATENESS_BUCKETS
        self._due: float | None = None
        self._wake_every = 1
        self._ticks = 0  # since the last wake-up

    @property
    def wake_fd(self) -> int:
        """See `port.MediaPlane.wake_fd`."""
        return self._wake.fileno()

    def clear_wake(self) -> list[int]:
        """See `port.MediaPlane.clear_wake`: there are few enough to look at all."""
        with suppress(BlockingIOError):
            self._wake.recv(4096)
        return [port.number for port in self._ports]

    def wake_every(self, ticks: int, silence: int = 1) -> None:
        """See `port.MediaPlane.wake_every`; silence waits for links, which are not here."""
        if not 1 <= ticks <= MOST_TICKS:
            raise ValueError(f"caller audio is waited for 1 to {MOST_TICKS} ticks")
        self._wake_every = ticks

    def link(self, socket: int, secure: object = None) -> None:
        """See `port.MediaPlane.link`: here, Python is between two packets anyway."""

    def port(self, caller_rate: int = 24000) -> PortablePort:
        """See `port.MediaPlane.port`."""
        if caller_rate not in CALLER_RATES:
            raise ValueError(f"a caller's rate is one of {CALLER_RATES}")
        self._made += 1
        port = PortablePort(self, caller_rate, self._made)
        self._ports = (*self._ports, port)  # a new tuple: the media thread may be walking the old one
        return port

    def sound(self, pcm: bytes) -> PortableSound:
        """See `port.MediaPlane.sound`."""
        return PortableSound(pcm)

    def join(self, ports: Sequence[MediaPort], routes: Sequence[join.JoinRoute]) -> NoReturn:
        """See `port.MediaPlane.join`: not here."""
        raise MediaError(NO_JOINS)

    def start(
        self,
        learn_source: bool = False,
        jitter_min_ms: float = JITTER_MS[0],
        jitter_max_ms: float = JITTER_MS[1],
    ) -> None:
        """See `port.MediaPlane.start`. Sources are learned by the prebuilt PJSIP itself, wanted or not."""
        if self.ticking:
            return
        devices = pj.Endpoint.instance().audDevManager()
        try:
            devices.setNullDev()
            self._metronome = Metronome(self.metronome_ticks)
            self._metronome.startTransmit(devices.getPlaybackDevMedia())
        except pj.Error as error:
            raise MediaError(f"taking the conference's clock: {error.info()}") from error
        self.ticking = True

    def stop(self) -> None:
        """See `port.MediaPlane.stop`."""
        if not self.ticking:
            return
        self.ticking = False
        pj.Endpoint.instance().audDevManager().setNoDev()
        self._metronome = None
        self.places.clear()

    def clock(self) -> ClockStats:
        """See `port.MediaPlane.clock`. How long a tick took is not known here: 0."""
        so_far = np.cumsum(self._lateness)  # ticks at most so many milliseconds late
        ticks = int(so_far[-1])
        return ClockStats(
            ticks=ticks,
            late_ticks=sum(self._lateness[20:]),
            resyncs=0,
            p99_late_us=1000 * int(np.searchsorted(so_far, 0.99 * ticks)),
            max_late_us=1000 * int(np.searchsorted(so_far, ticks)),
            busy_us_mean=0,
            busy_us=0,
            scheduling="normal",
        )

    # --- for its ports -----------------------------------------------------------------------------

    def leave(self, port: PortablePort) -> None:
        """Take a port off the roster."""
        self._ports = tuple(other for other in self._ports if other is not port)

    def tick(self) -> None:
        """Media thread, once a tick: end it for all ports; wake the reader if something waits."""
        waits = [port.end_tick() for port in self._ports]
        self._ticks += 1
        due = self._ticks >= self._wake_every
        if any(event or (audio and due) for audio, event in waits):
            self._ticks = 0
            with suppress(BlockingIOError):  # wake-ups enough wait already
                self._waker.send(b"\0")

    def metronome_ticks(self) -> None:
        """Media thread: note how late the tick is, then end it."""
        now = time.monotonic()
        late_ms = 0 if self._due is None else max(0, int((now - self._due) * 1000))
        self._lateness[min(late_ms, LATENESS_BUCKETS - 1)] += 1
        self._due = now + 0.020
        self.tick()


def _close(*sockets: socket.socket) -> None:
    for each in sockets:
        each.close()
