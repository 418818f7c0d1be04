"""The SIP user agent: one thread owns every PJSIP object, asyncio sees legs.

Commands reach the thread through a queue, facts leave it through the event loop. No PJSIP object is touched,
or garbage-collected, on another thread.
"""

from __future__ import annotations

import asyncio
import math
import queue
import secrets
import threading
import time
import traceback
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future
from dataclasses import replace
from functools import partial
from types import ModuleType

import pjsua2 as pj
import structlog

from gateway.call import (
    CallInfo,
    Ending,
    HangUp,
    LegEnded,
    LegFact,
    Party,
    Reason,
    Refer,
    Result,
    SignallingOrder,
)
from gateway.media import plane
from gateway.media.media_port import MediaPort
from gateway.sip import codecs, endpoint, portable_claims
from gateway.sip.contained import contained
from gateway.sip.dialog import Dialog
from gateway.sip.dialogs import Dialogs
from gateway.sip.headers import call_info
from gateway.sip.key_presses import IN_BAND
from gateway.sip.leg import SipLeg
from gateway.sip.loop_beat import LoopBeat
from gateway.sip.mixing import Mixing
from gateway.sip.offer import astray
from gateway.sip.public_address import PublicAddress, learned
from gateway.sip.resolver import Resolver
from gateway.sip.stack import SipSettings
from gateway.sip.trunk_group import TrunkGroup

log = structlog.get_logger(__name__)

POLL_S = 0.01
"""Portable mode: longest wait for SIP messages before commands are looked at, as nothing there can end it."""
SETTLE_S = 0.6
"""After the last call's end before we leave the network: its BYE may be lost and sent again (RFC 3261 T1 is
500 ms), or a 200 may cross our CANCEL and has to be acknowledged and ended."""
SWEEP_S = 2.5
"""Between two looks at every call's RTP counter."""
Headers = Mapping[str, str] | None
Shown = Party | None
ASTRAY = Ending(Result.REJECTED, Reason.NOT_ACCEPTABLE, 488)
"""Portable mode: PJSIP would wait for a name server, or send audio where none goes (RFC 3261 21.6.4)."""
CLOSED = Ending(Result.REJECTED, Reason.DRAINING, 503)
"""Of calls that come when all others were ended: another gateway may take them."""

_Made = list[SipLeg]
"""A call's leg, once it is made: nobody asks before."""


