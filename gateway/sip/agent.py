"""The SIP user agent: one thread owns every PJSIP object, asyncio sees legs.

Commands reach the thread through a queue, facts leave it through the event loop. No PJSIP object is touched,
or garbage-collected, on another thread.
"""

from __future__ import annotations

import asyncio
import importlib
import queue
import secrets
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass
from types import ModuleType

import pjsua2 as pj
import structlog

from gateway.call import CallInfo, Ending, LegEnded, LegFact, Party, Reason, Result
from gateway.errors import PortInUse, SipError
from gateway.media import plane
from gateway.media.plane import PORTABLE_CALLS
from gateway.media.port import PHONE_RATE, Port
from gateway.sip.dialog import Dialog, contained
from gateway.sip.headers import call_info, party
from gateway.sip.leg import SipLeg
from gateway.sip.quiet import quiet
from gateway.sip.watchdog import RtpWatchdog

log = structlog.get_logger(__name__)

POLL_MS = 10
"""Longest wait for SIP messages before commands are looked at: the delay of an answer or a BYE."""
SWEEP_S = 2.5
"""Between two looks at every call's RTP counter."""
CODECS = ("PCMU/8000", "PCMA/8000")
"""In order of preference; everything else is switched off (G.711, RFC 3551 section 4.5.14)."""
MOST_CALLS = 1024
"""PJSUA_MAX_CALLS of our build."""
SPARE_CALLS = 24
"""Room above the allowed calls, so that the one too many gets our 503 and not PJSIP's own 486."""
ADDRESS_IN_USE = 120000 + 98
"""PJSIP's status for EADDRINUSE: PJ_ERRNO_START_SYS + errno."""


@dataclass(frozen=True, slots=True)
class SipSettings:
    """Where the agent listens and what it allows."""

    host: str = "127.0.0.1"
    port: int = 5060
    rtp_low: int = 10000
    rtp_high: int = 20000
    """RTP takes the even ports of the range, RTCP the odd ones: two ports a call."""
    public_address: str = ""
    """The address to put into Contact and SDP when a router hides ours; empty: our own."""
    max_calls: int = 1000
    native: bool | None = None
    """True: C++ media plane; False: portable; None: native where it is built."""
    user_agent: str = "sip-voice-gateway"
    """No version in it: scanners read it too."""


