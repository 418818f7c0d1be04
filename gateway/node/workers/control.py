"""One control socket for several workers: whoever asks there is answered for all of them.

A question about a call goes to all at once: only one of them has it, and nobody waits for the others. What is
asked of the process is asked of each, and put together; a worker that hangs is left out after a moment.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Mapping, Sequence
from pathlib import Path
from typing import Any

import structlog

from gateway.errors import BadInput, ControlError
from gateway.node.control_client import ControlClient, GatewayAway, Refusal
from gateway.node.control_server import ProcessAnswer, Question, Stream, line
from gateway.node.workers.asking import answer_or_fault, answers_or_faults, ask
from gateway.node.workers.together import about_all, measures_all, trunks_all
from gateway.tasks import within

log = structlog.get_logger(__name__)

NO_SUCH_CALL = 404
ABOUT_WITHIN_S = 2.0
"""Seconds for all workers to say how they are: they know it. One that hangs is ended after half a minute."""
AGAIN_S = 1.0
"""Seconds until a worker that is away is asked again."""
CHUNK = 65_536
OF_A_CALL = (
    "look",
    "end",
    "say",
    "tell",
    "show",
    "instruct",
    "mute",
    "keys",
    "hold",
    "resume",
    "transfer",
    "collect",
    "message",
    "move",
    "record",
)


class WorkersControl:
    """Asks the workers at these sockets. `own` is what there is to say of the supervisor itself."""

    def __init__(
        self,
        sockets: Sequence[Path],
        own: Callable[[], Mapping[str, Any]],
        orders: Mapping[str, Callable[[], None]],
    ) -> None:
        self._sockets = tuple(sockets)
        self._own = own
        self._orders = orders

    @property
    def answers(self) -> Mapping[str, ProcessAnswer]:
        """Return what answers, by the name of the question."""
        of_a_call = dict.fromkeys(OF_A_CALL, self._of_call)
        ordered = dict.fromkeys(self._orders, self._ordered)
        return {
            **of_a_call,
            "calls": self._calls,
            "about": self._about,
            "measures": self._measures,
            "plans": self._plans,
            "route": self._first,
            "trunks": self._trunks,
            "reload": self._reload,
            "level": self._level,
            "browser": self._browser,
            "browser_end": self._browser_end,
            "browser_look": self._browser_look,
            **ordered,
        }

    @property
    def streams(self) -> Mapping[str, Stream]:
        """Return what goes on telling, by the name of the question."""
        return {"watch": self._watch, "listen": self._of_one}

    async def _watch(
        self, question: Question, by: str, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        """Tell what happens in one call, or in all, until that is over or nobody wants to know any more."""
        if question.get("call") is not None:
            await self._of_one(question, by, reader, writer)
            return
        writer.write(line({"id": question.get("id"), "ok": None}))
        await _until_gone(reader, [_tell(path, writer) for path in self._sockets])

    async def _of_one(
        self, question: Question, by: str, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        """Pass on what the worker tells that has a call."""
        try:
            path = await self._whose(str(question.get("call")))
        except ControlError as error:
            told = {"id": question.get("id"), "error": str(error), "status": error.status}
            writer.write(line(told))
            return
        await _until_gone(reader, [_relay(path, {**question, "by": by}, writer)])

    # --- asked of one --------------------------------------------------------------------------------

    async def _of_call(self, question: Question, by: str) -> Any:
        """Return the answer of the one that has the call, whatever becomes of the others."""
        faults: list[ControlError] = []
        async with asyncio.TaskGroup() as tasks:
            asking = [
                tasks.create_task(answer_or_fault(path, {**question, "by": by})) for path in self._sockets
            ]
            for answered in asyncio.as_completed(asking):
                answer = await answered
                if not isinstance(answer, ControlError):
                    for task in asking:
                        task.cancel()
                    return answer
                faults.append(answer)
        raise _best(faults)

    async def _first(self, question: Question, by: str) -> Any:
        return await ask(self._sockets[0], {**question, "by": by})

    async def _whose(self, call: str) -> Path:
        """Return the socket of the worker that has a call. Raises ControlError."""
        for path in self._sockets:
            try:
                async with within(ABOUT_WITHIN_S):
                    await ask(path, {"do": "look", "call": call})
            except Refusal as refusal:
                if refusal.status != NO_SUCH_CALL:
                    raise
            except (GatewayAway, TimeoutError):
                continue
            else:
                return path
        raise Refusal(f"there is no call {call!r}", NO_SUCH_CALL)

    async def _browser(self, question: Question, by: str) -> Any:
        """Have a browser's call answered: by the first worker, or by whose call it takes over."""
        call = question.get("take_over")
        if isinstance(call, str):
            return await ask(await self._whose(call), {**question, "by": by})
        return await self._first(question, by)

    # --- asked of all --------------------------------------------------------------------------------

    async def _calls(self, question: Question, _by: str) -> list[dict[str, Any]]:
        found = await self._ask_all(question, ABOUT_WITHIN_S)
        return sorted((call for calls in found for call in calls), key=lambda call: str(call["since"]))

    async def _about(self, question: Question, _by: str) -> dict[str, Any]:
        return about_all(await self._ask_all(question, ABOUT_WITHIN_S), self._own())

    async def _measures(self, question: Question, _by: str) -> dict[str, Any]:
        found = await self._ask_all(question, ABOUT_WITHIN_S)
        return {"pid": self._own()["pid"], "families": measures_all(found)}

    async def _plans(self, question: Question, _by: str) -> dict[str, Any]:
        found = await self._ask_all(question, ABOUT_WITHIN_S)
        plans = {plan["name"]: dict(plan) for plan in found[0]["plans"]}
        for other in found[1:]:
            for plan in other["plans"]:
                if (known := plans.get(plan["name"])) is not None:
                    known["calls"] += plan["calls"]
        as_written = all(one["as_written"] for one in found)
        return {"plans": list(plans.values()), "as_written": as_written, "problems": found[0]["problems"]}

    async def _trunks(self, question: Question, _by: str) -> list[dict[str, Any]]:
        return trunks_all(await self._ask_all(question, ABOUT_WITHIN_S))

    async def _reload(self, question: Question, by: str) -> dict[str, Any]:
        found = await self._ask_all({**question, "by": by})
        return {**found[0], "done": all(one["done"] for one in found)}

    async def _level(self, question: Question, by: str) -> None:
        await self._ask_all({**question, "by": by})

    async def _ordered(self, question: Question, by: str) -> None:
        order = str(question["do"])
        log.info("process.ordered", by=by, order=order)
        self._orders[order]()

    async def _browser_end(self, question: Question, by: str) -> dict[str, bool]:
        return {"found": any(one["found"] for one in await self._ask_all({**question, "by": by}))}

    async def _browser_look(self, question: Question, _by: str) -> dict[str, str | None]:
        numbers = (one["number"] for one in await self._ask_all(question, ABOUT_WITHIN_S))
        return {"number": next(filter(None, numbers), None)}

    async def _ask_all(self, question: Question, within_s: float | None = None) -> list[Any]:
        """Return the answers there are. Raises ControlError where there is none, with the best reason."""
        answers = await answers_or_faults(self._sockets, question, within_s)
        found = [answer for answer in answers if not isinstance(answer, ControlError)]
        if not found:
            raise _best([answer for answer in answers if isinstance(answer, ControlError)])
        return found


