"""From a plan to a session: what is translated, where it leads, and prompts that are spoken."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from decimal import Decimal
from http import HTTPStatus
from pathlib import Path

import numpy as np
import pytest
import yaml
from structlog.testing import capture_logs

from gateway.call import CostUpdated, SessionFact, SessionReady, Usage
from gateway.calls.sessions import Sessions
from gateway.dialplan import Agent, Dialplan, load
from gateway.dialplan.spoken import SpokenText, spoken_text
from gateway.errors import BadInput, SessionError
from gateway.realtime.continuity.session import LastingSession
from gateway.realtime.custom_provider import CustomProvider
from gateway.realtime.greeting import GreetingSession
from gateway.realtime.prices import Prices
from gateway.realtime.providers import OPENAI_VOICES, Secret
from gateway.tools.registry import Toolbox
from tests.equipment import patience, ports, tone
from tests.equipment.model import RATE, Model
from tests.equipment.plans import plan
from tests.equipment.programs import LocalServer

LOCAL = "ws://127.0.0.1:1/v1/realtime?model={model}"
NO_TOOLS = Toolbox()


def told(folder: Path, **keys: object) -> Agent:
    """Return the agent of a plan."""
    agent = plan(folder, **keys).agent
    assert agent
    return agent


@pytest.fixture
async def model() -> AsyncIterator[Model]:
    """A model that a test makes speak."""
    async with Model() as ready:
        ready.says = None
        yield ready


# --- providers -------------------------------------------------------------------------------------------


def test_the_embedded_agent_is_where_this_process_started_it(tmp_path: Path) -> None:
    """Not at the default address, unless it is."""
    assert Sessions(LOCAL, {}).provider(told(tmp_path)).address("local") == LOCAL.format(model="local")


def test_a_plans_own_address_and_key_count(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """They replace the provider's; the key comes from the environment."""
    monkeypatch.setenv("MY_KEY", "k1")
    agent = told(tmp_path, agent={"url": "wss://example.com/x", "api_key": "${MY_KEY}", "provider": "local"})
    provider = Sessions(LOCAL, {}).provider(agent)
    assert (provider.host, provider.key) == ("example.com", Secret("k1"))


def test_a_missing_key_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """With the variable to set."""
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    agent = told(tmp_path, agent={"provider": "openai"})
    with pytest.raises(BadInput, match="OPENAI_API_KEY"):
        Sessions(LOCAL, {}).provider(agent)


def test_the_settings_own_providers_are_known(tmp_path: Path) -> None:
    """By the names that plans use."""
    own = {
        "mine": {"url": "wss://mine.example/v1", "model": "m1", "voices": ["anna"]},
        "other": {"url": "wss://other.example/v1"},
    }
    sessions = Sessions(LOCAL, {name: CustomProvider.model_validate(keys) for name, keys in own.items()})
    assert sessions.provider(told(tmp_path, agent={"provider": "mine"})).host == "mine.example"
    catalog = sessions.catalog()
    assert (catalog["mine"], catalog["other"], catalog["openai"]) == (
        frozenset({"anna"}),
        None,
        OPENAI_VOICES,
    )
    assert {"openai", "azure", "local", "compatible"} <= catalog.keys()


async def test_a_session_connects_to_its_plans_model(tmp_path: Path, model: Model) -> None:
    """Configured as the plan says, its facts go where they were asked for."""
    facts: asyncio.Queue[SessionFact] = asyncio.Queue()
    called = plan(tmp_path, agent={"url": model.url, "voice": "heart"})
    assert called.agent
    session = Sessions(LOCAL, {}).make(called, called.agent, NO_TOOLS, facts.put_nowait)
    async with patience.within(5), asyncio.TaskGroup() as tasks:
        tasks.create_task(session.run())
        assert await facts.get() == SessionReady()
        assert (await model.session()).config["audio"]["output"]["voice"] == "heart"
        await session.close()


# --- prompts ---------------------------------------------------------------------------------------------


async def test_a_text_is_spoken_by_the_embedded_agent(local_server: LocalServer) -> None:
    """All of its sound comes back; with the tone engine that is five seconds of a tone."""
    async with patience.within(5):
        pcm = await Sessions(f"{local_server.url}?model=tone", {}).speak(SpokenText("Good day."))
    heard = np.frombuffer(pcm, np.int16)
    assert len(heard) == 5 * RATE
    assert tone.share(heard, 440, rate=RATE) > 0.98


