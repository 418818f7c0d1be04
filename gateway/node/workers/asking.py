"""How the supervisor asks its workers: each over its control socket, over a connection of its own."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from gateway.errors import BadInput, ControlError
from gateway.node.control_client import ControlClient, GatewayAway
from gateway.node.control_server import Question
from gateway.tasks import within


async def ask(path: Path, question: Question) -> Any:
    """Ask one worker. Raises ControlError."""
    about = {key: value for key, value in question.items() if key not in ("do", "id")}
    try:
        async with ControlClient.connected(path) as client:
            return await client.ask(str(question["do"]), **about)
    except BadInput:
        raise GatewayAway("a worker does not answer: it is being started") from None


async def answer_or_fault(path: Path, question: Question, within_s: float | None = None) -> Any:
    """Return the answer, or what went wrong."""
    try:
        async with within(within_s):
            return await ask(path, question)
    except ControlError as error:
        return error
    except TimeoutError:
        return GatewayAway("a worker does not answer")


async def answers_or_faults(
    paths: Sequence[Path], question: Question, within_s: float | None = None
) -> list[Any]:
    """Return what each answers, or what went wrong with it, in their order."""
    async with asyncio.TaskGroup() as tasks:
        asking = [tasks.create_task(answer_or_fault(path, question, within_s)) for path in paths]
    return [task.result() for task in asking]
