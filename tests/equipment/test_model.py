"""The scripted model keeps to the protocol and does what a test tells it."""

from __future__ import annotations

import base64
import json
from http import HTTPStatus
from typing import Any

import numpy as np
import pytest
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidStatus

from tests.equipment import patience, tone
from tests.equipment.model import RATE, Model


async def receive(socket: ClientConnection, kind: str) -> dict[str, Any]:
    """Read events until one of a kind."""
    async with patience.within(5):
        while (event := json.loads(await socket.recv()))["type"] != kind:
            pass
    return event  # type: ignore[no-any-return]


async def test_a_session_is_configured_and_answered() -> None:
    """created, updated with what was asked for, and a whole response with the tone in it."""
    async with Model() as model, connect(model.url) as socket:
        await receive(socket, "session.created")
        await socket.send(json.dumps({"type": "session.update", "session": {"instructions": "beep"}}))
        assert (await receive(socket, "session.updated"))["session"]["instructions"] == "beep"
        await socket.send(json.dumps({"type": "response.create"}))
        heard = b""
        while True:
            async with patience.within(5):
                event = json.loads(await socket.recv())
            if event["type"] == "response.output_audio.delta":
                heard += base64.b64decode(event["delta"])
            if event["type"] == "response.done":
                break
        assert tone.share(np.frombuffer(heard, np.int16), 440, rate=RATE) > 0.99
        assert len(heard) == 3 * RATE * 2


async def test_it_hears_the_caller_and_times_what_it_is_told() -> None:
    """Audio is gathered, other events are kept with their arrival, truncations are confirmed or refused."""
    async with Model() as model, connect(model.url) as socket:
        session = await model.session()
        audio = base64.b64encode(tone.sine(500, 100, rate=RATE).tobytes()).decode()
        await socket.send(json.dumps({"type": "input_audio_buffer.append", "audio": audio}))
        cut = {"type": "conversation.item.truncate", "item_id": "a", "content_index": 0, "audio_end_ms": 5}
        began = await session.caller_speaks()
        await receive(socket, "input_audio_buffer.speech_started")
        await socket.send(json.dumps(cut))
        got = await session.got("conversation.item.truncate")
        assert got["audio_end_ms"] == 5
        assert got["at"] > began
        assert len(session.caller()) == RATE // 10
        await receive(socket, "conversation.item.truncated")
        model.refuses_truncation = True
        await socket.send(json.dumps(cut))
        assert (await receive(socket, "error"))["error"]["code"] == "invalid_value"


async def test_it_can_be_unkind() -> None:
    """A refused connection has the status asked for; a cut line closes without a word."""
    async with Model() as model:
        async with connect(model.url) as socket:
            (await model.session()).cut()
            with pytest.raises(ConnectionClosed):
                await receive(socket, "never")
        model.refuses = HTTPStatus.TOO_MANY_REQUESTS
        with pytest.raises(InvalidStatus) as refused:
            await connect(model.url)
        assert refused.value.response.status_code == 429
        assert model.attempts == 2