async def test_a_text_is_asked_for_word_by_word(model: Model) -> None:
    """Quotation marks in it do not end it; nobody listens meanwhile, so no turn can come in between."""
    model.says = tone.sine(440, 100, rate=RATE)
    async with patience.within(5):
        await Sessions(model.url, {}).speak(SpokenText('Say "no".'))
    session = await model.session()
    (asked,) = session.events("response.create")
    assert asked["response"]["instructions"].endswith("\"Say 'no'.\"")
    assert session.config["audio"]["input"]["turn_detection"] is None
    await session.until(session.closed.is_set)


async def test_nobody_there_to_speak() -> None:
    """The reason is said; whoever asked decides what is heard instead."""
    nowhere = f"ws://127.0.0.1:{ports.free_port()}/v1/realtime"
    with pytest.raises(SessionError, match="connect_failed"):
        await Sessions(nowhere, {}).speak(SpokenText("Hello."))


async def test_a_voice_that_refuses(model: Model) -> None:
    """An answer instead of a session is an error like no answer."""
    model.refuses = HTTPStatus.SERVICE_UNAVAILABLE
    with pytest.raises(SessionError):
        await Sessions(model.url, {}).speak(SpokenText("Hello."))


async def test_a_voice_that_is_lost_in_the_middle(model: Model) -> None:
    """Half a sentence is not kept as the prompt."""
    async with asyncio.TaskGroup() as tasks:
        speaking = tasks.create_task(_error(Sessions(model.url, {})))
        session = await model.session()
        await session.got("response.create")
        response = await session.start_response()
        await session.speak(response, await session.start_item(response), tone.sine(440, 100, rate=RATE))
        session.cut()
    assert speaking.result().code == "connection_lost"


@pytest.mark.parametrize("status", ["failed", "cancelled", "incomplete", "completed"])
async def test_a_voice_that_says_nothing(model: Model, status: str) -> None:
    """However a response without a sound ends, silence is not kept as the prompt."""
    async with asyncio.TaskGroup() as tasks:
        speaking = tasks.create_task(_error(Sessions(model.url, {})))
        session = await model.session()
        await session.got("response.create")
        await session.end_response(await session.start_response(), status)
    assert isinstance(speaking.result(), SessionError)


async def test_another_language_is_spoken_by_the_plans_provider(model: Model, tmp_path: Path) -> None:
    """With the plan's voice; the next one is asked where the first cannot be had, or says something else."""
    model.says = tone.sine(440, 100, rate=RATE)
    nowhere = {"url": f"ws://127.0.0.1:{ports.free_port()}/v1/realtime"}
    called = plan(
        tmp_path,
        agent=nowhere | {"fallback": [{"url": model.url, "voice": "cedar", "model": "big"}]},
        limits={"notice": "Auf Wiederh\u00f6ren, und danke f\u00fcr den Anruf."},
    )
    spoken = spoken_text(called, called.limits.notice)
    assert spoken is not None
    assert len(spoken.speakers) == 2
    with pytest.raises(SessionError, match="other_words"):
        await Sessions(LOCAL, {}).speak(spoken)
    model.words = spoken.text
    async with patience.within(5):
        assert len(await Sessions(LOCAL, {}).speak(spoken)) == 100 * RATE // 1000 * 2
    session = await model.session(2)
    assert session.config["audio"]["output"]["voice"] == "cedar"
    (asked,) = session.events("response.create")
    assert spoken.text in asked["response"]["instructions"]


async def test_english_is_spoken_by_the_plans_provider_where_there_is_no_embedded_voice(
    model: Model, tmp_path: Path
) -> None:
    """Its engines are not installed everywhere."""
    model.says = tone.sine(440, 100, rate=RATE)
    model.words = "We are closed."
    nowhere = f"ws://127.0.0.1:{ports.free_port()}/v1/realtime"
    called = plan(tmp_path, agent={"url": model.url, "voice": "cedar"})
    spoken = spoken_text(called, "We are closed.")
    assert spoken is not None
    assert spoken.speakers == ()
    async with patience.within(5):
        assert len(await Sessions(nowhere, {}).speak(spoken)) == 100 * RATE // 1000 * 2
    assert (await model.session()).config["audio"]["output"]["voice"] == "cedar"


