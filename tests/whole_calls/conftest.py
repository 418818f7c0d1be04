"""One gateway for all whole-call tests, a number for each behaviour, phones that hang up after themselves."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from typing import Any

import pytest

from tests.equipment import ports
from tests.equipment.model import Model
from tests.equipment.programs import Gateway, LocalServer, agent
from tests.equipment.wire_phone import Phone
from tests.equipment.wire_rtp import Pump

TONES = {f"11{n}": 350 + 90 * n for n in range(10)}
"""Numbers whose agents each have a tone of their own, in Hz: far enough apart to be told from each other."""

IDLE = {"type": "none", "idle_timeout_ms": 5000}


def greeting(words: str, **answer: object) -> dict[str, object]:
    """Greet with words that are spoken once."""
    return {"greeting": words, "greeting_cached": True, **answer}


@pytest.fixture(scope="session")
def model_port() -> int:
    """Where the scripted model listens, in the tests that have one."""
    return ports.free_port()


@pytest.fixture(scope="session")
def shared_gateway(local_server: LocalServer, model_port: int) -> Iterator[Gateway]:
    scripted = f"ws://127.0.0.1:{model_port}/v1/realtime"
    nowhere = f"ws://127.0.0.1:{ports.free_port()}/v1/realtime"
    quiet: dict[str, Any] = {"answer": {"speaks_first": "caller"}}
    plans = {
        "tone": agent("100", local_server.url, voice="tone-440-1500ms"),
        "echo": agent("101", local_server.url, model="echo", **quiet),
        "scripted": agent("200", scripted, model="scripted"),
        "scripted-caller-first": agent("201", scripted, model="scripted", **quiet),
        "unreachable": agent("300", nowhere),
        "detecting": agent("210", scripted, model="scripted", barge_in={"detector": "local"}),
        "ducking": agent("211", scripted, model="scripted", barge_in={"detector": "duck"}),
        "own-turns": agent("212", scripted, model="scripted", agent={"turn_detection": {"type": "none"}}),
        "push-to-talk": agent(
            "213", scripted, model="scripted", agent={"turn_detection": {"type": "push_to_talk"}}
        ),
        "own-turns-tone": agent("215", local_server.url, agent={"turn_detection": {"type": "none"}}),
        "idle": agent("214", scripted, model="scripted", agent={"turn_detection": IDLE}, **quiet),
        "greeting-kept": agent("220", scripted, model="scripted", answer=greeting("Welcome to Acme one.")),
        "greeting-kept-cut": agent(
            "221", scripted, model="scripted", answer=greeting("Welcome to Acme two.")
        ),
        "greeting-kept-whole": agent(
            "222",
            scripted,
            model="scripted",
            answer=greeting("Welcome to Acme three.", when="at_once", interruptible=False),
        ),
        "scripted-hangs-up": agent("202", scripted, model="scripted", agent={"tools": ["hang_up"]}, **quiet),
        "scripted-looks-up": agent(
            "203", scripted, model="scripted", agent={"tools": ["current_time"]}, **quiet
        ),
        "hears-tones-of-keys": agent("204", scripted, model="scripted", digits={"inband": True}, **quiet),
        "asks-once": agent(
            "404",
            scripted,
            model="scripted",
            limits={"max_silence": "6s", "still_there": "Sind Sie noch da?"},
            **quiet,
        ),
        "asked-by-the-server": agent(
            "405",
            local_server.url,
            voice="tone-440-500ms",
            agent={"turn_detection": {"type": "server_vad", "idle_timeout_ms": 5000}},
            limits={"max_silence": "14s"},
        ),
        "impatient": agent("400", scripted, model="scripted", limits={"max_silence": "1s"}, **quiet),
        "brief": agent("402", scripted, model="scripted", limits={"no_media": "5s"}, **quiet),
        "one-at-a-time": agent("401", local_server.url, limits={"max_calls": 1}),
        "refused": {"numbers": ["600"], "reject": {"status": 603}},
        "elsewhere": {"numbers": ["601"], "redirect": {"to": "sip:desk@127.0.0.9"}},
    }
    plans |= {
        f"tone-{number}": agent(number, local_server.url, voice=f"tone-{hertz}-4s")
        for number, hertz in TONES.items()
    }
    with Gateway(plans, "--no-local") as running:
        yield running


@pytest.fixture
def gateway(shared_gateway: Gateway) -> Iterator[Gateway]:
    """The gateway; it has to outlive every test."""
    yield shared_gateway
    assert shared_gateway.running, f"the gateway died\n{shared_gateway.tail()}"


def is_portable(gateway: Gateway) -> bool:
    """Return whether a gateway runs without its C++ media plane."""
    return "portable" in str(gateway.answering().get("media"))


@pytest.fixture
async def phone(gateway: Gateway, pump: Pump) -> AsyncIterator[Phone]:
    """A phone; calls that a test leaves open are hung up."""
    async with Phone(gateway.sip, pump) as ready:
        yield ready
        await hang_up_all(ready, gateway)


async def hang_up_all(phone: Phone, gateway: Gateway) -> None:
    """End what is still up, and wait until the gateway has done so: the next test finds it idle."""
    phone.deaf = False
    answered = [call for call in phone.calls.values() if 200 in call.times]
    for call in answered:
        if not call.over:
            await call.hang_up()
    for call in answered:
        await gateway.said("call.ended", sip_call_id=call.call_id)


@pytest.fixture
async def model(model_port: int) -> AsyncIterator[Model]:
    """The scripted model behind the numbers 200 and 201."""
    async with Model(model_port) as ready:
        yield ready
