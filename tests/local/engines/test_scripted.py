from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path

import pytest
from structlog.testing import capture_logs
from websockets.exceptions import InvalidStatus

from gateway.local.engines.script import Script
from gateway.local.engines.scripted import MOST_CALLS, ScriptEngines
from gateway.tasks import within
from tests.equipment import tone
from tests.local.client import LOUD, SILENT, Client, client, samples, server

Write = Callable[[str], Path]


@pytest.fixture
def script(tmp_path: Path) -> Write:
    """Write a script; give its file."""

    def write(text: str) -> Path:
        file = tmp_path / "script.yaml"
        file.write_text(text)
        return file

    return write


async def ask(one: Client) -> dict[str, object]:
    await one.send("response.create")
    return await one.response()


async def test_answers_in_order(script: Write) -> None:
    """One answer after the other, the last again and again, for each session from the start."""
    file = script("""
answers:
  - do: [{tone: 500, ms: 300}]
  - do: [{text: Hello}, {call: look, arguments: {a: 1}}]
  - do: [{fail: rate_limit_exceeded}]
""")
    async with server("script", script=file) as address:
        for _ in range(2):
            async with client(address) as one:
                await ask(one)
                assert tone.share(samples(one.audio()), 500, rate=24_000) > 0.95
                text, call = (await ask(one))["output"]  # type: ignore[misc]
                assert text["content"][0]["text"] == "Hello"
                assert (call["name"], call["arguments"]) == ("look", '{"a":1}')
                for _ in range(2):
                    failed = await ask(one)
                    assert failed["status"] == "failed"
                    assert failed["status_details"]["error"]["code"] == "rate_limit_exceeded"  # type: ignore[index]


async def test_answers_end_before_their_time(script: Write) -> None:
    """Cut short or cancelled, before the first sound or after it; or complete, with nothing in them."""
    file = script("""
answers:
  - do: [{end: max_output_tokens}]
  - do: [{tone: 500, ms: 300}, {end: content_filter}, {tone: 900}]
  - do: [{end: cancelled}]
  - do: []
""")
    async with server("script", script=file) as address, client(address) as one:
        for status, reason, items in (
            ("incomplete", "max_output_tokens", 0),
            ("incomplete", "content_filter", 1),
            ("cancelled", "turn_detected", 0),
            ("completed", None, 0),
        ):
            ended = await ask(one)
            assert ended["status"] == status
            assert (ended["status_details"] or {}).get("reason") == reason
            assert len(ended["output"]) == items  # type: ignore[arg-type]
        assert tone.share(samples(one.audio()), 500, rate=24_000) > 0.95


async def test_two_responses_speak_in_turns(script: Write) -> None:
    """The second begins after the first delta, and both come to their end."""
    file = script("answers: [{do: [{tone: 500, beside: 900, ms: 600}]}]")
    async with server("script", script=file) as address, client(address) as one:
        second = await ask(one)
        first = await one.response()
        assert {first["status"], second["status"]} == {"completed"}
        assert first["id"] != second["id"]
        deltas = [event for event in one.seen if event["type"] == "response.output_audio.delta"]
        assert [event["response_id"] for event in deltas] == [first["id"], second["id"]] * 3


async def test_refuses_connections(script: Write) -> None:
    """429 with Retry-After as often as the script says, then the door is open."""
    file = script("connect: {refuse: {status: 429, times: 2, retry_after_s: 3}}")
    async with server("script", script=file) as address:
        for _ in range(2):
            with pytest.raises(InvalidStatus) as caught:
                async with client(address):
                    pass
            assert caught.value.response.status_code == 429
            assert caught.value.response.headers["Retry-After"] == "3"
        async with client(address) as one:
            assert (await one.receive())["type"] == "session.created"