class SipAgent:
    """Starts and stops the SIP thread; makes legs of calls.

    `on_call` is called on the asyncio thread for each INVITE, after 100 Trying; the leg waits for `ring`
    and orders.
    """

    def __init__(self, settings: SipSettings, on_call: Callable[[SipLeg], None]) -> None:
        self.settings = settings
        self.plane = plane.media_plane(settings.native)
        self._on_call = on_call
        self._loop = asyncio.get_running_loop()
        self._legs: set[SipLeg] = set()
        self._commands: queue.SimpleQueue[Callable[[], None]] = queue.SimpleQueue()
        self._listening: Future[int] = Future()
        self._stopping = threading.Event()
        self._stopped: Future[None] = Future()
        self._thread = threading.Thread(target=self._run, name="sip", daemon=True)
        # Below: the SIP thread's own.
        self._endpoint: pj.Endpoint | None = None
        self._guard: ModuleType | None = None
        self._account: _Account | None = None
        self._dialogs: dict[str, Dialog] = {}
        self._watchdogs: dict[str, RtpWatchdog] = {}

    # --- asyncio thread ------------------------------------------------------------------------------

    async def start(self) -> int:
        """Begin to listen; returns the SIP port. Raises PortInUse or SipError with the cure."""
        self._thread.start()
        port = await asyncio.wrap_future(self._listening)
        self._loop.add_reader(self.plane.wake_fd, self._pump)
        return port

    async def stop(self) -> None:
        """Hang up what is left (BYE) and leave the network. Idempotent."""
        if not self._thread.is_alive():
            return
        self._loop.remove_reader(self.plane.wake_fd)
        self._stopping.set()
        await asyncio.wrap_future(self._stopped)

    def set_unavailable(self, retry_after: int) -> None:
        """Answer OPTIONS with 503 and Retry-After (seconds), or with 200 again for 0."""
        if (guard := self._guard) is not None:
            self._submit(lambda: guard.set_unavailable(retry_after))

    def dial(self, uri: str) -> SipLeg:
        """Call somebody; the leg reports `Answered` or `LegEnded`."""
        info = CallInfo(secrets.token_hex(4), "", Party("gateway"), party(uri))
        leg = SipLeg(info, self.plane.port(), _Line(self, info.id))
        self._legs.add(leg)
        self._submit(lambda: self._dial(leg, uri))
        return leg

    @property
    def legs(self) -> frozenset[SipLeg]:
        """The calls that are not over."""
        return frozenset(self._legs)

    def _pump(self) -> None:
        self.plane.clear_wake()
        for leg in tuple(self._legs):
            leg.pump()

    def _deliver(self, leg: SipLeg, fact: LegFact) -> None:
        if isinstance(fact, LegEnded):
            leg.pump()
            self._legs.discard(leg)
        leg.happened(fact)

    def _submit(self, command: Callable[[], None]) -> None:
        self._commands.put(command)

    # --- SIP thread ----------------------------------------------------------------------------------

    def _run(self) -> None:
        try:
            self._listening.set_result(self._open())
        except pj.Error as error:
            self._close()
            self._listening.set_exception(self._explain(error))
            return
        except Exception as error:  # noqa: BLE001 - the thread's last line: start() must hear of it
            self._close()
            self._listening.set_exception(error)
            return
        swept = time.monotonic()
        while not self._stopping.is_set():
            self._turn()
            if (now := time.monotonic()) - swept >= SWEEP_S:
                swept = now
                self._sweep(now)
        self._close()
        self._stopped.set_result(None)

    @contained
    def _turn(self) -> None:
        assert self._endpoint is not None
        self._endpoint.libHandleEvents(POLL_MS)
        while True:
            try:
                command = self._commands.get_nowait()
            except queue.Empty:
                return
            contained(command)()

    def _open(self) -> int:
        settings = self.settings
        self._endpoint = endpoint = pj.Endpoint()
        with quiet():
            endpoint.libCreate()
        calls = min(MOST_CALLS, settings.max_calls + SPARE_CALLS) if self.plane.native else PORTABLE_CALLS
        endpoint.libInit(_endpoint_config(settings, calls))
        if self.plane.native:
            self._guard = importlib.import_module("gateway.sip._guard")  # linked to the PJSIP just loaded
            self._guard.install()
        port = 0
        for kind in (pj.PJSIP_TRANSPORT_UDP, pj.PJSIP_TRANSPORT_TCP):
            config = pj.TransportConfig()
            config.port = port or settings.port
            config.boundAddress = settings.host
            config.publicAddress = settings.public_address
            transport = endpoint.transportCreate(kind, config)
            port = int(endpoint.transportGetInfo(transport).localName.rpartition(":")[2])
        endpoint.libStart()
        for codec in endpoint.codecEnum2():
            rank = next((n for n, name in enumerate(CODECS) if codec.codecId.startswith(name)), None)
            endpoint.codecSetPriority(codec.codecId, 0 if rank is None else 255 - rank)
        self.plane.start()
        self._account = _Account(self._incoming)
        self._account.create(_account_config(settings, port), True)
        return port

    def _close(self) -> None:
        """Say BYE to everybody and give the answers half a second."""
        endpoint = self._endpoint
        if endpoint is None:
            return
        try:
            for call_id in tuple(self._dialogs):
                self._dialogs[call_id].end(Ending(Result.COMPLETED, Reason.SHUTDOWN))
            deadline = time.monotonic() + 0.5
            while self._dialogs and time.monotonic() < deadline:
                self._turn()
            self.plane.stop()
            self._dialogs.clear()
            self._account = None
            endpoint.libDestroy()
        except pj.Error as error:
            log.warning("! SIP stack did not close cleanly", error=error.info())
        self._endpoint = None

    def _explain(self, error: pj.Error) -> SipError:
        where = f"{self.settings.host}:{self.settings.port}"
        if error.status == ADDRESS_IN_USE:
            return PortInUse(
                f"SIP address {where} is in use: stop the other program, or choose another --sip"
            )
        return SipError(f"cannot listen on {where}: {error.reason}")

    def _incoming(self, pj_call_id: int, message: str, source: str, transport: str) -> None:
        info = call_info(secrets.token_hex(4), message, source, transport)
        port = self.plane.port()
        made: Future[SipLeg] = Future()
        self._add_dialog(info.id, port, made, pj_call_id)

        def ring_in() -> None:
            leg = SipLeg(info, port, _Line(self, info.id))
            self._legs.add(leg)
            made.set_result(leg)
            self._on_call(leg)

        self._loop.call_soon_threadsafe(ring_in)

    def _dial(self, leg: SipLeg, uri: str) -> None:
        made: Future[SipLeg] = Future()
        made.set_result(leg)
        dialog = self._add_dialog(leg.info.id, leg.port, made, pj.PJSUA_INVALID_ID)
        try:
            dialog.dial(uri)
        except pj.Error as error:
            log.warning("! cannot call", uri=uri, error=error.reason)
            self._forget(leg.info.id)
            ending = Ending(Result.FAILED, Reason.SIGNALLING_FAILED, 500)
            self._loop.call_soon_threadsafe(self._deliver, leg, LegEnded(ending))

    def _add_dialog(self, call_id: str, port: Port, leg: Future[SipLeg], pj_call_id: int) -> Dialog:
        def on_fact(fact: LegFact) -> None:
            # The leg is made on the loop before this runs there: both go through the same queue.
            self._loop.call_soon_threadsafe(lambda: self._deliver(leg.result(), fact))

        assert self._account is not None
        dialog = Dialog(self._account, port, on_fact, lambda: self._forget(call_id), pj_call_id)
        self._dialogs[call_id] = dialog
        self._watchdogs[call_id] = RtpWatchdog()
        return dialog

    def _forget(self, call_id: str) -> None:
        """Drop the only reference to a dialog: see the dangers named in `dialog`."""
        del self._dialogs[call_id]
        del self._watchdogs[call_id]

    @contained
    def _sweep(self, now: float) -> None:
        for call_id, watchdog in tuple(self._watchdogs.items()):
            if watchdog.lost(self._dialogs[call_id].packets(), now):
                self._dialogs[call_id].end(Ending(Result.FAILED, Reason.NO_MEDIA))

    def order(self, call_id: str, order: Callable[[Dialog], None]) -> None:
        """Have the SIP thread do something to a call's dialog, if it still is there then."""

        def run() -> None:
            if (dialog := self._dialogs.get(call_id)) is not None:
                order(dialog)

        self._submit(run)


