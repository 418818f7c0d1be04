"""Where an operator of this machine asks the gateway about its calls, over `control_server`."""

from __future__ import annotations

import asyncio
import contextlib
import re
from collections.abc import Awaitable, Callable, Coroutine, Mapping
from dataclasses import asdict
from functools import partial
from pathlib import Path
from typing import Any

from gateway.call import RINGS_S, AddImage, AddText, Announcement, Instruct, Mute, Respond, SendDigits
from gateway.control import CallOutcomes, CallOver, Control, Origination, Watch
from gateway.control_wire import view_json, watched_line
from gateway.errors import BadInput, GatewayError, NoSuchCall
from gateway.node import live_audio
from gateway.node.control_server import ControlServer, ProcessAnswer, Question, line, refusal

LONGEST_IMAGE = 1_500_000
"""Characters of an image as a data URL, about a megabyte: larger ones are for plans and functions."""
LONGEST_TEXT = 4_000
"""Characters that are said or told to a model."""
LONGEST_INSTRUCTIONS = 64_000
"""Characters of a model's instructions: some 16 000 tokens, what the largest models take."""
IMAGE = re.compile("data:image/(?:png|jpeg);base64,[A-Za-z0-9+/]+={0,2}")
GATHER_S = 0.1
"""Seconds in which what happens is gathered for a watcher."""
MOST_VARIABLES = 100
MOST_DIGITS = 32
"""Keys that are asked for at once."""
LONGEST_FIRST_S = 60
"""Seconds until the first of them."""
LONGEST_WAIT_S = 10.0
"""Seconds that an answer may wait for something to tell."""