class UserAgent:
    """Starts and stops the SIP thread; makes legs of calls.

    `on_call` is called on the asyncio thread for each INVITE, after 100 Trying; the leg waits for orders.
    """

    def __init__(self, settings: SipSettings, on_call: Callable[[SipLeg], None]) -> None:
        self.settings = settings
        self.plane = plane.media_plane(settings.native)
        self.plane.wake_every(settings.audio_ticks, settings.silence_ticks)
        self._on_call = on_call
        self._loop = asyncio.get_running_loop()
        self._legs: dict[int, SipLeg] = {}  # by the number of their ports
        self._mixing = Mixing(self.plane)
        self._commands: queue.SimpleQueue[Callable[[], None]] = queue.SimpleQueue()
        self._listening: Future[int] = Future()
        self._stopping, self._stopped = threading.Event(), Future[None]()
        self._wake: ModuleType | None = None  # see `endpoint.waking`
        self.beat = LoopBeat(self._loop)
        self.public: PublicAddress | None = None
        self.encrypted_beyond: Callable[[str], str | None] = lambda _sip_call_id: None  # see `CallInfo`
        self._thread = threading.Thread(target=self._run, name="sip", daemon=True)
        # Below: the SIP thread's own.
        self._endpoint: pj.Endpoint | None = None
        self._guard: ModuleType | None = None
        self._refusal_logs: endpoint.RefusalLogs = ()
        self._resolver = Resolver(self._submit, settings.name_servers)
        self.trunks = TrunkGroup(self._incoming, self._resolver.find, self._submit)
        later = partial(_later, self._loop, self._order_dialog)
        self._dialogs = Dialogs(self.trunks, self._resolver, self.plane.port, later)

    # --- asyncio thread ------------------------------------------------------------------------------

    async def start(self) -> int:
        """Begin to listen; returns the SIP port. Raises PortInUse or SipError with the cure."""
        named = partial(endpoint.be_named, lambda: self._guard, self._submit)
        self.settings, self.public = await learned(self.settings, named, native=self.plane.native)
        self._thread.start()
        try:
            port = await asyncio.wrap_future(self._listening)
        except Exception:
            self._thread.join()  # with it goes the endpoint, of which a process can have only one
            raise
        self._loop.add_reader(self.plane.wake_fd, self._pump)
        self.beat.begin(self._guard)
        return port

    async def stop(self) -> None:
        """Hang up what is left (BYE) and leave the network. Idempotent."""
        if not self._thread.is_alive():
            return
        self.beat.stop()
        self._loop.remove_reader(self.plane.wake_fd)
        self._submit(self._stopping.set)
        await asyncio.wrap_future(self._stopped)
        self._thread.join()

    def set_unavailable(self, retry_after: int) -> None:
        """Answer OPTIONS with 503 and Retry-After (seconds), or with 200 again for 0."""
        if (guard := self._guard) is not None:
            self._submit(lambda: guard.set_unavailable(retry_after))

    def dial(
        self,
        uri: str,
        caller: Shown = None,
        trunk: str = "",
        headers: Headers = None,
        call_id: str = "",
        sip_call_id: str = "",
        codecs: Sequence[str] = (),
    ) -> SipLeg:
        """Call somebody, as `caller`, over a trunk; `headers` are checked, each one line. See `Leg`.

        `codecs`: those alone, of a call without a trunk.
        """
        leg = self._leg(self.trunks.outbound(call_id, uri, trunk, caller), self.plane.port())
        shown = caller or self.trunks.shown(trunk)
        self._submit(partial(self._dial, leg, uri, shown, headers, sip_call_id, codecs))
        return leg

    def _leg(self, info: CallInfo, port: MediaPort) -> SipLeg:
        self._legs[port.number] = leg = SipLeg(info, port, _SignallingProxy(self, info.id), self._mixing)
        return leg

    @property
    def legs(self) -> frozenset[SipLeg]:
        """The calls that are not over."""
        return frozenset(self._legs.values())

    def _pump(self) -> None:
        for number in self.plane.clear_wake():
            if (leg := self._legs.get(number)) is not None:
                leg.pump()

    def _deliver(self, leg: SipLeg, fact: LegFact) -> None:
        if isinstance(fact, LegEnded):
            leg.pump()
            if self._legs.get(leg.port.number) is leg:
                del self._legs[leg.port.number]
        leg.on_fact(fact)

    def _submit(self, command: Callable[[], None]) -> None:
        self._commands.put(command)
        if self._wake is not None:
            self._wake.wake()

    # --- SIP thread ----------------------------------------------------------------------------------

    def _run(self) -> None:
        try:
            self._serve()
        finally:
            self._stopped.set_result(None)

    def _serve(self) -> None:
        try:
            self._listening.set_result(self._open())
        except pj.Error as error:
            self._close()
            self._listening.set_exception(endpoint.explain(error, self.settings.host, self.settings.port))
            return
        except Exception as error:  # noqa: BLE001 - the thread's last line: start() must hear of it
            self._close()
            traceback.clear_frames(error.__traceback__)  # they hold the endpoint: a process has only one
            self._listening.set_exception(error)
            return
        swept = self.beat.swept = time.monotonic()
        while not self._stopping.is_set():
            if (left := swept + SWEEP_S - time.monotonic()) > 0:
                self._turn(left)
            else:
                swept = self.beat.swept = time.monotonic()
                self._sweep(swept)
        self._close()

    @contained
    def _turn(self, seconds: float) -> None:
        """Handle messages and timers until there is a command, that long at most; carry out all there are."""
        assert self._endpoint is not None
        if self._wake is None:
            self._endpoint.libHandleEvents(math.ceil(min(seconds, POLL_S) * 1000))
        elif self._wake.handle(math.ceil(seconds * 1000)):
            self._endpoint.libHandleEvents(0)
        while True:
            try:
                command = self._commands.get_nowait()
            except queue.Empty:
                break
            _execute(command)
        self._resolver.look_up()

    def _open(self) -> int:
        settings = self.settings
        self._endpoint = library = pj.Endpoint()
        endpoint.create(library, settings, native=self.plane.native)
        if self.plane.native:
            self._guard, self._refusal_logs = endpoint.guards(settings)
            self._resolver.install(settings.family)
            self._wake = endpoint.waking()
        else:
            portable_claims.claim_only_what_is_done()
        port = endpoint.listen(library, settings, self._guard)
        library.libStart()
        spoken = codecs.choose(library, settings.codecs, native=self.plane.native)
        self._dialogs.open(settings, spoken, self._guard)
        self.plane.start(settings.learn_source, *settings.jitter_ms)
        self.trunks.open(library, settings, self._guard, port)
        return port

    def _close(self) -> None:
        """Say BYE to everybody, and stay until the last word of every call has had its answer."""
        if (library := self._endpoint) is None:
            return
        try:
            self._dialogs.end_all(Ending(Result.COMPLETED, Reason.SHUTDOWN))
            unregistered = self.trunks.unregister()
            # PJSIP reports the end of a call when it sends BYE or CANCEL, before that was answered.
            began = time.monotonic()
            while True:
                last = began if self._dialogs else max(self._dialogs.last_ended, unregistered)
                if (left := last + SETTLE_S - time.monotonic()) <= 0:
                    break
                self._turn(left)
            self.plane.stop()
            self._dialogs.clear()
            self.trunks.close()
            self._resolver.close()
            library.libDestroy(pj.PJSUA_DESTROY_NO_RX_MSG)
        except pj.Error as error:
            log.warning("sip.closed_badly", error=error.info())
        self._endpoint = None

    def _incoming(self, pj_call_id: int, message: str, source: str, transport: str, trunk: str) -> None:
        over = self.trunks.identity(trunk)
        info = call_info(secrets.token_hex(4), message, source, transport, over, self.settings.edges)
        refusal = _astray(message, source) if self._guard is None else self.trunks.refusal(trunk)
        refusal = CLOSED if self._stopping.is_set() else refusal
        port, made = self.plane.port(), _Made()
        self._resolver.began(info)
        self._dialogs.add(info, port, partial(self._tell, made), pj_call_id)

        def ring_in() -> None:
            beyond = self.encrypted_beyond(info.sip_call_id)
            leg = self._leg(replace(info, encrypted_beyond=beyond), port)
            made.append(leg)
            if refusal is None:
                self._on_call(leg)
            else:
                leg.execute(HangUp(refusal))

        self._loop.call_soon_threadsafe(ring_in)

    def _dial(
        self,
        leg: SipLeg,
        uri: str,
        caller: Shown,
        headers: Headers,
        sip_call_id: str,
        only: Sequence[str],
    ) -> None:
        if (refusal := self.trunks.refusal(leg.info.trunk)) is not None:
            return _unplaced(self._loop, self._deliver, leg, refusal)
        tell = partial(self._tell, _Made((leg,)))
        if placed := self._dialogs.place(leg.info, leg.port, tell, uri, caller, headers, sip_call_id, only):
            self._loop.call_soon_threadsafe(leg.dialled, placed)
        return None

    def _tell(self, leg: _Made, fact: LegFact) -> None:
        # The leg is made on the loop before this runs there: both go through the same queue.
        self._loop.call_soon_threadsafe(lambda: self._deliver(leg[0], fact))

    @contained
    def _sweep(self, now: float) -> None:
        for refusals in self._refusal_logs:
            refusals.look(now)
        self.trunks.look(now)
        self._dialogs.watch(now)

    def dialog(self, call_id: str) -> Dialog | None:
        """SIP thread: return a call's dialog, to be let go at once."""
        return self._dialogs.of_leg(call_id)

    def order(self, call_id: str, order: Callable[[Dialog], None]) -> None:
        """Have the SIP thread do something to a call's dialog, if it still is there then."""
        self._submit(partial(_do, self._dialogs.of_leg, call_id, order))

    def _order_dialog(self, dialog_id: str, order: Callable[[Dialog], None]) -> None:
        self._submit(partial(_do, self._dialogs.find, dialog_id, order))


