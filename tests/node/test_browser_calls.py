"""Browsers' calls, as the gateway passes them on, to a process that is scripted."""

from __future__ import annotations

import importlib.util
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from gateway.errors import BadInput
from gateway.node.browser_calls import BrowserCalls, NoBrowserCalls
from gateway.node.browser_settings import BrowserSettings

ECHO = """
import json, sys
for line in sys.stdin:
    asked = json.loads(line)
    told = {"id": asked["id"]}
    if "hang_up" in asked:
        told["found"] = asked["hang_up"] == "rtc_1"
    elif "look" in asked:
        told["number"] = "100" if asked["look"] == "rtc_1" else None
    elif asked["offer"] == "die":
        sys.exit(1)
    else:
        key = "error" if asked["offer"] == "bad" else "answer"
        told |= {key: asked["offer"] + " " + asked["number"], "call_id": f"rtc_{asked['realtime']}"}
    print(json.dumps(told), flush=True)
"""


@asynccontextmanager
async def calls(script: str = ECHO) -> AsyncIterator[BrowserCalls]:
    """Run them with a process of ours."""
    made = BrowserCalls("127.0.0.1:5060", Path("var/control.sock"), "info", BrowserSettings())
    made._command = (sys.executable, "-c", script)  # type: ignore[assignment]
    async with made.kept():
        yield made


async def test_offers_are_answered() -> None:
    """By one process, started for the first; a refusal comes with its words."""
    async with calls() as made:
        assert made._process is None
        first = await made.answer({"offer": "o1", "number": "100"}, "api x")
        process = made._process
        assert (first, await made.answer({"offer": "o2", "number": "1"}, "")) == (
            {"answer": "o1 100", "call_id": "rtc_False"},
            {"answer": "o2 1", "call_id": "rtc_False"},
        )
        with pytest.raises(BadInput, match="bad 100"):
            await made.answer({"offer": "bad", "number": "100"}, "")
        assert made._process is process
    assert process is not None
    assert process.returncode == 0


async def test_a_process_that_dies() -> None:
    """Is told of, and started anew for the next call."""
    async with calls() as made:
        with pytest.raises(BadInput, match="has ended"):
            await made.answer({"offer": "die", "number": "100"}, "")
        assert (await made.answer({"offer": "o", "number": "100"}, ""))["answer"] == "o 100"


async def test_a_page_may_speak_otherwise_and_be_hung_up() -> None:
    """By the id of its call; where no process runs, there is no call, and none is started."""
    async with calls() as made:
        assert await made.hang_up({"call_id": "rtc_1"}, "") == {"found": False}
        assert made._process is None
        told = await made.answer({"offer": "o", "number": "100", "realtime": True}, "")
        assert told["call_id"] == "rtc_True"
        assert await made.hang_up({"call_id": "rtc_1"}, "") == {"found": True}
        assert await made.hang_up({"call_id": "rtc_2"}, "") == {"found": False}


async def test_a_browser_is_known_by_its_call() -> None:
    """Before it rings; others that ring are none."""
    async with calls() as made:
        assert made.encryption("rtc_False") is None
        await made.answer({"offer": "o", "number": "100"}, "")
        assert (made.encryption("rtc_False"), made.encryption("rtc_2")) == ("dtls", None)


async def test_what_a_page_has_dialled() -> None:
    """By the id of its call; nothing is started to tell that there is none."""
    async with calls() as made:
        assert await made.look({"call_id": "rtc_1"}, "") == {"number": None}
        assert made._process is None
        await made.answer({"offer": "o", "number": "100"}, "")
        assert await made.look({"call_id": "rtc_1"}, "") == {"number": "100"}
        assert await made.look({"call_id": "rtc_2"}, "") == {"number": None}


@pytest.mark.parametrize(
    "wrong",
    [
        {},
        {"offer": "o"},
        {"offer": "", "number": "1"},
        {"offer": "o" * 70_000, "number": "1"},
        {"offer": "o", "number": "1@evil"},
        {"offer": "o", "number": "1;x"},
        {"offer": "o", "number": 5},
    ],
)
async def test_what_is_no_call(wrong: dict[str, object]) -> None:
    """Starts nothing."""
    async with calls() as made:
        with pytest.raises(BadInput):
            await made.answer(wrong, "")
        assert made._process is None


async def test_where_it_is_not_installed(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is said how it is."""
    monkeypatch.setattr(importlib.util, "find_spec", lambda _name: None)
    async with calls() as made:
        with pytest.raises(NoBrowserCalls, match="pip install"):
            await made.answer({"offer": "o", "number": "1"}, "")