class ControlSocket:
    """Answers questions about the calls of this process.

    `speak` returns the sound of a text, silence if nobody can speak it; `process` answers what is asked of
    the process itself, by the name of the question.
    """

    def __init__(
        self,
        control: Control,
        speak: Callable[[str], Awaitable[Announcement]],
        process: Mapping[str, ProcessAnswer],
    ) -> None:
        self._control = control
        self._speak = speak
        self.answers: Mapping[str, ProcessAnswer] = {
            **process,
            "originate": self._originate,
            "outcomes": self._outcomes,
            "calls": self._calls,
            "look": self._look,
            "end": self._end,
            "say": self._say,
            "tell": self._tell,
            "instruct": self._instruct,
            "show": self._show,
            "keys": self._keys,
            "mute": self._mute,
            "hold": self._hold,
            "resume": self._resume,
            "transfer": self._transfer,
            "collect": self._collect,
            "message": self._message,
            "move": self._move,
            "record": self._record,
        }
        """Those about calls, and of the process, by the name of the question."""

    def listening(
        self, path: Path, answers: Mapping[str, ProcessAnswer] | None = None
    ) -> contextlib.AbstractAsyncContextManager[None]:
        """Answer at this path as long as the block lasts; `answers` stand in for our own."""
        streams = {"watch": self._watch, "listen": self._listen}
        return ControlServer(self.answers if answers is None else answers, streams).listening(path)

    async def _watch(
        self, question: Question, _by: str, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        """Tell what happens until the call is over, or nobody wants to know any more."""
        call = question.get("call")
        try:
            async with self._control.watch(None if call is None else str(call)) as watch:
                writer.write(line({"id": question.get("id"), "ok": None}))
                await _while_connected(reader, _tell(watch, writer))
        except GatewayError as error:
            writer.write(line({"id": question.get("id"), **refusal(error)}))

    async def _listen(
        self, question: Question, by: str, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        """Let somebody hear a call until it is over, or nobody wants to any more."""
        try:
            call = _text(question, "call")
            tap = await self._control.listen(call, by)
        except GatewayError as error:
            writer.write(line({"id": question.get("id"), **refusal(error)}))
            return
        writer.write(line({"id": question.get("id"), "ok": None}))
        try:
            async with self._control.watch(call, most=1) as watch:  # its end is the last that happens
                over = partial(_is_over, watch)
                await _while_connected(reader, live_audio.carry(tap, over, writer))
        except NoSuchCall:
            pass  # it has ended since
        finally:
            tap.close()

    # --- what may be asked ---------------------------------------------------------------------------

    async def _originate(self, question: Question, by: str) -> str:
        """Call somebody; answered with the id of the call."""
        given = {key: _text(question, key) for key in ("trunk", "call_id") if question.get(key)}
        rings_s = question.get("ring", RINGS_S)
        if not isinstance(rings_s, int | float) or isinstance(rings_s, bool):
            raise BadInput("control", "ring", rings_s, "a number of seconds")
        variables = question.get("variables") or {}
        texts = isinstance(variables, dict) and all(isinstance(value, str) for value in variables.values())
        if not texts or len(variables) > MOST_VARIABLES:
            cure = f"an object of names and texts, {MOST_VARIABLES} at most"
            raise BadInput("control", "variables", None, cure)
        number, plan = _text(question, "number"), _text(question, "plan")
        wanted = Origination(number, plan, variables=variables, rings_s=float(rings_s), **given)
        return await self._control.originate(wanted, by)

    async def _outcomes(self, question: Question, _by: str) -> dict[str, Any]:
        """Tell how calls of ours came out, as soon as there is one to tell of."""
        return await outcomes_told(self._control.outcomes, question)

    async def _calls(self, _question: Question, _by: str) -> list[dict[str, Any]]:
        return [view_json(view) for view in await self._control.calls()]

    async def _look(self, question: Question, _by: str) -> dict[str, Any]:
        return view_json(await self._control.look(_text(question, "call")))

    async def _end(self, question: Question, by: str) -> None:
        await self._control.end(_text(question, "call"), by)

    async def _say(self, question: Question, by: str) -> str:
        call = _text(question, "call")
        await self._control.look(call)
        sound = await self._speak(text := _text(question, "text"))
        if not sound:
            raise BadInput("control", "text", text, "nobody can speak it: see the log")
        return await self._control.play(call, sound.pcm, by, sound.words)

    async def _tell(self, question: Question, by: str) -> None:
        """Tell the model something; with `answer` it speaks about it at once."""
        call = _text(question, "call")
        await self._control.order(call, AddText("system", _text(question, "text")), by)
        if question.get("answer") is True:
            await self._control.order(call, Respond(), by)

    async def _instruct(self, question: Question, by: str) -> None:
        """Give the model other instructions; with `answer` it speaks by them at once."""
        call = _text(question, "call")
        await self._control.order(call, Instruct(_text(question, "text", LONGEST_INSTRUCTIONS)), by)
        if question.get("answer") is True:
            await self._control.order(call, Respond(), by)

    async def _show(self, question: Question, by: str) -> None:
        """Show the model an image; with `answer` it speaks about it at once."""
        image = question.get("image")
        if not isinstance(image, str) or len(image) > LONGEST_IMAGE or not IMAGE.fullmatch(image):
            cure = f"write data:image/png;base64,... or jpeg, {LONGEST_IMAGE} characters at most"
            raise BadInput("control", "image", None, cure)
        text = _text(question, "text") if question.get("text") else ""
        call = _text(question, "call")
        await self._control.order(call, AddImage(image, text), by)
        if question.get("answer") is True:
            await self._control.order(call, Respond(), by)

    async def _keys(self, question: Question, by: str) -> None:
        await self._control.order(_text(question, "call"), SendDigits(_text(question, "digits")), by)

    async def _hold(self, question: Question, by: str) -> None:
        await self._control.hold(_text(question, "call"), by)

    async def _resume(self, question: Question, by: str) -> None:
        await self._control.resume(_text(question, "call"), by)

    async def _transfer(self, question: Question, by: str) -> None:
        call, target = _text(question, "call"), _text(question, "target")
        more = {key: _text(question, key) for key in ("digits", "summary") if question.get(key)}
        await self._control.transfer(call, target, by, **more)

    async def _collect(self, question: Question, by: str) -> str:
        """Have a caller press keys; answered with them."""
        most, first_s, ends = question.get("count", MOST_DIGITS), question.get("seconds", 10), "#"
        if isinstance(given := question.get("ends"), str):
            ends = given
        fits = isinstance(most, int) and 1 <= most <= MOST_DIGITS and ends in ("#", "*", "")
        if not fits or not isinstance(first_s, int | float) or not 1 <= first_s <= LONGEST_FIRST_S:
            cure = f"count 1 to {MOST_DIGITS}, seconds 1 to {LONGEST_FIRST_S}, ends with #, * or nothing"
            raise BadInput("control", "collect", None, cure)
        call = _text(question, "call")
        return await self._control.collect(call, by, most=most, terminator=ends, first_s=float(first_s))

    async def _message(self, question: Question, by: str) -> None:
        """Have a caller leave a message."""
        await self._control.take_message(_text(question, "call"), by)

    async def _mute(self, question: Question, by: str) -> None:
        await self._control.order(_text(question, "call"), Mute(_switch(question)), by)

    async def _record(self, question: Question, by: str) -> None:
        await self._control.record(_text(question, "call"), _switch(question), by)

    async def _move(self, question: Question, by: str) -> None:
        await self._control.move(_text(question, "call"), _text(question, "plan"), by)


async def outcomes_told(
    outcomes: Callable[[int, float], Awaitable[CallOutcomes]], question: Question
) -> dict[str, Any]:
    """Return the outcomes that a question asks for (`control.Control.outcomes`) as JSON has them."""
    after, wait_s = question.get("after", 0), question.get("wait", 0)
    if not isinstance(after, int) or not isinstance(wait_s, int | float):
        raise BadInput("control", "after", after, "the number of an outcome; wait is seconds")
    return asdict(await outcomes(after, min(max(0.0, float(wait_s)), LONGEST_WAIT_S)))


async def _while_connected(reader: asyncio.StreamReader, work: Coroutine[Any, Any, None]) -> None:
    """Do it until it is done, or whoever asked is gone."""
    async with asyncio.TaskGroup() as tasks:
        working = tasks.create_task(work)
        leaving = tasks.create_task(reader.read())  # ends with the connection
        await asyncio.wait((working, leaving), return_when=asyncio.FIRST_COMPLETED)
        working.cancel()
        leaving.cancel()


def _is_over(watch: Watch) -> bool:
    return any(isinstance(one.event, CallOver) for one in watch.waiting())


async def _tell(watch: Watch, writer: asyncio.StreamWriter) -> None:
    """Write what happens, several lines at once: a call must not pay for each with a system call."""
    async for one in watch:
        writer.write(b"".join(map(watched_line, (one, *watch.waiting()))))
        await writer.drain()
        await asyncio.sleep(GATHER_S)


def _text(question: Question, key: str, longest: int = LONGEST_TEXT) -> str:
    """Return a text of the question. Raises BadInput."""
    text = question.get(key)
    if not isinstance(text, str) or not 0 < len(text) <= longest:
        raise BadInput("control", key, None, f"write a text of 1 to {longest} characters")
    return text


def _switch(question: Question) -> bool:
    """Return what `on` of the question says. Raises BadInput."""
    on = question.get("on")
    if not isinstance(on, bool):
        raise BadInput("control", "on", on, "true or false")
    return on
