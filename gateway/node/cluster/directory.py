"""Questions about calls that another machine may have: asked of all over Redis, answered by whoever has it.

A question is published once, and Redis says how many machines heard it: so many answers are waited for, or as
long as an answer may take. Nobody keeps a list of calls that could be out of date. Whoever may write to the
Redis server may order, as whoever may open a gateway's control socket.
"""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import secrets
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from typing import Any

import orjson
import structlog

from gateway.errors import ControlError, GatewayError
from gateway.node.cluster.connection import connect
from gateway.node.cluster.settings import ClusterSettings
from gateway.node.control_client import Refusal
from gateway.node.control_server import ProcessAnswer, Question, refusal
from gateway.node.embedded_keeping import meanwhile
from gateway.node.workers.control import OF_A_CALL
from gateway.tasks import TaskGroup, within

log = structlog.get_logger(__name__)

ANSWERS_WITHIN_S = 2.0
"""Seconds for all machines to answer: one that hangs keeps nobody waiting for longer."""
AGAIN_S = 1.0
"""Seconds until Redis is asked again where it hung up."""
MOST_AT_ONCE = 16
"""Questions of others that are being answered; more are not heard of."""
MOST_MACHINES = 1000
"""Answers to one question."""
NOT_FOUND = 404
ABOUT_CALLS = frozenset({*OF_A_CALL, "calls"})

Answer = dict[str, Any]
"""`{"ok": ...}`, or `{"error": words, "status": as of HTTP}`."""
Answers = Callable[[Question, str], Awaitable[Answer]]


class NobodyAnswers(ControlError):
    """Redis is away."""

    status = 503


class Directory:
    """One machine's side. `answers` answers what others ask, about this machine's calls alone."""

    def __init__(self, client: Any, name: str, node: str, answers: Answers) -> None:
        self._client = client
        self._asked = f"{{{name}}}:asked"
        self._told = f"{{{name}}}:told:{node}"
        self._node = node
        self._answers = answers
        self._numbers = itertools.count(1)
        self._waiting: dict[int, asyncio.Queue[Answer]] = {}
        self._answering = 0
        self.listens = asyncio.Event()
        """Set while this machine hears the others."""

    async def keep(self) -> None:
        """Hear the others, until cancelled."""
        from redis import RedisError  # noqa: PLC0415 - as in `membership`

        async with TaskGroup() as tasks:
            while True:
                try:
                    async with self._client.pubsub(ignore_subscribe_messages=True) as heard:
                        await heard.subscribe(self._asked, self._told)
                        self.listens.set()
                        await self._hear(heard, tasks)
                except (RedisError, OSError):
                    pass  # `membership` says that Redis is away
                self.listens.clear()
                await asyncio.sleep(AGAIN_S)

    async def _hear(self, heard: Any, tasks: asyncio.TaskGroup) -> None:
        while True:
            message = await heard.get_message(timeout=AGAIN_S)
            if (task := asyncio.current_task()) is not None and task.cancelling():
                raise asyncio.CancelledError  # redis-py 8.1 keeps it to itself
            if message is None:
                continue
            told = _read(message["data"])
            if message["channel"] == self._told.encode():
                waiting = self._waiting.get(number) if isinstance(number := told.get("n"), int) else None
                if waiting is not None and isinstance(told.get("answer"), dict):
                    with contextlib.suppress(asyncio.QueueFull):
                        waiting.put_nowait(told["answer"])
            elif _is_question(told) and told["node"] != self._node and self._answering < MOST_AT_ONCE:
                tasks.create_task(self._answer(told))

    async def _answer(self, asked: Mapping[str, Any]) -> None:
        from redis import RedisError  # noqa: PLC0415

        self._answering += 1
        try:
            answer = await self._answers(asked["question"], asked["by"])
            reply = orjson.dumps({"n": asked["n"], "answer": answer}, default=str)
            with contextlib.suppress(RedisError, OSError):
                await self._client.publish(asked["to"], reply)
        except Exception:  # whoever asks must not harm a call
            log.exception("control.broke")
        finally:
            self._answering -= 1

    async def ask(self, question: Question, by: str, enough: Callable[[Answer], bool]) -> list[Answer]:
        """Ask all other machines; return their answers, the last of which is `enough`, or as many as came.

        Raises NobodyAnswers.
        """
        from redis import RedisError  # noqa: PLC0415

        number, answers = next(self._numbers), []
        waiting = self._waiting[number] = asyncio.Queue(MOST_MACHINES)
        asked = {"node": self._node, "to": self._told, "n": number, "by": by, "question": dict(question)}
        try:
            async with within(ANSWERS_WITHIN_S):
                heard = int(await self._client.publish(self._asked, orjson.dumps(asked, default=str)))
                for _ in range(heard - self.listens.is_set()):  # we hear ourselves
                    answers.append(answer := await waiting.get())
                    if enough(answer):
                        break
        except TimeoutError:  # an OSError, too
            pass
        except (RedisError, OSError) as error:
            raise NobodyAnswers(f"Redis does not answer: {error}") from None
        finally:
            del self._waiting[number]
        return answers


