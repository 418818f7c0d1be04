"""The recipes of the dialplan guide, each rung with a real phone and heard with real ears."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from functools import partial

import pytest

from gateway.call import CallInfo, Party
from gateway.dialplan import Announce, Menu, Plan, Routed, load
from gateway.dialplan.variables import fill
from gateway.media.plane import native_available
from tests.equipment import patience
from tests.equipment.process import ROOT
from tests.equipment.programs import Gateway, LocalServer
from tests.equipment.wire_call import Call
from tests.equipment.wire_phone import Phone
from tests.equipment.wire_rtp import MS, Pump

pytestmark = [
    pytest.mark.speech,
    pytest.mark.skipif(not native_available(), reason="the plans are the same in portable mode"),
]

RECIPES = ROOT / "docs" / "recipes"
AT_ONCE = 3
"""Recipes cooked at the same time: each needs a gateway of its own, since their numbers overlap."""
PAUSE_MS = 800
"""Silence that is worth listening to what came before."""
US, UK = "+15559990001", "+442079990001"

CALLS: list[tuple[str, str, str, dict[str, str], str]] = [
    ("after-hours", "+15551230001", US, {}, ""),
    ("language-by-number", "+442071230001", UK, {}, ""),
    ("menu-then-agent", "+15551230001", US, {}, "1"),
    ("vip-callers", "+15551230001", US, {}, ""),
    ("vip-callers", "+15551230001", UK, {}, ""),
    ("announcement", "+15551230009", US, {}, ""),
    ("survey", "+15551230020", US, {}, "12"),
    ("caller-filter", "+15551230030", UK, {}, ""),
    ("campaign-header", "+15551230040", US, {"X-Campaign": "spring-radio"}, ""),
    ("campaign-header", "+15551230040", US, {}, ""),
    ("customer-lookup", "+15551230050", US, {}, ""),
]
"""Recipe, number dialled, caller, headers, keys pressed one after each prompt."""


@pytest.fixture(scope="module")
def speaker() -> Iterator[LocalServer]:
    """The embedded agent with its voice, in place of every provider that the recipes name."""
    pytest.importorskip("moonshine_voice", reason="needs the speech engines: pip install -e '.[local]'")
    with LocalServer("agent") as running:
        yield running


async def test_each_recipe_says_what_it_should(speaker: LocalServer, pump: Pump) -> None:
    """Greetings, announcements and menus are recognised in what the caller hears."""
    oven = asyncio.Semaphore(AT_ONCE)

    async def cook(recipe: str, called: str, caller: str, headers: dict[str, str], keys: str) -> None:
        async with oven:
            gateway = await asyncio.to_thread(_gateway, recipe, speaker)
            try:
                async with Phone(gateway.sip, pump, user=caller) as phone:
                    call = phone.call(called, headers=list(headers.items()))
                    await _hear(call, _expected(recipe, called, caller, headers), keys)
                    if not call.over:
                        await call.hang_up()
            except Exception as error:
                error.add_note(f"{recipe}, dialled {called} by {caller}\n{gateway.tail(20)}")
                raise
            finally:
                await asyncio.to_thread(gateway.stop)

    served = await asyncio.gather(*(cook(*order) for order in CALLS), return_exceptions=True)
    spoilt = [error for error in served if isinstance(error, Exception)]
    if spoilt:
        raise ExceptionGroup("recipes that did not say what they should", spoilt)


async def test_a_redirecting_recipe_names_the_new_address(speaker: LocalServer, pump: Pump) -> None:
    """302 with the number that was dialled, at the other system."""
    gateway = await asyncio.to_thread(_gateway, "redirect", speaker)
    try:
        async with Phone(gateway.sip, pump) as phone:
            moved = await phone.call("+15551241234").final()
            assert (moved.status, moved.header("Contact")) == (302, "<sip:+15551241234@pbx.example.com>")
    finally:
        await asyncio.to_thread(gateway.stop)


async def test_a_recipe_whose_server_is_not_there_refuses(speaker: LocalServer, pump: Pump) -> None:
    """Its address is an example: the caller's side gets 503 and may try elsewhere."""
    gateway = await asyncio.to_thread(_gateway, "compatible-server", speaker)
    try:
        async with Phone(gateway.sip, pump) as phone:
            assert (await phone.call("anything").final(patience.seconds(30))).status == 503
    finally:
        await asyncio.to_thread(gateway.stop)


def _gateway(recipe: str, speaker: LocalServer) -> Gateway:
    providers = {"openai": {"like": "local", "url": speaker.url, "model": "local"}}
    secrets = {"SPEECH_KEY": "k", "CRM_TOKEN": "t", "OPENAI_API_KEY": "k", "GATEWAY_DRAIN_SECONDS": "1"}
    listen = f"{speaker.address[0]}:{speaker.address[1]}"
    options = ("--dialplans", str(RECIPES / recipe), "--no-local", "--local-listen", listen)
    return Gateway({}, *options, env={"GATEWAY_PROVIDERS": json.dumps(providers), **secrets}, rtp_ports=20)


def _expected(recipe: str, called: str, caller: str, headers: dict[str, str]) -> list[str]:
    """The texts that a call hears, first to last, by the rules of the plans themselves."""
    plans = load(RECIPES / recipe)
    told = {name.lower(): value for name, value in headers.items()}
    info = CallInfo("c", "c", Party(caller), Party(called), headers=told)
    routed = plans.route(info, datetime.now(UTC))
    assert isinstance(routed, Routed)
    plan = fill(routed.plan, info, datetime.now(UTC))
    texts = [_words_of(plan)]
    while isinstance(plan.action, Menu):
        target = plan.action.options["1"]
        assert isinstance(target, str)
        plan = plans.plans[target]
        texts.append(_words_of(plan))
    return texts


def _words_of(plan: Plan) -> str:
    match plan.action:
        case Announce(say=str(text)):
            return text
        case Menu() as menu:
            return menu.prompt.say or ""
        case _:
            return plan.answer.greeting or ""


async def _hear(call: Call, texts: list[str], keys: str) -> None:
    await call.answered()
    pressed_at, since = 0, 0
    for number, text in enumerate(texts):
        await call.hears_sound(since=since)
        if number < len(keys):
            pressed = await call.said(call.media.press(keys[number]), 20)
            pressed_at, since = pressed.started_at, pressed.ended_at
            continue
        await _recognise(call, text, pressed_at)


async def _recognise(call: Call, text: str, since: int) -> None:
    """Wait until half of a text's words were heard: a busy speaker may pause between sentences.

    What was heard before `since` is another text, which a key cut short.
    """
    from gateway.local.engines.stt import transcribe  # noqa: PLC0415 - only where the engines are

    recognised, listened, over = "", -1, False
    while len(_words(text) - _words(recognised)) > len(_words(text)) // 2:
        assert not over, f"{text!r} was heard as {recognised!r}"
        await call.hears(partial(_finished, call, listened), f"{text!r} after {recognised!r}", 30)
        over, listened = call.over, call.media.last_sound() or 0
        pcm = call.media.heard(since).astype("<i2").tobytes()
        recognised, _ = await asyncio.to_thread(transcribe, pcm, 8000)


def _finished(call: Call, listened: int) -> bool:
    """Return whether the call is over, or new sound since then (monotonic ns) was followed by silence."""
    last = call.media.last_sound() or 0
    return call.over or (last > listened and call.phone.pump.heard_until - last > PAUSE_MS * MS)


def _words(text: str) -> set[str]:
    return set(re.findall(r"[a-z]+", text.lower())) - {"acme", "a", "is", "to", "the"}
