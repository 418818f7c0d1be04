from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime
from typing import Any

import pytest

from gateway.local.engines import stt
from gateway.local.engines.agent import AgentEngine
from gateway.local.reply.rules import GOODBYE, NOT_UNDERSTOOD, STILL_THERE
from gateway.local.vocabulary import HeardTurn, Recognised, Request, Speech, Text, ToolCallPiece
from tests.equipment import tone
from tests.local import speech
from tests.local.client import FRAME, Client, client, samples, server

pytestmark = pytest.mark.speech
speech.engines_or_skip()

ACME = "You are the agent of Acme Bikes. Opening hours: Monday to Friday 9-17, Saturday 10am to 2pm."
HANG_UP = {"type": "function", "name": "hang_up", "parameters": {"type": "object", "properties": {}}}
WEATHER = {
    "type": "function",
    "name": "get_weather",
    "parameters": {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]},
}
PAUSE = bytes(48 * 700)


@asynccontextmanager
async def call(**asked: Any) -> AsyncIterator[Client]:
    transcription = {"transcription": {"model": "gpt-transcribe"}, **asked.pop("input", {})}
    async with server("agent") as address, client(address) as one:
        await one.next("session.created")
        audio = {"input": transcription, **asked.pop("audio", {})}
        await one.update(instructions=ACME, tools=[HANG_UP, WEATHER], audio=audio, **asked)
        one.seen.clear()
        yield one


async def said(one: Client, text: str) -> str:
    """Say something; give the agent's words in answer."""
    await one.speak(speech.caller(text), PAUSE)
    done = await one.response()
    return " ".join(part["transcript"] for item in done["output"] for part in item.get("content", []))


@pytest.mark.parametrize(
    ("question", "answer"),
    [
        ("How much is twelve times seven?", "Twelve times seven is eighty-four."),
        ("What are your opening hours on Saturday?", "On Saturday we are open from ten a m to two p m."),
        ("Please repeat four seven two nine.", "Four seven two nine."),
        (
            "My name is Peter Smith, can you spell that?",
            "Peter Smith is spelled: P, E, T, E, R. S, M, I, T, H.",
        ),
        (
            "My cat sleeps on the sofa.",
            f"I heard: My cat sleeps on the sofa. {NOT_UNDERSTOOD}",
        ),
    ],
)
async def test_a_conversation(question: str, answer: str) -> None:
    """What a caller asks over a telephone line is understood and answered, audibly."""
    async with call() as one:
        assert await said(one, question) == answer
        heard, confidence = stt.transcribe(one.audio(), 24_000)
        assert heard
        assert confidence > -0.6


async def test_order_of_a_turn() -> None:
    """The transcript comes with its usage; the answer may overtake it."""
    async with call() as one:
        await said(one, "What time is it?")
        completed = [e for e in one.seen if e["type"].endswith("input_audio_transcription.completed")]
        (transcript,) = completed
        assert transcript["transcript"] == "What time is it?"
        assert transcript["usage"]["seconds"] > 1
        committed = next(e for e in one.seen if e["type"] == "input_audio_buffer.committed")
        assert transcript["item_id"] == committed["item_id"]


async def test_greeting() -> None:
    """Words in quotes are said as they stand."""
    async with call() as one:
        await one.send(
            "response.create", response={"instructions": 'Greet the caller: "Thanks for calling Acme."'}
        )
        await one.next("response.output_audio.delta")
        done = await one.response()
        assert done["output"][0]["content"][0]["transcript"] == "Thanks for calling Acme."
        assert "calling" in stt.transcribe(one.audio(), 24_000)[0]


async def test_goodbye() -> None:
    """A farewell is spoken, then the session's tool called; its result is not talked about."""
    async with call() as one:
        assert await said(one, "Thank you, goodbye.") == GOODBYE
        finished = next(e for e in one.seen if e["type"] == "response.function_call_arguments.done")
        assert finished["name"] == "hang_up"
        output = {"type": "function_call_output", "call_id": finished["call_id"], "output": "{}"}
        await one.send("conversation.item.create", item=output)
        await one.send("response.create")
        assert (await one.response())["output"] == []


async def test_tool() -> None:
    """A tool that fits is called, its result put into words."""
    async with call() as one:
        assert await said(one, "What is the weather in London?") == ""
        finished = next(e for e in one.seen if e["type"] == "response.function_call_arguments.done")
        assert finished["arguments"] == '{"city":"London"}'
        output = '{"temperature": 7, "sky": "cloudy"}'
        item = {"type": "function_call_output", "call_id": finished["call_id"], "output": output}
        await one.send("conversation.item.create", item=item)
        await one.send("response.create")
        (answer,) = (await one.response())["output"]
        assert answer["content"][0]["transcript"] == "The temperature is seven, the sky is cloudy."


@pytest.mark.parametrize("kind", ["audio/pcmu", "audio/pcma"])
async def test_g711(kind: str) -> None:
    """A session in G.711 both ways."""
    form = {"format": {"type": kind}}
    async with call(input=form, audio={"output": form}) as one:
        encode, decode = (
            (tone.ulaw_encode, tone.ulaw_decode)
            if kind == "audio/pcmu"
            else (tone.alaw_encode, tone.alaw_decode)
        )
        line = tone.join([speech.caller_8k("How much is twelve times seven?"), tone.silence(700)])
        await one.speak(encode(line))
        done = await one.response()
        assert done["output"][0]["content"][0]["transcript"] == "Twelve times seven is eighty-four."
        assert "eighty" in stt.transcribe(decode(one.audio()).tobytes(), 8000)[0]