async def test_refuses_after_the_first(script: Write) -> None:
    """A call can lose its line and find the door shut, as often as wanted or for good; others come in."""
    file = script("connect: {refuse: {status: 401, after: 1, times: always}}")
    async with server("script", script=file) as address:
        for call in ("a", "b"):
            async with client(address, call) as one:
                await one.next("session.created")
            for _ in range(3):
                with pytest.raises(InvalidStatus) as caught:
                    async with client(address, call):
                        pass
                assert caught.value.response.status_code == 401
                assert b"invalid_api_key" in caught.value.response.body


async def test_swallows(script: Write) -> None:
    """A response.create can go unheard."""
    file = script("answers: [{do: [{swallow: true}]}, {do: [{tone: 500, ms: 100}]}]")
    async with server("script", script=file) as address, client(address) as one:
        await one.next("session.created")
        await one.send("response.create")
        await one.nothing_more()
        assert (await ask(one))["status"] == "completed"


async def test_stalls(script: Write) -> None:
    """A response can hang in the middle until it is cancelled."""
    file = script("answers: [{do: [{tone: 500, ms: 200}, {stall: true}]}]")
    async with server("script", script=file) as address, client(address) as one:
        await one.send("response.create")
        await one.next("response.output_audio.delta")
        await one.send("response.cancel")
        assert (await one.response())["status"] == "cancelled"


async def test_bursts(script: Write) -> None:
    """A minute of audio at once, in pieces as large as wanted."""
    file = script("answers: [{do: [{wait_ms: 1}, {tone: 500, ms: 60000, delta_ms: 20000}]}]")
    async with server("script", script=file) as address, client(address) as one:
        await ask(one)
        deltas = [event for event in one.seen if event["type"] == "response.output_audio.delta"]
        assert len(deltas) == 3
        assert len(one.audio()) == 60 * 48_000


async def test_talks_nonsense(script: Write) -> None:
    """Garbage, bad base64 and unknown events come where the script has them."""
    file = script("answers: [{do: [{raw: '{not json'}, {bad_base64: true}, {unknown_event: true}]}]")
    async with server("script", script=file) as address, client(address, strict=False) as one:
        await one.next("session.created")
        await one.send("response.create")
        await one.next("response.created")
        frames = [await one.socket.recv() for _ in range(3)]
        assert frames[0] == "{not json"
        assert "***" in frames[1]
        assert "output_smell" in frames[2]


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("session: {drop_after_s: 0.05}", 1006),
        ("session: {drop_after_s: 0.05, drop_code: 1011}", 1011),
        ("session: {expire_after_s: 0.05}", 1001),
        ("session: {drop_after_s: [0.01, 0.05], drop_code: 4000}", 4000),
        ("answers: [{do: [{drop: 1012}]}]", 1012),
    ],
)
async def test_drops_the_line(script: Write, text: str, code: int) -> None:
    """After a time or within an answer, with or without a word."""
    file = script(text)
    async with server("script", script=file) as address, client(address) as one:
        await one.next("session.created")
        if "answers" in text:
            await one.send("response.create")
        assert (await one.closed())[0] == code
        assert ("error" in one.kinds()) == ("expire" in text)


async def test_speaks_unasked(script: Write) -> None:
    """Frames can come at a time of the session."""
    file = script("""session: {faults: [{after_s: 0.02, raw: '{"type":"surprise"}'}]}""")
    async with server("script", script=file) as address, client(address, strict=False) as one:
        await one.next("session.created")
        assert await one.receive() == {"type": "surprise"}


async def test_echoes(script: Write) -> None:
    """It can say back what was said; with nothing said, nothing."""
    file = script("answers: [{do: [{echo: true}]}]")
    async with server("script", script=file) as address, client(address) as one:
        assert (await ask(one))["output"] == []
        await one.speak(LOUD, SILENT)
        await one.response()
        assert LOUD[4800:-4800] in one.audio()


