from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from websockets.exceptions import InvalidStatus

from gateway.errors import BadInput
from gateway.local.script import read_script
from tests import tone
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
    file = script("""session: {frames: [{after_s: 0.02, raw: '{"type":"surprise"}'}]}""")
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


@pytest.mark.parametrize(
    ("text", "where"),
    [
        ("answers: [{do: [{sing: true}]}]", "answers.0.do.0.sing"),
        ("answers: []", "answers"),
        ("connect: {refuse: {status: 200}}", "connect.refuse.status"),
        ("answers: [", "script"),
        ("session: {colour: red}", "session.colour"),
    ],
)
def test_mistakes_are_named(script: Write, text: str, where: str) -> None:
    """A script with a mistake is refused with its place."""
    file = script(text)
    with pytest.raises(BadInput) as caught:
        read_script(file)
    assert caught.value.key == where


def test_no_file(tmp_path: Path) -> None:
    """So is one that is not there, and an empty one plays a tone."""
    with pytest.raises(BadInput):
        read_script(tmp_path / "nothing.yaml")
    (tmp_path / "empty.yaml").write_text("")
    assert read_script(tmp_path / "empty.yaml").answers[0].do[0].tone == 440