class _Account(pj.Account):  # type: ignore[misc] # SWIG classes have no types
    """Takes INVITEs; registers nowhere."""

    def __init__(self, incoming: Callable[[int, str, str, str], None]) -> None:
        super().__init__()
        self._incoming = incoming

    @contained
    def onIncomingCall(self, prm: pj.OnIncomingCallParam) -> None:  # noqa: N802 - PJSIP's name
        """Hand an INVITE over with its text and where it came from."""
        message = prm.rdata.wholeMsg
        via = message.partition("SIP/2.0/")[2][:3].lower()
        self._incoming(prm.callId, message, prm.rdata.srcAddress, via)


class _Line:
    """A leg's way to its dialog, by name: holding the object would keep it alive on the wrong thread."""

    def __init__(self, agent: SipAgent, call_id: str) -> None:
        self._agent = agent
        self._call_id = call_id

    def ring(self) -> None:
        """See `leg.Signalling`."""
        self._agent.order(self._call_id, Dialog.ring)

    def answer(self) -> None:
        """See `leg.Signalling`."""
        self._agent.order(self._call_id, Dialog.accept)

    def end(self, ending: Ending) -> None:
        """See `leg.Signalling`."""
        self._agent.order(self._call_id, lambda dialog: dialog.end(ending))

    def redirect(self, contact: str) -> None:
        """See `leg.Signalling`."""
        self._agent.order(self._call_id, lambda dialog: dialog.redirect(contact))

    def dtmf(self, digits: str) -> None:
        """See `leg.Signalling`."""
        self._agent.order(self._call_id, lambda dialog: dialog.dtmf(digits))


def _endpoint_config(settings: SipSettings, calls: int) -> pj.EpConfig:
    config = pj.EpConfig()
    config.uaConfig.threadCnt = 0  # our thread polls
    config.uaConfig.mainThreadOnly = True  # callbacks of PJSIP's media thread come on ours
    config.uaConfig.maxCalls = calls
    config.uaConfig.userAgent = settings.user_agent
    config.logConfig.level = config.logConfig.consoleLevel = 0
    media = config.medConfig
    media.clockRate = media.sndClockRate = PHONE_RATE
    media.channelCount = 1
    media.audioFramePtime = media.ptime = 20
    media.maxMediaPorts = 2 * calls + 8  # a call and its port each take one, the master too
    media.noVad = True  # RTP flows all the time: silence is sent, not suppressed
    media.ecTailLen = 0  # nobody listens on a loudspeaker here
    return config


def _account_config(settings: SipSettings, port: int) -> pj.AccountConfig:
    config = pj.AccountConfig()
    config.idUri = f"sip:gateway@{settings.host}:{port}"
    # RFC 4028: a peer that vanished without BYE is noticed even when it had stopped sending media.
    config.callConfig.timerUse = pj.PJSUA_SIP_TIMER_ALWAYS
    config.callConfig.timerMinSESec = 90
    transport = config.mediaConfig.transportConfig
    transport.port = settings.rtp_low
    transport.portRange = settings.rtp_high - settings.rtp_low
    transport.boundAddress = settings.host
    transport.publicAddress = settings.public_address
    return config
