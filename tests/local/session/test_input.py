from __future__ import annotations

import base64

import pytest

from gateway.local.session.sound_codec import encode
from tests.equipment import tone
from tests.local.client import LOUD, SILENT, session

MANUAL = {"input": {"turn_detection": None}}
SHORT = {"voice": "tone-440-100ms"}


def detection(**more: object) -> dict[str, object]:
    return {"input": {"turn_detection": {"type": "server_vad", **more}}, "output": SHORT}


async def test_the_client_commits() -> None:
    """Without turn detection the client says when a turn is over; nothing is answered by itself."""
    async with session(audio=MANUAL) as one:
        await one.speak(LOUD, SILENT, LOUD)
        await one.send("input_audio_buffer.commit")
        committed = await one.receive()
        assert (committed["type"], committed["previous_item_id"]) == ("input_audio_buffer.committed", None)
        added, done = await one.receive(), await one.receive()
        assert (
            added["item"]["content"]
            == done["item"]["content"]
            == [{"type": "input_audio", "transcript": None}]
        )
        assert added["item"]["id"] == committed["item_id"]
        await one.send("input_audio_buffer.commit")
        error = await one.error()
        assert error["message"].endswith("but buffer only has 0.00ms of audio.")


async def test_clearing() -> None:
    """What is cleared cannot be committed."""
    async with session(audio=MANUAL) as one:
        await one.speak(LOUD)
        await one.send("input_audio_buffer.clear")
        assert (await one.receive())["type"] == "input_audio_buffer.cleared"
        await one.send("input_audio_buffer.commit")
        assert (await one.error())["code"] == "input_audio_buffer_commit_empty"


async def test_committing_within_a_turn() -> None:
    """A commit by hand ends the turn under the id that was promised for it."""
    async with session(audio=detection()) as one:
        await one.speak(LOUD)
        promised = (await one.next("input_audio_buffer.speech_started"))["item_id"]
        await one.send("input_audio_buffer.commit")
        assert (await one.next("input_audio_buffer.committed"))["item_id"] == promised
        await one.next("conversation.item.done")
        await one.speak(SILENT)
        await one.nothing_more()


async def test_events_only() -> None:
    """With create_response off there are turns, but no answers."""
    async with session(audio=detection(create_response=False)) as one:
        await one.speak(LOUD, SILENT)
        await one.next("conversation.item.done")
        await one.nothing_more()


@pytest.mark.parametrize("kind", ["audio/pcmu", "audio/pcma"])
async def test_g711_callers(kind: str) -> None:
    """G.711 is heard without a detour; what is retrieved is PCM again."""
    audio = {"input": {"format": {"type": kind}}, "output": SHORT}
    async with session("echo", audio=audio) as one:
        wave = tone.join([tone.sine(300, 600), tone.silence(600)])
        for start in range(0, len(wave), 160):
            audio = base64.b64encode(encode(wave[start : start + 160].tobytes(), kind)).decode()
            await one.send("input_audio_buffer.append", audio=audio)
        stopped = await one.next("input_audio_buffer.speech_stopped")
        assert stopped["audio_end_ms"] == pytest.approx(1000, abs=64)
        item_id = (await one.next("conversation.item.done"))["item"]["id"]
        await one.response()
        await one.send("conversation.item.retrieve", item_id=item_id)
        (part,) = (await one.next("conversation.item.retrieved"))["item"]["content"]
        assert len(base64.b64decode(part["audio"])) == pytest.approx(1000 * 48, abs=64 * 48)


async def test_half_a_sample() -> None:
    """An odd number of bytes is no PCM: the event is refused, and nothing of it is taken."""
    async with session("echo", audio=MANUAL) as one:
        for audio in (LOUD, LOUD[:961], LOUD):
            await one.send("input_audio_buffer.append", audio=base64.b64encode(audio).decode())
        error = await one.error()
        assert (error["code"], error["param"]) == ("invalid_value", "audio")
        assert "mono PCM16 at 24kHz" in error["message"]
        await one.send("input_audio_buffer.commit")
        await one.next("conversation.item.done")
        await one.send("response.create")
        await one.response()
        assert one.audio() == LOUD + LOUD


