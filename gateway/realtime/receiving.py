"""The wait for what a server says: until the session is over, and not for ever until it is configured."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextvars import copy_context
from functools import partial

from websockets.exceptions import ConnectionClosed

from gateway.audio import BYTES_PER_MS
from gateway.call import AgentAudio, SessionFact, SessionLost
from gateway.realtime import disconnects
from gateway.realtime.events.wire import AudioDelta
from gateway.realtime.model_connection import ModelConnection
from gateway.tasks import Within, within

ENOUGH_S = 0.3
"""Seconds of an item that the caller has still to hear, from which its next pieces wait for each other."""
WAIT_S = 0.1
"""How long: ten or twenty pieces of a service that sends one each five or ten milliseconds."""


class Receiving:
    """Gives `read` each message where it comes in, until it returns what ends the session, or raises.

    `tell` hears the facts that `read` passes on, in order. Pieces of an item that came together are one: a
    server that is far ahead of its voice sends ten at once, and each would go the same way as all of them. So
    are those that come one by one while the caller has enough to hear: they wait for each other a moment, and
    for no other fact.

    `began`: when the connection was begun, by loop time; `configure_within`: seconds from now on until
    `configured` has to be called.
    """

    def __init__(
        self,
        read: Callable[[bytes | AudioDelta, Receiving], SessionLost | None],
        tell: Callable[[SessionFact], None],
        began: float,
        configure_within: float,
    ) -> None:
        self._read = read
        self._socket: ModelConnection | None = None
        self._tell = tell
        self._began = began
        self._loop = asyncio.get_running_loop()
        self._configure_within = configure_within
        self._limit: Within | None = None
        self._outcome: SessionLost | Exception | None = None
        self._context = copy_context()  # of the task that runs: whoever hears a fact logs for this call
        self._audio: AgentAudio | None = None  # of which more may come
        self._more: list[bytes] = []
        self._told_item = ""  # whose audio was told last
        self._heard_until = 0.0  # when that will have been heard, at the soonest
        self._waits: asyncio.TimerHandle | None = None

    async def run(self, socket: ModelConnection) -> SessionLost:
        """Return how the session was lost. Raises what either raises, which runs in this task's context."""
        self._context, self._socket = copy_context(), socket
        run: Callable[..., None] = self._context.run
        try:
            async with within(self._configure_within) as self._limit:
                await socket.messages(partial(run, self._take), partial(run, self._pause))
        except ConnectionClosed as error:
            self._settle()
            return disconnects.of_close(error)
        except TimeoutError:
            match self._outcome:
                case SessionLost() as lost:
                    return lost
                case Exception() as broke:
                    raise broke from None
        finally:
            self._limit = None
            if self._waits is not None:
                self._waits.cancel()
        return SessionLost("configure_timeout", f"not configured in {self._configure_within:g} s")

    @property
    def now(self) -> float:
        """Loop time."""
        return self._loop.time()

    def configured(self) -> int:
        """Wait for as long as it takes from now on; return how many ms it took to come so far."""
        if self._limit is not None:
            self._limit.reschedule(None)
        return round((self.now - self._began) * 1000)

    def pass_on(self, fact: SessionFact) -> None:
        """Have a fact told: audio once nothing more of it is there, everything else now."""
        before = self._audio
        if isinstance(fact, AgentAudio):
            if before is not None and (before.item_id, before.response_id) == (
                fact.item_id,
                fact.response_id,
            ):
                self._more.append(fact.pcm)
                return
            self._settle()
            self._audio = fact
            return
        if before is not None:
            self._settle()
        self._tell(fact)

    def _settle(self) -> None:
        if (audio := self._audio) is None:
            return
        self._audio = None
        if self._waits is not None:
            self._waits.cancel()
            self._waits = None
        if self._more:
            audio = AgentAudio(audio.response_id, audio.item_id, b"".join((audio.pcm, *self._more)))
            self._more.clear()
        if audio.item_id != self._told_item:
            self._told_item, self._heard_until = audio.item_id, 0.0
        self._heard_until = max(self._heard_until, self.now) + len(audio.pcm) / (1000 * BYTES_PER_MS)
        self._tell(audio)

    def _take(self, raw: bytes | AudioDelta) -> None:
        if self._outcome is not None or self._limit is None or self._limit.expired:  # as `_over`
            return
        try:
            outcome = self._read(raw, self)
        except Exception as error:  # noqa: BLE001 - raised by `run`, to whoever runs the session
            self._ends(error)
            return
        if outcome is not None:
            self._contain(self._settle)
            self._ends(outcome)

    def _pause(self) -> None:
        audio = self._audio
        if audio is None or self._over or self._waits is not None:
            return
        gathered = self._socket is not None and self._socket.gathers
        if not gathered and audio.item_id == self._told_item and self._heard_until - self.now >= ENOUGH_S:
            self._waits = self._loop.call_later(WAIT_S, self._context.run, self._waited)
        else:
            self._contain(self._settle)

    def _waited(self) -> None:
        self._waits = None
        if not self._over:
            self._contain(self._settle)

    @property
    def _over(self) -> bool:
        return self._outcome is not None or self._limit is None or self._limit.expired

    def _contain(self, do: Callable[[], None]) -> None:
        try:
            do()
        except Exception as error:  # noqa: BLE001 - as in `_take`
            self._ends(error)

    def _ends(self, outcome: SessionLost | Exception) -> None:
        if self._outcome is None:
            self._outcome = outcome
        if self._limit is not None:
            self._limit.reschedule(self.now)
