"""The engine that really listens and speaks: detector, recogniser, rules, voice."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import replace
from datetime import datetime

import orjson
import structlog

from gateway import wall_clock
from gateway.errors import SpeechError
from gateway.local.engines.part import Part
from gateway.local.engines.pool import FairPool
from gateway.local.engines.simple import Flawless
from gateway.local.engines.stt import recogniser
from gateway.local.engines.tts import synthesiser
from gateway.local.engines.vad import SileroVad
from gateway.local.reply import Asked, SpokenReply, rules
from gateway.local.reply.agreeing import answer_waiting
from gateway.local.reply.clock import zone_in
from gateway.local.reply.greeting import greeting, words_told
from gateway.local.reply.half_sentences import with_first_half
from gateway.local.reply.summary import summary_wanted
from gateway.local.reply.tools import HANG_UP, forced_call, say_output
from gateway.local.vocabulary import (
    Clip,
    HeardTurn,
    Piece,
    Recognised,
    Request,
    Speech,
    Text,
    ToolCallPiece,
    Vad,
)

SPEEDS = (0.5, 1.5)
"""What the voice can do of the protocol's 0.25 to 1.5."""

CANNOT_SAY = "Sorry, I cannot pronounce that."


def _local_time() -> datetime:
    """Return what time it is here: in a rehearsal perhaps another."""
    return wall_clock.now().astimezone()


class AgentEngine(Flawless):
    """Answers callers by the rules of `reply`. Recognition and synthesis run in a pool each."""

    listens = True

    def __init__(self, workers: int, now: Callable[[], datetime] = _local_time) -> None:
        self._ears = FairPool("recognition", workers)
        self._mouth = FairPool("synthesis", workers)
        self._now = now
        self._recogniser = Part(recogniser)
        self._voice = Part(synthesiser)

    async def load(self) -> None:
        """Load what a session cannot begin without: the detector."""
        await asyncio.to_thread(SileroVad)

    async def warm(self) -> None:
        """Load the rest, so that no caller waits for it."""
        await asyncio.gather(self._voice.get(), self._recogniser.get())

    def close(self) -> None:
        """Let go of the threads."""
        self._ears.close()
        self._mouth.close()

    def vad(self) -> Vad:
        """Return a detector."""
        return SileroVad()

    async def hear(self, session_id: str, clip: Clip) -> Recognised:
        """Recognise a clip when it is this session's turn."""
        recogniser = await self._recogniser.get()
        return await self._ears.run(session_id, lambda: recogniser.hear(clip))

    def prepare(self, request: Request, heard: Recognised) -> Awaitable[None] | None:
        """Synthesise the first sentence of the probable answer while the silence lasts."""
        voice = self._voice.loaded
        if not request.spoken or not heard.text or voice is None:
            return None
        said = self._decide(request, heard)
        pieces = voice.pieces(said.text)
        return self._rehearse(request, pieces[0].spoken) if pieces else None

    async def _rehearse(self, request: Request, sentence: str) -> None:
        await self._say(request, sentence)

    async def answer(self, request: Request) -> AsyncIterator[Piece]:
        """Say what the rules say, a sentence at a time, then make their calls."""
        last = _last_that_counts(request.turns)
        heard = await last.heard() if last is not None else Recognised("")
        said = self._decide(request, heard)
        if said.text and not request.spoken:
            yield Text(said.text)
        elif said.text:
            for piece in (await self._voice.get()).pieces(said.text):
                yield Speech(await self._say(request, piece.spoken), piece.written)
        for call in said.calls:
            yield ToolCallPiece(call.name, orjson.dumps(dict(call.arguments)).decode())

    async def _say(self, request: Request, sentence: str) -> bytes:
        speed = min(max(request.speed, SPEEDS[0]), SPEEDS[1])
        voice = await self._voice.get()
        known = voice.remembered(sentence, speed)
        if known is not None:
            return known
        try:
            return await self._mouth.run(request.session_id, lambda: voice.say(sentence, speed))
        except SpeechError as error:
            structlog.get_logger().warning("synthesis.failed", session=request.session_id, error=str(error))
            return await self._mouth.run(request.session_id, lambda: voice.say(CANNOT_SAY, speed))

    # --- what to say ---

    def _decide(self, request: Request, heard: Recognised) -> SpokenReply:
        tools = () if request.tool_choice == "none" else request.tools
        last = _last_that_counts(request.turns)
        if request.told is not None:
            told = summary_wanted(request.told, request.turns) or words_told(
                request.told, request.instructions
            )
            if told is not None:
                return SpokenReply(told)
        if last is None:
            return SpokenReply(greeting(request.instructions))
        if last.role == "tool":
            return SpokenReply(_outputs(request.turns))
        if last.silent:
            return SpokenReply(rules.STILL_THERE)
        if (waiting := answer_waiting(heard.text, request.turns)) is not None:
            return SpokenReply(waiting)
        asked = self._asked(request, with_first_half(heard, request.turns))
        forced = forced_call(request.tool_choice, asked.text, tools)
        return SpokenReply("", (forced,)) if forced else rules.answer(replace(asked, tools=tools))

    def _asked(self, request: Request, heard: Recognised) -> Asked:
        now = self._now()
        zone = zone_in(request.instructions)
        said_before = [
            turn.text for turn in reversed(request.turns) if turn.role == "assistant" and not turn.name
        ]
        return Asked(
            text=heard.text,
            now=now.astimezone(zone) if zone else now,
            instructions=request.instructions,
            confidence=heard.confidence,
            agent_said=next((text for text in said_before if text), ""),
            caller_said=[turn.text for turn in reversed(request.turns[:-1]) if turn.role == "user"],
            exchanges=_exchanges(request.turns, heard.text),
        )


def _last_that_counts(turns: Sequence[HeardTurn]) -> HeardTurn | None:
    """Return the turn to answer: the newest, unless that is only a note of the system behind it."""
    return next((turn for turn in reversed(turns) if turn.role in ("user", "tool")), None)


def _exchanges(turns: Sequence[HeardTurn], heard: str) -> list[tuple[str, str]]:
    """Return what the agent said, and the caller to that; the words of the last are those just heard."""
    found: list[tuple[str, str]] = []
    agent = ""
    for turn in turns:
        if turn.role == "assistant" and not turn.name:
            agent = f"{agent} {turn.text}".strip()
        elif turn.role == "user":
            found.append((agent, turn.text))
            agent = ""
    return [*found[:-1], (found[-1][0], heard)] if found else []


def _outputs(turns: Sequence[HeardTurn]) -> str:
    """Say the results of the calls made last; of hanging up there is nothing to say."""
    names = {turn.call_id: turn.name for turn in turns if turn.name}
    results: list[str] = []
    for turn in reversed(turns):
        if turn.role == "tool":
            results += [] if names.get(turn.call_id, "").lower() in HANG_UP else [say_output(turn.text)]
        elif not turn.name:
            break
    return " ".join(reversed(results))