def _best(faults: Sequence[ControlError]) -> ControlError:
    """Return the one that says most: least says that a worker is away, then that it has no such call."""
    return max(faults, key=lambda fault: (GatewayAway.status, NO_SUCH_CALL, fault.status).index(fault.status))


async def _tell(path: Path, writer: asyncio.StreamWriter) -> None:
    """Pass on what happens in one worker, over its restarts."""
    while True:
        try:
            async with ControlClient.connected(path) as client:
                async for told in client.watch():
                    writer.write(line({"watched": told}))
                    await writer.drain()
        except (BadInput, ControlError):
            pass
        await asyncio.sleep(AGAIN_S)


async def _relay(path: Path, question: Question, writer: asyncio.StreamWriter) -> None:
    """Ask a worker, and pass on its lines as they are."""
    try:
        reader, asking = await asyncio.open_unix_connection(path)
    except OSError:
        return
    try:
        asking.write(line(question))
        while told := await reader.read(CHUNK):
            writer.write(told)
            await writer.drain()
    finally:
        asking.close()


async def _until_gone(reader: asyncio.StreamReader, works: Sequence[Coroutine[Any, Any, None]]) -> None:
    """Do all of it until it is done, or whoever asked is gone."""
    async with asyncio.TaskGroup() as tasks:
        working = [tasks.create_task(work) for work in works]
        leaving = tasks.create_task(reader.read())  # ends with the connection
        done = tasks.create_task(_all(working))
        await asyncio.wait((done, leaving), return_when=asyncio.FIRST_COMPLETED)
        for task in (*working, leaving, done):
            task.cancel()


async def _all(works: Sequence[asyncio.Task[None]]) -> None:
    await asyncio.gather(*works)
