"""The end of a connection of ours: what the server still tells of its cost is heard.

A response that is being made when the caller hangs up is broken off, so that its bill comes with its end; and
what crosses our closing frame on the wire is read until the server has answered that (RFC 6455 section 1.4).
"""

from __future__ import annotations

from collections.abc import Callable

from gateway.call import CancelResponse, SessionFact, SessionLost
from gateway.realtime.events.wire import AudioDelta
from gateway.realtime.model_connection import ModelConnection
from gateway.realtime.protocol import Protocol, ProtocolPhase
from gateway.realtime.receiving import Receiving
from gateway.tasks import TaskGroup

SETTLE_S = 0.5
"""Seconds that a response has to end once it is broken off; some servers never end one."""
CLOSE_S = 10.0
"""Seconds for the closing handshake, should the connection's own bound not hold."""


async def leave(
    socket: ModelConnection, protocol: Protocol, wake: Callable[[], None], hear: Callable[[], None]
) -> None:
    """Break off the response that is being made, and close. Raises nothing that the network did.

    `wake` has sent what `protocol` has to send; `hear` is called after each message, for its news.
    """
    active = protocol.interpreter.active
    if protocol.phase is ProtocolPhase.READY and active is not None:
        protocol.ordered(CancelResponse(active))
        wake()
        await _read(socket, protocol, hear, SETTLE_S, until_settled=True)
    async with TaskGroup() as tasks:
        # In a task of its own: the library's time-out may not hold in one that was cancelled (`within`).
        tasks.create_task(socket.close())
        await _read(socket, protocol, hear, CLOSE_S)


async def _read(
    socket: ModelConnection,
    protocol: Protocol,
    hear: Callable[[], None],
    seconds: float,
    *,
    until_settled: bool = False,
) -> None:
    """Read until the connection is closed, or time is up, or no response is being made any more."""

    def take(raw: bytes | AudioDelta, _receiving: Receiving) -> SessionLost | None:
        protocol.received(raw)
        hear()
        settled = until_settled and protocol.interpreter.active is None
        return SessionLost("settled", "nothing is being made") if settled else None

    never_begun = 0.0  # nothing is configured here
    await Receiving(take, _nobody, never_begun, seconds).run(socket)


def _nobody(_fact: SessionFact) -> None:
    """What happens in a session that was left concerns nobody any more."""