def _read(data: bytes) -> dict[str, Any]:
    """Return what was published; nothing where that is no object of JSON."""
    try:
        told = orjson.loads(data)
    except orjson.JSONDecodeError:
        return {}
    return told if isinstance(told, dict) else {}


def _is_question(told: Mapping[str, Any]) -> bool:
    texts = all(isinstance(told.get(key), str) for key in ("node", "to", "by"))
    return texts and isinstance(told.get("n"), int) and isinstance(told.get("question"), dict)


def answers_here(own: Mapping[str, ProcessAnswer]) -> Answers:
    """Return what answers other machines: about calls, and of this one alone."""

    async def answer(question: Question, by: str) -> Answer:
        does = own.get(str(question.get("do"))) if question.get("do") in ABOUT_CALLS else None
        if does is None:
            return {"error": "other machines are asked about calls alone", "status": 400}
        try:
            async with within(ANSWERS_WITHIN_S):
                return {"ok": await does(question, by)}
        except GatewayError as error:
            return refusal(error)
        except TimeoutError:
            return {"error": f"not done within {ANSWERS_WITHIN_S:g} s", "status": 504}

    return answer


def everywhere(own: Mapping[str, ProcessAnswer], directory: Directory) -> dict[str, ProcessAnswer]:
    """Return `own` with what is about calls answered for all machines."""

    async def calls(question: Question, by: str) -> list[Any]:
        found = list(await own["calls"](question, by))
        with contextlib.suppress(NobodyAnswers):  # those of this machine are worth telling
            for answer in await directory.ask(question, by, lambda _: False):
                found += answer.get("ok", [])
        return sorted(found, key=lambda call: str(call["since"]))

    async def of_a_call(question: Question, by: str) -> Any:
        try:
            return await own[str(question["do"])](question, by)
        except GatewayError as error:
            if error.status != NOT_FOUND:
                raise
            answers = await directory.ask(question, by, _is_of_it)
            if not answers or not _is_of_it(answers[-1]):
                raise
        return _told(answers[-1])

    return {**own, **dict.fromkeys(OF_A_CALL, of_a_call), "calls": calls}


def _is_of_it(answer: Answer) -> bool:
    """Return whether it is the answer of the machine that has the call."""
    return answer.get("status") != NOT_FOUND


def _told(answer: Answer) -> Any:
    if "error" in answer:
        raise Refusal(str(answer["error"]), int(answer.get("status", 500)))
    return answer["ok"]


@contextlib.asynccontextmanager
async def known_everywhere(
    settings: ClusterSettings | None, own: Mapping[str, ProcessAnswer]
) -> AsyncIterator[Mapping[str, ProcessAnswer]]:
    """Answer other machines, if there are any, as long as the block lasts; gives `own`, for all of them."""
    if settings is None:
        yield own
        return
    client = connect(settings, None)
    # Machines that were copied have one name: they are two all the same.
    node = f"{settings.node}.{secrets.token_hex(3)}"
    directory = Directory(client, settings.name, node, answers_here(own))
    try:
        async with meanwhile(directory.keep()):
            yield everywhere(own, directory)
    finally:
        with contextlib.suppress(OSError, TimeoutError):
            async with within(AGAIN_S):
                await client.aclose()