def _do(find: Callable[[str], Dialog | None], name: str, order: Callable[[Dialog], None]) -> None:
    if (dialog := find(name)) is not None:
        order(dialog)


def _later(
    loop: asyncio.AbstractEventLoop,
    order: Callable[[str, Callable[[Dialog], None]], None],
    call_id: str,
    seconds: float,
    do: Callable[[Dialog], None],
) -> None:
    """Order something of a call's dialog after so many seconds; any thread."""
    loop.call_soon_threadsafe(loop.call_later, seconds, order, call_id, do)


def _unplaced(
    loop: asyncio.AbstractEventLoop,
    deliver: Callable[[SipLeg, LegFact], None],
    leg: SipLeg,
    refusal: Ending,
) -> None:
    """Tell the loop that a call of ours was not even tried."""
    leg.port.close()
    loop.call_soon_threadsafe(deliver, leg, LegEnded(refusal))


def _astray(message: str, source: str) -> Ending | None:
    """Say in the log why portable mode cannot take an INVITE, for where it points; None if it can."""
    if (why := astray(message)) is None:
        return None
    log.warning("sip.invite_refused", source=source, why=why)
    return ASTRAY


@contained
def _execute(command: Callable[[], None]) -> None:
    command()


class _SignallingProxy:
    """A leg's way to its dialog, by name: holding the object would keep it alive on the wrong thread."""

    def __init__(self, agent: UserAgent, call_id: str) -> None:
        self._agent = agent
        self._call_id = call_id

    def execute(self, order: SignallingOrder) -> None:
        """See `leg.Signalling`."""
        if isinstance(order, Refer) and order.replaces:
            self._agent.order(
                self._call_id, lambda dialog: dialog.refer(order, self._agent.dialog(order.replaces))
            )
        else:
            self._agent.order(self._call_id, lambda dialog: dialog.execute(order))

    def hears_key(self, key: str) -> None:
        """See `leg.Signalling`."""
        self._agent.order(self._call_id, lambda dialog: dialog.pressed(key, IN_BAND))
