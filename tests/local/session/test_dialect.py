from __future__ import annotations

import orjson

from gateway.local.session.dialect import WireDialect, wants_flat
from tests.local.client import LOUD, SILENT, client
from tests.local.client import server as running

FLAT = {"modalities": ["text", "audio"], "voice": "tone-440-100ms", "temperature": 0.8}


def test_who_wants_the_older_one() -> None:
    """By header or subprotocol."""
    assert wants_flat("realtime=v1", "")
    assert wants_flat("", "realtime, openai-beta.realtime-v1")
    assert not wants_flat("", "realtime")


def test_ga_is_left_alone() -> None:
    """By default nothing is rewritten."""
    dialect = WireDialect()
    update = {"type": "session.update", "session": {"type": "realtime", "temperature": 1}}
    assert dialect.incoming(update) is update
    cleared = {"type": "input_audio_buffer.cleared", "event_id": "e"}
    assert orjson.loads(dialect.outgoing(cleared) or b"") == {
        "type": "input_audio_buffer.cleared",
        "event_id": "e",
    }
    assert dialect.audio_delta == "response.output_audio.delta"


def test_a_flat_update_switches() -> None:
    """Who writes flat is read and answered flat from then on - unless only GA is spoken."""
    dialect = WireDialect()
    update = {"type": "session.update", "session": FLAT}
    session = dialect.incoming(update)["session"]
    assert session == {
        "type": "realtime",
        "output_modalities": ["audio"],
        "audio": {"output": {"voice": "tone-440-100ms"}},
    }
    assert dialect.audio_delta == "response.audio.delta"
    assert dialect.outgoing({"type": "conversation.item.done", "item": {"type": "message"}}) is None
    strict = WireDialect(ga_only=True)
    assert strict.incoming(update) is update


async def test_what_is_refused_in_the_older_dialect() -> None:
    """Bad audio by the code that it had; temperature and modalities by their bounds."""
    async with (
        running() as address,
        client(address, headers={"OpenAI-Beta": "realtime=v1"}, strict=False) as one,
    ):
        await one.next("session.created")
        for audio in ("***", "AAAA"):  # no base64; three bytes
            await one.send("input_audio_buffer.append", audio=audio)
            error = await one.error()
            assert (error["code"], error["param"]) == ("invalid_audio", "audio")
        await one.send("session.update", session={**FLAT, "temperature": 2})
        assert (await one.error())["code"] == "decimal_above_max_value"
        await one.send("session.update", session={**FLAT, "modalities": ["audio"]})
        assert (await one.error())["code"] == "invalid_value"
        picture = {"type": "input_image", "image": {"url": "data:image/png;base64,AAAA"}}
        await one.send(
            "conversation.item.create", item={"type": "message", "role": "user", "content": [picture]}
        )
        created = await one.next("conversation.item.created")
        assert created["item"]["content"][0]["image_url"] == "data:image/png;base64,AAAA"


async def test_a_flat_conversation() -> None:
    """A client of the beta is served to the end in its own names."""
    async with (
        running() as address,
        client(address, headers={"OpenAI-Beta": "realtime=v1"}, strict=False) as one,
    ):
        created = (await one.next("session.created"))["session"]
        assert created["modalities"] == ["text", "audio"]
        assert created["input_audio_format"] == "pcm16"
        assert created["turn_detection"]["type"] == "server_vad"
        assert created["temperature"] == 0.8
        assert "audio" not in created
        await one.send("session.update", session=FLAT)
        assert (await one.next("session.updated"))["session"]["voice"] == "tone-440-100ms"
        one.seen.clear()
        await one.speak(LOUD, SILENT)
        done = await one.response()
        assert done["output"][0]["content"][0]["type"] == "audio"
        assert len(one.audio("response.audio.delta")) == 4800
        assert "conversation.item.created" in one.kinds()
        assert not [kind for kind in one.kinds() if "output_audio." in kind or kind.endswith("item.added")][
            1:
        ]
        item = {"type": "message", "role": "assistant", "content": [{"type": "text", "text": "Hi"}]}
        await one.send("conversation.item.create", item=item)
        assert (await one.next("conversation.item.created"))["item"]["content"] == item["content"]
