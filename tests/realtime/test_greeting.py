"""A greeting that is spoken once, between a call and a real connection."""

from __future__ import annotations

import dataclasses
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager

import pytest

from gateway.audio import BYTES_PER_MS
from gateway.audio_cache import AudioCache
from gateway.call import (
    AddText,
    AgentAudio,
    AgentAudioDone,
    AgentSaid,
    CallerStartedSpeaking,
    DeleteItem,
    Respond,
    ResponseEnded,
    ResponseStarted,
    SessionInterrupted,
    SessionReady,
    ToolCalled,
    Truncate,
)
from gateway.realtime.continuity.route import Route
from gateway.realtime.continuity.session import LastingSession
from gateway.realtime.greeting import ITEM, Greeting, GreetingSession, alike
from gateway.realtime.price_book import PriceBook
from gateway.realtime.prices import Prices
from gateway.realtime.providers import LOCAL
from gateway.realtime.settings import SessionSettings
from gateway.records.transcript import Transcript
from tests.realtime.caller import Facts, running
from tests.realtime.wire_model import Line, Model, model

ASKED = "Say hello."
HELLO = Greeting("Hello.", ASKED)
SOUND = b"\x07\x00" * (BYTES_PER_MS // 2) * 1000
"""A second."""


@pytest.fixture
async def server() -> AsyncIterator[Model]:
    async with model() as running_model:
        yield running_model


@pytest.fixture
def kept() -> AudioCache:
    return AudioCache(10_000_000)


def greeting(
    server: Model, kept: AudioCache, greeting: Greeting = HELLO, voice: str = "heart"
) -> AbstractAsyncContextManager[tuple[GreetingSession, Facts]]:
    """A session of a plan with this greeting."""
    provider = dataclasses.replace(LOCAL, url=server.url)
    route = Route(provider, SessionSettings(model="m", voice=voice))
    return running(
        lambda facts: GreetingSession(greeting, kept, lambda told: LastingSession([route], told), facts)
    )


async def begun(session: GreetingSession, facts: Facts, server: Model) -> Line:
    """Have a session greet."""
    await facts.wait(SessionReady)
    session.execute(Respond(ASKED))
    return await server.line(len(server.lines))


async def spoken(server: Model, kept: AudioCache, **kind: str) -> None:
    """Hold a call in which the model speaks the greeting."""
    async with greeting(server, kept, **kind) as (session, facts):  # type: ignore[arg-type]
        line = await begun(session, facts, server)
        await line.got("response.create")
        await line.says(SOUND)
        await facts.wait(ResponseEnded)


def told(line: Line) -> list[tuple[str, str]]:
    """What the session was made to remember: roles and words."""
    items = [event["item"] for event in line.came if event["type"] == "conversation.item.create"]
    return [(item["role"], item["content"][0]["text"]) for item in items]


def kinds(line: Line) -> list[str]:
    return [event["type"] for event in line.came]


async def mark(session: GreetingSession, line: Line) -> None:
    """Wait until all that was ordered has come."""
    count = len(told(line))
    session.execute(AddText("user", "mark"))
    while ("user", "mark") not in told(line):
        count += 1
        await line.got("conversation.item.create", count)


async def test_the_second_call_hears_what_the_first_one_heard(server: Model, kept: AudioCache) -> None:
    """As a response like any other, with its words; the model is told, and not asked."""
    await spoken(server, kept)
    async with greeting(server, kept) as (session, facts):
        line = await begun(session, facts, server)
        assert facts.told[1:] == [
            ResponseStarted(ITEM),
            AgentAudio(ITEM, ITEM, SOUND),
            AgentAudioDone(ITEM, ITEM),
            AgentSaid(ITEM, "Hello."),
            ResponseEnded(ITEM, "completed"),
        ]
        await mark(session, line)
        assert told(line)[0] == ("assistant", "Hello.")
        assert "response.create" not in kinds(line)
        assert session.meter.cost(PriceBook(Prices.read())).usd == 0
        session.execute(Respond())
        await line.got("response.create")


async def test_the_records_show_it(server: Model, kept: AudioCache) -> None:
    """Its words, as far as they were heard, like those of any other response."""
    words = Greeting("Hello. Hello. Hello. Hello.", ASKED)
    kept.put((server.url, "m", "heart", words.words), SOUND)
    transcript = Transcript()
    async with greeting(server, kept, words) as (session, facts):
        await begun(session, facts, server)
    for fact in facts.told:
        transcript(fact, 0.0)
    assert [line.text for line in transcript.lines] == [words.words]
    transcript(Truncate(ITEM, 500), 0.0)
    assert [line.text for line in transcript.lines] == ["Hello. Hello. ..."]


async def test_the_model_learns_what_was_heard_of_it(server: Model, kept: AudioCache) -> None:
    """There is no item of its own to be truncated: its text is cut, or taken back."""
    words = Greeting("Hello. Hello. Hello. Hello.", ASKED)
    kept.put((server.url, "m", "heart", words.words), SOUND)
    async with greeting(server, kept, words) as (session, facts):
        line = await begun(session, facts, server)
        session.execute(Truncate(ITEM, 500))
        await mark(session, line)
        assert told(line)[:2] == [("assistant", words.words), ("assistant", "Hello. Hello. ...")]
        assert kinds(line).count("conversation.item.delete") == 1
        session.execute(DeleteItem(ITEM))
        await line.got("conversation.item.delete", 2)
        assert "conversation.item.truncate" not in kinds(line)


async def test_the_next_session_is_told_of_it(server: Model, kept: AudioCache) -> None:
    """A loss while it plays costs nothing: the caller hears it out, and the model knows."""
    await spoken(server, kept)
    async with greeting(server, kept) as (session, facts):
        line = await begun(session, facts, server)
        await mark(session, line)
        line.cut()
        await facts.wait(SessionReady, 2)
        following = await server.line(3)
        await following.got("conversation.item.create", 3)
        assert told(following)[:2] == [("assistant", "Hello."), ("user", "mark")]
        assert "response.create" not in kinds(following)
    assert len(facts.of(SessionInterrupted)) == 1


async def test_other_voices_and_words_have_greetings_of_their_own(server: Model, kept: AudioCache) -> None:
    """What is kept for one is not played for another."""
    await spoken(server, kept)
    for other in ({"voice": "marin"}, {"greeting": Greeting("Hello!", ASKED)}):
        async with greeting(server, kept, **other) as (session, facts):  # type: ignore[arg-type]
            line = await begun(session, facts, server)
            await line.got("response.create")


async def test_it_greets_once(server: Model, kept: AudioCache) -> None:
    """The same words asked for again are an answer, and the model's."""
    await spoken(server, kept)
    async with greeting(server, kept) as (session, facts):
        line = await begun(session, facts, server)
        session.execute(Respond(ASKED))
        await line.got("response.create")


async def test_a_greeting_that_was_cut_off_is_not_kept(server: Model, kept: AudioCache) -> None:
    """Half of it is no greeting."""
    async with greeting(server, kept) as (session, facts):
        line = await begun(session, facts, server)
        await line.says(SOUND, status="cancelled")
        await facts.wait(ResponseEnded)
    assert (server.url, "m", "heart", "Hello.") not in kept


async def test_other_words_than_the_plans_are_not_kept(server: Model, kept: AudioCache) -> None:
    """A model that makes an excuse once is not to make it for ever."""
    acme = Greeting("Welcome to Acme. Which department would you like?", ASKED)
    await spoken(server, kept, greeting=acme)  # type: ignore[arg-type]
    assert (server.url, "m", "heart", acme.words) not in kept


async def test_an_answer_to_the_caller_is_not_taken_for_the_greeting(server: Model, kept: AudioCache) -> None:
    """Who spoke first, or pressed a key, is answered before the greeting is begun."""
    async with greeting(server, kept) as (session, facts):
        line = await begun(session, facts, server)
        await line.send("input_audio_buffer.speech_started", item_id="u", audio_start_ms=0)
        await facts.wait(CallerStartedSpeaking)
        await line.says(SOUND)
        await facts.wait(ResponseEnded)
    async with greeting(server, kept) as (session, facts):
        line = await begun(session, facts, server)
        session.execute(Respond())
        await line.says(SOUND)
        await facts.wait(ResponseEnded)
    assert (server.url, "m", "heart", "Hello.") not in kept


async def test_a_greeting_with_a_function_call_is_not_kept(server: Model, kept: AudioCache) -> None:
    """The call would be missing the next time."""
    async with greeting(server, kept) as (session, facts):
        line = await begun(session, facts, server)
        await line.send("response.created", response={"id": "resp_1", "status": "in_progress"})
        await facts.wait(ResponseStarted)
        call = {"item_id": "f", "call_id": "c", "name": "f", "arguments": "{}"}
        await line.send("response.function_call_arguments.done", response_id="resp_1", **call)
        await facts.wait(ToolCalled)
        await line.says(SOUND)
        await facts.wait(ResponseEnded)
    assert (server.url, "m", "heart", "Hello.") not in kept


async def test_a_caller_who_interrupts_what_is_all_there_costs_nothing(
    server: Model, kept: AudioCache
) -> None:
    """The model speaks faster than the caller hears."""
    async with greeting(server, kept) as (session, facts):
        line = await begun(session, facts, server)
        await line.says(SOUND)
        await line.send("input_audio_buffer.speech_started", item_id="u", audio_start_ms=0)
        await facts.wait(CallerStartedSpeaking)
    assert kept.get((server.url, "m", "heart", "Hello.")) == SOUND


def test_words_are_compared_as_they_sound() -> None:
    """Punctuation, capitals and a number in figures do not matter; an excuse is something else."""
    assert alike("Hello this is acme, how can I help you", "Hello! This is Acme. How can I help you?")
    assert alike("We are open from eight to five.", "We are open from 8 to 5.")
    assert not alike("I'm sorry, I can't help with that.", "Hello! This is Acme. How can I help you?")
    assert alike("", "")
