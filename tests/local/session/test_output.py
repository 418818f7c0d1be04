from __future__ import annotations

import pytest

from tests.local.client import LOUD, SILENT, session

SHORT = {"output": {"voice": "tone-440-100ms"}}
LONG = {"output": {"voice": "tone-440-300s"}}
"""Longer than fits between server and client: still on its way while the client does not read."""


async def test_metadata_comes_back() -> None:
    """Clients recognise their responses by it."""
    async with session(audio=SHORT) as one:
        await one.send("response.create", response={"metadata": {"mine": "1"}})
        assert (await one.next("response.created"))["response"]["metadata"] == {"mine": "1"}
        assert (await one.response())["metadata"] == {"mine": "1"}


async def test_one_at_a_time() -> None:
    """A second response of the conversation is refused while one is active; out of band it is not."""
    async with session(audio=LONG) as one:
        await one.send("response.create")
        await one.next("response.output_audio.delta")
        await one.send("response.create")
        await one.send("response.create", response={"conversation": "none", "output_modalities": ["text"]})
        errors = created = 0
        while not (errors and created):
            event = await one.receive()
            errors += (
                event["type"] == "error"
                and event["error"]["code"] == "conversation_already_has_active_response"
            )
            created += event["type"] == "response.created"
        await one.send("response.cancel")
        while True:
            event = await one.next("response.done")
            if event["response"]["conversation_id"]:
                break
        assert event["response"]["status_details"] == {"type": "cancelled", "reason": "client_cancelled"}
        await one.send("response.cancel")
        await one.next("rate_limits.updated")
        error = await one.error()
        assert error["code"] == "response_cancel_not_active"


async def test_cancelling_another() -> None:
    """Only the response that is named is cancelled."""
    async with session(audio=LONG) as one:
        await one.send("response.create")
        response_id = (await one.next("response.created"))["response"]["id"]
        await one.send("response.cancel", response_id="resp_other")
        while (event := await one.receive())["type"] != "error":
            pass
        assert event["error"]["code"] == "response_cancel_not_active"
        await one.send("response.cancel", response_id=response_id)
        assert (await one.response())["status"] == "cancelled"


async def test_speaking_over_it() -> None:
    """A voice stops the response: started, closing events, done with `turn_detected`."""
    async with session(audio=LONG) as one:
        await one.send("response.create")
        await one.next("response.output_audio.delta")
        await one.speak(LOUD)
        await one.next("input_audio_buffer.speech_started")
        one.seen.clear()
        done = await one.response()
        assert done["status_details"] == {"type": "cancelled", "reason": "turn_detected"}
        assert one.kinds()[0] == "response.output_audio.done"


@pytest.mark.parametrize("create", [True, False])
async def test_uninterruptible(create: bool) -> None:
    """Without `interrupt_response` it is heard out, and the turn answered after it if asked for."""
    detection = {"type": "server_vad", "interrupt_response": False, "create_response": create}
    audio = {"input": {"turn_detection": detection}, "output": {"voice": "tone-440-60s"}}
    async with session(audio=audio) as one:
        await one.send("response.create")
        await one.next("response.output_audio.delta")
        await one.speak(LOUD, SILENT)
        assert (await one.response())["status"] == "completed"
        if create:
            assert (await one.response())["status"] == "completed"
        assert "input_audio_buffer.committed" in one.kinds()
        await one.nothing_more()


async def test_input_of_its_own() -> None:
    """`input` replaces the conversation: items of its own, references, or nothing."""
    async with session("echo", audio={"input": {"turn_detection": None}}) as one:
        await one.speak(LOUD)
        await one.send("input_audio_buffer.commit")
        item_id = (await one.next("conversation.item.done"))["item"]["id"]
        for given, words in (
            ([], "(nothing to echo)"),
            ([{"type": "item_reference", "id": item_id}], "(echo)"),
        ):
            await one.send("response.create", response={"conversation": "none", "input": given})
            done = await one.response()
            assert done["output"][0]["content"][0]["transcript"] == words
        missing = [{"type": "item_reference", "id": "nobody"}]
        await one.send("response.create", response={"conversation": "none", "input": missing})
        assert (await one.error())["code"] == "item_retrieve_invalid_item_id"


async def test_one_response_may_differ() -> None:
    """Voice, format and modality given with `response.create` count for this response only."""
    async with session(audio=SHORT) as one:
        output = {"format": {"type": "audio/pcmu"}, "voice": "tone-880-500ms"}
        await one.send("response.create", response={"audio": {"output": output}})
        done = await one.response()
        assert done["audio"]["output"] == output
        assert len(one.audio()) == pytest.approx(4000, abs=8)
        await one.send("response.create", response={"output_modalities": ["text"]})
        assert (await one.response())["output"][0]["content"][0]["type"] == "output_text"
        assert (await one.update())["audio"]["output"]["voice"] == "tone-440-100ms"


async def test_usage_grows_with_the_conversation() -> None:
    """The second response reads the first, then out of the cache."""
    async with session(audio=SHORT) as one:
        for number, cached in enumerate((0, 0, 2)):
            await one.send("response.create")
            usage = (await one.response())["usage"]
            assert usage["input_token_details"]["audio_tokens"] == 2 * number
            assert usage["input_token_details"]["cached_tokens_details"]["audio_tokens"] == cached
