"""Carries PJSIP's questions for hosts from the SIP thread to a thread that may wait, and the answers back."""

from __future__ import annotations

import asyncio
import importlib
import socket
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from functools import partial
from types import ModuleType

import structlog

from gateway.call import CallInfo
from gateway.errors import UnknownHost
from gateway.sip.headers import LONGEST_CALL_ID
from gateway.sip.names import Found, HostNames, Target
from gateway.sip.wire_text import decoded, printable
from gateway.tasks import TaskGroup

log = structlog.get_logger(__name__)

SAY_AGAIN_S = 10.0
"""Between two lines about names that lead nowhere: a stranger decides how many there are."""
MOST_ENDED = 1024
"""Calls that are over and whose source is remembered."""

Submit = Callable[[Callable[[], None]], None]
"""Has the SIP thread do something, from any thread."""


class Resolver:
    """Answers what PJSIP asks. Everything on the SIP thread but what its thread of look-ups does itself.

    `servers` as for `HostNames`.
    """

    def __init__(self, submit: Submit, servers: Sequence[str] = ()) -> None:
        self._submit = submit
        self._servers = servers
        self._family = socket.AF_INET
        self._pjsip: ModuleType | None = None
        self._look_ups: _LookUps | None = None
        self._sources: dict[str, str] = {}
        self._sources_of_ended: OrderedDict[str, str] = OrderedDict()
        self._say_from = float("-inf")
        self._unsaid = 0

    def install(self, family: socket.AddressFamily = socket.AF_INET) -> None:
        """Be asked from now on, for addresses of that family. After libInit. Raises SipError."""
        self._family = family
        self._pjsip = importlib.import_module("gateway.sip._resolver")  # linked to the PJSIP just loaded
        self._pjsip.install(importlib.import_module("gateway.sip._wake").waker)

    def close(self) -> None:
        """Tell everybody who still asks that there is no answer. Before libDestroy; idempotent."""
        if self._pjsip is not None:
            self._pjsip.give_up()
            self._pjsip = None
        if self._look_ups is not None:
            self._look_ups.close()

    def began(self, info: CallInfo) -> None:
        """Count the names that a call brings against the address it came from."""
        self._sources[info.sip_call_id] = info.source.rpartition(":")[0]

    def ended(self, info: CallInfo) -> None:
        """Remember the source for a while: PJSIP tells of an end before it asks where the BYE goes."""
        if (source := self._sources.pop(info.sip_call_id, None)) is not None:
            self._sources_of_ended[info.sip_call_id] = source
            if len(self._sources_of_ended) > MOST_ENDED:
                self._sources_of_ended.popitem(last=False)

    def look_up(self) -> None:
        """Begin to look up what PJSIP has asked for."""
        if self._pjsip is None:
            return
        for number, host, port, transport, call_id in self._pjsip.questions():
            if self._look_ups is None:  # most gateways never meet a name
                self._look_ups = _LookUps(self._servers, self._family)
            found = self._look_ups.ask(Target(host, port, transport), self._source(_text(call_id)))
            found.add_done_callback(partial(self._found, number))

    def find(self, target: Target) -> Future[Found]:
        """Begin to look up a host of our own; the future has what `HostNames.find` returns or raises."""
        if self._look_ups is None:
            self._look_ups = _LookUps(self._servers, self._family)
        return self._look_ups.ask(target, "")

    def _source(self, sip_call_id: str) -> str:
        """Return where the call came from; one of ours counts for itself."""
        source = self._sources.get(sip_call_id) or self._sources_of_ended.get(sip_call_id)
        return source or sip_call_id

    def _found(self, number: int, found: Future[Found]) -> None:
        """Go back to the SIP thread with an answer; on the look-ups' thread."""
        self._submit(partial(self._tell, number, found))

    def _tell(self, number: int, found: Future[Found]) -> None:
        if self._pjsip is None or found.cancelled():
            return
        error = found.exception()
        if isinstance(error, UnknownHost):
            self._say(error)
        self._pjsip.answer(number, [] if error else list(found.result()))

    def _say(self, error: UnknownHost) -> None:
        now = time.monotonic()
        if now < self._say_from:
            self._unsaid += 1
            return
        log.warning("sip.message_unsent", host=error.host, why=error.why, others_before=self._unsaid)
        self._say_from, self._unsaid = now + SAY_AGAIN_S, 0


def _text(call_id: bytes) -> str:
    """Return a Call-ID as `headers.call_info` has it."""
    return printable(decoded(call_id.decode("utf-8", "surrogateescape")))[:LONGEST_CALL_ID]


class _LookUps:
    """A thread with an event loop of its own, on which names are looked up."""

    def __init__(self, servers: Sequence[str], family: socket.AddressFamily) -> None:
        self._servers = servers
        self._family = family
        self._loop = asyncio.new_event_loop()
        self._asked: asyncio.Queue[tuple[Target, str, Future[Found]] | None] = asyncio.Queue()
        self._thread = threading.Thread(target=self._run, name="names", daemon=True)
        self._thread.start()

    def ask(self, target: Target, source: str) -> Future[Found]:
        """Begin a look-up, from any thread; the future has what `HostNames.find` returns or raises."""
        found: Future[Found] = Future()
        self._loop.call_soon_threadsafe(self._asked.put_nowait, (target, source, found))
        return found

    def close(self) -> None:
        """Cancel what still runs, and end the thread."""
        self._loop.call_soon_threadsafe(self._asked.put_nowait, None)
        self._thread.join()

    def _run(self) -> None:
        with asyncio.Runner(loop_factory=lambda: self._loop) as runner:
            runner.run(self._serve())

    async def _serve(self) -> None:
        async with TaskGroup() as answers, HostNames(self._servers, self._family) as names:
            while (asked := await self._asked.get()) is not None:
                answers.create_task(_answer(names, *asked))


async def _answer(names: HostNames, target: Target, source: str, found: Future[Found]) -> None:
    try:
        found.set_result(await names.find(target, source))
    except UnknownHost as error:
        found.set_exception(error)
    finally:
        found.cancel()  # unless it has come to something