async def test_typed_words_and_pictures() -> None:
    """Text is answered like speech, in text if that is wanted; of a picture its format and size."""
    async with call() as one:
        for text in ("What is two plus two?",):
            content = [{"type": "input_text", "text": text}]
            await one.send(
                "conversation.item.create", item={"type": "message", "role": "user", "content": content}
            )
            await one.send("response.create", response={"output_modalities": ["text"]})
            (answer,) = (await one.response())["output"]
            assert answer["content"] == [{"type": "output_text", "text": "Two plus two is four."}]
        content = [{"type": "input_image", "image_url": "data:image/png;base64," + "A" * 4000}]
        await one.send(
            "conversation.item.create", item={"type": "message", "role": "user", "content": content}
        )
        await one.send("response.create")
        (answer,) = (await one.response())["output"]
        assert (
            answer["content"][0]["transcript"]
            == "I got a picture, png, three kilobytes. I cannot see what is on it."
        )


async def test_summary_out_of_band() -> None:
    """Who asks for a summary beside the conversation gets what the caller said."""
    async with call() as one:
        await said(one, "What time is it?")
        asked = {"conversation": "none", "output_modalities": ["text"], "instructions": "Summarize the call."}
        await one.send("response.create", response=asked)
        (answer,) = (await one.response())["output"]
        assert answer["content"][0]["text"] == "The caller said: What time is it."


async def in_real_time(one: Client, pcm: bytes, until: asyncio.Event) -> None:
    """Send audio as a telephone does, 20 ms at a time, then silence."""
    loop = asyncio.get_running_loop()
    began = loop.time()
    for number in range(1000):
        if until.is_set():
            return
        await one.speak((pcm[number * FRAME : (number + 1) * FRAME]).ljust(FRAME, b"\0"))
        await asyncio.sleep(max(0.0, began + (number + 1) * 0.02 - loop.time()))


async def test_barge_in() -> None:
    """A voice over the agent is noticed from its start on, while it still speaks."""
    async with call() as one:
        voice = speech.caller("What time is it?")
        stop = asyncio.Event()
        async with asyncio.TaskGroup() as group:
            group.create_task(in_real_time(one, bytes(48 * 300) + voice, stop))
            started = await one.next("input_audio_buffer.speech_started")
            stop.set()
        assert started["audio_start_ms"] <= 300


async def test_an_answer_begins_with_sound() -> None:
    """Asked in real time, the answer has no silence in front; how soon it comes a benchmark measures."""
    async with call() as one:
        voice = speech.caller("How much is twelve times seven?")
        stop = asyncio.Event()
        async with asyncio.TaskGroup() as group:
            group.create_task(in_real_time(one, voice, stop))
            await one.next("response.output_audio.delta")
            stop.set()
            await one.response()
        assert tone.spans(samples(one.audio()), rate=24_000)[0].start_ms < 60


def request(*turns: HeardTurn, **more: Any) -> Request:
    return Request("sess_1", turns, **more)


async def answer(asked: Request) -> list[Any]:
    engine = AgentEngine(1, now=lambda: datetime(2026, 11, 23, 9, 30))
    try:
        return [
            piece.text if isinstance(piece, Speech | Text) else piece async for piece in engine.answer(asked)
        ]
    finally:
        engine.close()


async def test_unspeakable() -> None:
    """What the voice cannot say is apologised for; the response completes."""
    async with call() as one:
        told = '"' + "1," * 3 + "1" * 60 + '"'
        await one.send("response.create", response={"instructions": told})
        assert (await one.response())["status"] == "completed"
        assert "cannot pronounce" in stt.transcribe(one.audio(), 24_000)[0]


async def test_decisions() -> None:
    """What is answered when nobody has asked anything."""
    assert await answer(request(instructions=ACME)) == ["Hello, this is Acme Bikes.", "How can I help you?"]
    assert await answer(request(HeardTurn("user", silent=True))) == [STILL_THERE]
    assert await answer(request(told="Say that the line is bad.")) == ["The line is bad."]
    forced = {"type": "function", "name": "get_weather"}
    assert await answer(request(HeardTurn("user", "Hm"), tools=[WEATHER], tool_choice=forced)) == [
        ToolCallPiece("get_weather", '{"city":"Hm"}')
    ]
    assert await answer(request(HeardTurn("user", "Goodbye."), tools=[HANG_UP], tool_choice="none")) == [
        GOODBYE
    ]
    again = request(HeardTurn("assistant", "Five."), HeardTurn("user", "Say that again, please."))
    assert await answer(again) == ["Five."]
    zoned = request(HeardTurn("user", "What time is it?"), instructions="You are in Asia/Tokyo.")
    assert "thirty" in (await answer(zoned))[0]


async def test_nothing_is_prepared_by_a_voice_that_is_not_there_yet() -> None:
    """It is loaded by whoever answers; thinking ahead does not wait for it."""
    engine = AgentEngine(1, now=lambda: datetime(2026, 11, 23, 9, 30))
    try:
        asked = request(HeardTurn("user", "What time is it?"))
        assert engine.prepare(asked, Recognised("What time is it?", 0.0)) is None
        await engine.warm()
        ahead = engine.prepare(asked, Recognised("What time is it?", 0.0))
        assert ahead is not None
        await ahead
    finally:
        engine.close()