@pytest.mark.speech
async def test_depends_on_words(script: Write) -> None:
    """`when` picks the answer by what the caller said; `say` speaks it."""
    file = script("answers: [{when: time, do: [{say: It is late.}]}, {do: [{tone: 500, ms: 100}]}]")
    from tests.local.speech import caller  # noqa: PLC0415 - needs the engines

    async with server("script", script=file) as address, client(address) as one:
        await one.speak(caller("What time is it?"), SILENT)
        done = await one.response()
        assert done["output"][0]["content"][0]["transcript"] == "It is late."


async def test_expiry_is_foreseen_unless_hidden(script: Write) -> None:
    """`expires_at` tells when the session will end; a hidden end comes as a surprise."""
    file = script("""
session: {expire_after_s: 60}
models: {sudden-*: {session: {expire_after_s: 0.05, expire_hidden: true}}}
""")
    async with server("script", script=file) as address:
        async with client(address) as one:
            told = (await one.next("session.created"))["session"]["expires_at"]
            assert 58 <= told - time.time() <= 60
        async with client(address, "sudden-1") as one:
            told = (await one.next("session.created"))["session"]["expires_at"]
            assert told - time.time() > 3590
            assert await one.closed() == (1001, "Your session hit the maximum duration of 60 minutes.")


async def test_only_the_first_sessions_go_wrong(script: Write) -> None:
    """With `times` a call's later sessions are whole; each call has its own first one."""
    file = script("session: {drop_after_s: 0.02, drop_code: 1011, drop_reason: gone, times: 1}")
    async with server("script", script=file) as address:
        for call in ("a", "b"):
            async with client(address, call) as one:
                assert await one.closed() == (1011, "gone")
            async with client(address, call) as one:
                await one.next("session.created")
                assert (await ask(one))["status"] == "completed"


async def test_says_nothing_for_a_while(script: Write) -> None:
    """A stalled session takes everything; what it owes comes when it is over it."""
    file = script("session: {faults: [{after_s: 0, stall: 0.3}]}")
    async with server("script", script=file) as address, client(address) as one:
        began = time.monotonic()
        assert (await ask(one))["status"] == "completed"
        assert time.monotonic() - began >= 0.25


async def test_says_nothing_for_good(script: Write) -> None:
    """It stays connected, and silent; its end is heard all the same."""
    file = script("""
session:
  faults: [{after_s: 0, stall: 0.05}, {after_s: 0, stall: true}]
  drop_after_s: 0.3
  drop_code: 1001
""")
    async with server("script", script=file) as address, client(address) as one:
        await one.send("response.create")
        with pytest.raises(TimeoutError):
            async with within(0.2):
                await one.next("response.created")
        assert (await one.closed())[0] == 1001


async def test_freezes(script: Write) -> None:
    """A frozen session answers no ping; a stalled one does."""
    file = script("""
session: {faults: [{after_s: 0, stall: true}]}
models: {frozen: {session: {faults: [{after_s: 0, freeze: true}]}}}
""")
    async with server("script", script=file) as address:
        async with client(address) as one, within(5):
            await (await one.socket.ping())
        async with client(address, "frozen", close_timeout=0.1) as one:
            await asyncio.sleep(0.05)
            with pytest.raises(TimeoutError):
                async with within(0.3):
                    await (await one.socket.ping())


async def test_falls_silent_in_mid_answer(script: Write) -> None:
    """From a moment on an answer stays as it is, without an end; it goes on when the fault is over."""
    file = script("""
session: {faults: [{after_s: 0.2, mute: 0.5}]}
answers: [{do: [{tone: 500, ms: 4000, pace: 8}]}]
""")
    async with server("script", script=file) as address, client(address) as one:
        await one.next("session.created")
        await one.send("response.create")
        arrivals = []
        while (await one.next("response.output_audio.delta", "response.done"))["type"] != "response.done":
            arrivals.append(time.monotonic())
        assert len(arrivals) == 20
        assert max(after - before for before, after in pairwise(arrivals)) > 0.4
        assert arrivals[-1] - arrivals[0] > 0.8
        assert tone.share(samples(one.audio()), 500, rate=24_000) > 0.95