async def _error(sessions: Sessions) -> SessionError:
    async with patience.within(5):
        with pytest.raises(SessionError) as raised:
            await sessions.speak(SpokenText("Hello."))
    return raised.value


def test_a_provider_without_its_key_is_left_out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The call goes to the next one; only a plan of which nothing can be had is refused."""
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    sessions = Sessions(LOCAL, {})
    keyless = plan(tmp_path, agent={"provider": "openai", "fallback": [{"provider": "local", "voice": "v"}]})
    assert keyless.agent
    (route,) = sessions._routes(keyless, keyless.agent, NO_TOOLS)
    assert (route.provider.name, route.settings.voice) == ("local", "v")
    hopeless = plan(tmp_path, agent={"provider": "openai"})
    assert hopeless.agent
    with pytest.raises(BadInput, match="OPENAI_API_KEY"):
        sessions._routes(hopeless, hopeless.agent, NO_TOOLS)


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        ({"greeting": "Hello.", "greeting_cached": True}, GreetingSession),
        ({"greeting": "Hello."}, LastingSession),
        ({"greeting_cached": True}, LastingSession),
        ({"greeting": "Hello.", "greeting_cached": True, "speaks_first": "caller"}, LastingSession),
    ],
)
async def test_a_greeting_is_kept_where_the_plan_wants_it(
    tmp_path: Path, answer: dict[str, object], kind: type
) -> None:
    """And has words for it, and somebody to say them; what such a call costs is known as well."""
    called = plan(tmp_path, answer=answer)
    assert called.agent
    sessions = Sessions(LOCAL, {}, Prices.read())
    session = sessions.make(called, called.agent, NO_TOOLS, lambda _fact: None)
    assert type(session) is kind
    assert sessions.cost(session) == CostUpdated(Decimal(0))


async def test_connections_that_a_plan_wants_are_kept_open(tmp_path: Path, model: Model) -> None:
    """The call that comes takes one of them, and it is replaced."""
    sessions = Sessions(model.url, {})
    wanted = load_plans(tmp_path, {"numbers": ["*"], "agent": {"model": "m", "warm_sessions": 2}})
    facts: list[SessionFact] = []
    ready = asyncio.Event()

    def on_fact(fact: SessionFact) -> None:
        facts.append(fact)
        ready.set()

    async with patience.within(10), asyncio.TaskGroup() as tasks:
        warm = tasks.create_task(sessions.keep_warm(lambda: wanted))
        await model.session(2)
        kept = wanted.plans["plan"]
        assert kept.agent
        session = sessions.make(kept, kept.agent, NO_TOOLS, on_fact)
        line = tasks.create_task(session.run())
        await ready.wait()
        await model.session(3)
        await session.close()
        line.cancel()
        warm.cancel()
    assert isinstance(facts[0], SessionReady)


def load_plans(folder: Path, written: dict[str, object]) -> Dialplan:
    (folder / "plan.yaml").write_text(yaml.safe_dump(written))
    return load(folder)


async def test_what_has_no_price_is_counted_without_and_said_once(tmp_path: Path) -> None:
    """Each model of each provider: a thousand calls make one line of it."""
    sessions = Sessions(LOCAL, {}, Prices.read())
    called = plan(tmp_path)
    assert called.agent
    session = sessions.make(called, called.agent, NO_TOOLS, lambda _fact: None)
    session.meter.response("openai", "gpt-realtime-2.1", Usage(output_text=1_000_000))
    session.meter.response("azure", "our-voice", Usage(output_text=5))
    with capture_logs() as logs:
        for _ in range(2):
            assert sessions.cost(session) == CostUpdated(Decimal(24), False, 0, 1_000_005)
    assert [(line["event"], line["provider"], line["model"]) for line in logs] == [
        ("cost.unknown", "azure", "our-voice")
    ]
    assert Sessions(LOCAL, {}).cost(session) == CostUpdated(None, tokens_out=1_000_005)