async def test_g711_has_no_halves() -> None:
    """There a byte is a sample."""
    audio = {"input": {**MANUAL["input"], "format": {"type": "audio/pcmu"}}}
    async with session("echo", audio=audio) as one:
        await one.send("input_audio_buffer.append", audio=base64.b64encode(b"\xff" * 801).decode())
        await one.send("input_audio_buffer.commit")
        assert (await one.receive())["type"] == "input_audio_buffer.committed"


async def test_more_than_an_event_may_carry() -> None:
    """15 MiB of audio are taken, a sample more is refused; the session goes on."""
    async with session(audio=MANUAL) as one:
        most = bytes(15 << 20)
        for audio in (most, most + b"\0\0"):
            await one.send("input_audio_buffer.append", audio=base64.b64encode(audio).decode())
        error = await one.error()
        assert (error["code"], error["param"]) == ("string_above_max_length", "audio")
        await one.send("input_audio_buffer.commit")
        assert (await one.receive())["type"] == "input_audio_buffer.committed"


async def test_type_behind_the_audio() -> None:
    """The order of an event's fields is the client's business."""
    async with session(audio=MANUAL) as one:
        audio = base64.b64encode(LOUD).decode()
        await one.socket.send(f'{{"audio":"{audio}","type":"input_audio_buffer.append"}}')
        await one.send("input_audio_buffer.commit")
        assert (await one.receive())["type"] == "input_audio_buffer.committed"


async def test_nobody_speaks() -> None:
    """The idle time-out commits silence and answers it."""
    async with session(audio=detection(idle_timeout_ms=5000)) as one:
        await one.send("response.create")
        await one.response()
        await one.speak(bytes(48 * 5300))
        timed_out = await one.next("input_audio_buffer.timeout_triggered")
        assert timed_out["audio_start_ms"] == pytest.approx(100, abs=40)
        assert timed_out["audio_end_ms"] == pytest.approx(5100, abs=70)
        assert (await one.next("input_audio_buffer.committed"))["item_id"] == timed_out["item_id"]
        assert (await one.response())["status"] == "completed"


async def test_switching_detection_on_late() -> None:
    """Positions count all audio of the session, also that from before the detector listened."""
    async with session(audio=MANUAL) as one:
        await one.speak(SILENT, SILENT)
        await one.update(audio=detection(prefix_padding_ms=0))
        await one.speak(SILENT, LOUD, SILENT)
        started = await one.next("input_audio_buffer.speech_started")
        assert started["audio_start_ms"] == pytest.approx(1800, abs=40)
        await one.response()


async def test_transcription_is_silent_without_words() -> None:
    """An engine without ears still answers for the transcription that was asked for."""
    audio = {"input": {"transcription": {"model": "gpt-transcribe"}}, "output": SHORT}
    async with session(audio=audio) as one:
        await one.speak(LOUD, SILENT)
        completed = await one.next("conversation.item.input_audio_transcription.completed")
        assert completed["transcript"] == ""
        assert completed["usage"]["type"] == "duration"


async def test_audio_behind_text_in_an_item() -> None:
    """A transcript belongs to the part that was spoken."""
    audio = {"input": {"transcription": {"model": "gpt-transcribe"}}}
    async with session(audio=audio) as one:
        spoken = {"type": "input_audio", "audio": base64.b64encode(LOUD).decode()}
        content = [{"type": "input_text", "text": "Listen:"}, spoken]
        await one.send(
            "conversation.item.create", item={"type": "message", "role": "user", "content": content}
        )
        await one.next("conversation.item.done")
        completed = await one.next("conversation.item.input_audio_transcription.completed")
        assert completed["content_index"] == 1


async def test_semantic_detection_waits_longer() -> None:
    """Without words to judge, the caller gets all the patience there is."""
    audio = {
        "input": {"turn_detection": {"type": "semantic_vad", "eagerness": "high"}},
        "output": {"voice": "tone-440-100ms"},
    }
    async with session(audio=audio) as one:
        await one.speak(LOUD, bytes(48 * 1900))
        await one.next("input_audio_buffer.speech_started")
        await one.nothing_more()
        await one.speak(bytes(48 * 200))
        await one.response()