async def test_answers_fail_from_a_moment_on(script: Write) -> None:
    """The answer on its way fails, and as many after it as the script says."""
    file = script("""
session: {faults: [{after_s: 0.1, fail: server_error, times: 2}]}
answers: [{do: [{tone: 500, ms: 4000, pace: 8}]}]
""")
    async with server("script", script=file) as address, client(address) as one:
        outcomes = [(await ask(one))["status"] for _ in range(3)]
        assert outcomes == ["failed", "failed", "completed"]
        assert "response.output_audio.delta" in one.kinds()


async def test_one_request_is_swallowed(script: Write) -> None:
    """From a moment on a request goes unheard, and the next is answered."""
    file = script("session: {faults: [{after_s: 0, swallow: 1}]}")
    async with server("script", script=file) as address, client(address) as one:
        await one.next("session.created")
        await one.send("response.create")
        await one.nothing_more()
        assert (await ask(one))["status"] == "completed"


async def test_a_call_goes_on_where_it_was(script: Write) -> None:
    """Counted for a call, answers and turns go on in its next session; for each session they begin anew."""
    file = script("""
answers: [{do: [{tone: 500, ms: 200}]}, {do: [{tone: 800, ms: 200}]}]
models: {whole-*: {per: call}}
""")
    async with server("script", script=file) as address:
        for call, second in (("whole-1", 800), ("other", 500)):
            for frequency in (500, second):
                async with client(address, call) as one:
                    await ask(one)
                    assert tone.share(samples(one.audio()), frequency, rate=24_000) > 0.95


async def test_hears_what_the_script_says(script: Write) -> None:
    """Transcripts come from the script, for a call; answers can depend on what a session has been told."""
    file = script("""
hears: [My name is Ada., It is 4711.]
answers: [{told: 'ada.*4711', do: [{tone: 800, ms: 200}]}, {do: [{tone: 500, ms: 200}]}]
""")
    async with server("script", script=file) as address:
        async with client(address) as one:
            await one.update(audio={"input": {"transcription": {"model": "x"}}})
            await one.speak(LOUD, SILENT)
            await one.response()
            assert tone.share(samples(one.audio()), 500, rate=24_000) > 0.95
            kind = "conversation.item.input_audio_transcription.completed"
            assert [e["transcript"] for e in one.seen if e["type"] == kind] == ["My name is Ada."]
        async with client(address) as one:
            await one.update(audio={"input": {"transcription": {"model": "x"}}})
            await one.speak(LOUD, SILENT)
            assert (await one.next(kind))["transcript"] == "It is 4711."
        async with client(address) as one:
            for text in ("My name is Ada.", "My order is 4711."):
                content = [{"type": "input_text", "text": text}]
                item = {"type": "message", "role": "user", "content": content}
                await one.send("conversation.item.create", item=item)
            await ask(one)
            assert tone.share(samples(one.audio()), 800, rate=24_000) > 0.95


async def test_says_beforehand_what_will_go_wrong(script: Write) -> None:
    """The log has each fault's moment, so that a call can be judged by it."""
    file = script("{seed: 5, session: {drop_after_s: [10, 20], faults: [{after_s: 3, mute: 1}], times: 1}}")
    drawn = []
    for _ in range(2):
        async with server("script", script=file) as address:
            with capture_logs() as lines:
                for _ in range(2):
                    async with client(address, "a") as one:
                        await one.next("session.created")
            drawn += [line["at_s"] for line in lines if line["event"] == "script.faults"]
    first, again = drawn
    assert first == again
    assert 10 <= first["drop 1006"] <= 20
    assert first["mute"] == 3


def test_names_have_engines_of_their_own() -> None:
    """The oldest are forgotten, those in use are not."""
    engines = ScriptEngines(Script())
    first = engines.get("call-0")
    for number in range(1, MOST_CALLS + 10):
        engines.get(f"call-{number}")
        assert engines.get("call-0") is first
    assert engines.get("call-2") is not engines.get("call-3")
