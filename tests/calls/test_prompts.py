"""Sounds that the gateway plays by itself."""

import asyncio
import os
from pathlib import Path

import pytest
import structlog
from structlog.contextvars import bound_contextvars
from structlog.testing import capture_logs

from gateway.audio import read_wav
from gateway.call import Announcement
from gateway.calls import prompts
from gateway.dialplan.model import Limits, ModelRoute, OnFailure
from gateway.dialplan.spoken import SpokenText
from gateway.errors import SessionError
from tests.equipment import patience, tone
from tests.equipment.plans import dialplan
from tests.test_audio import write


class Voice:
    """Speaks one text at a time, or notices that it is asked for more."""

    def __init__(self) -> None:
        self.spoken: list[str] = []
        self.able = True
        self.free = True
        self.contexts: list[dict[str, object]] = []
        """What log lines about each text would be told of."""
        self._news = asyncio.Event()

    async def speak(self, text: SpokenText) -> bytes:
        assert self.free
        self.free = False
        self.contexts.append(structlog.contextvars.get_contextvars())
        await asyncio.sleep(0)
        self.free = True
        if not self.able:
            raise SessionError("connect", "refused")
        self.spoken.append(text.text)
        self._news.set()
        return text.text.encode() * 2

    async def has_spoken(self, *texts: str) -> None:
        """Wait until it has spoken these, and nothing else, and whoever asked has got them."""
        async with patience.within(5):
            while self.spoken != [*texts]:
                self._news.clear()
                await self._news.wait()
        await asyncio.sleep(0)


async def test_calls_that_come_together_share_a_sound() -> None:
    """It is read for each of them, and in memory once."""
    own = prompts.Prompts(Voice().speak)
    first, second = await asyncio.gather(own.sound(None, prompts.MOMENT), own.sound(None, prompts.MOMENT))
    assert first.pcm is second.pcm


async def test_a_text_is_spoken_once_and_kept() -> None:
    """The second caller does not wait for it."""
    spoken = []

    async def speak(text: SpokenText) -> bytes:
        spoken.append(text.text)
        return b"pcm"

    sounds = prompts.Prompts(speak)
    hello = Announcement(b"pcm", "Hello.")
    assert [await sounds.sound(SpokenText("Hello."), None) for _ in range(2)] == [hello, hello]
    assert spoken == ["Hello."]


async def test_a_voice_that_cannot_be_had_is_silence() -> None:
    """The call goes on without the prompt."""

    async def speak(text: SpokenText) -> bytes:
        raise SessionError("connect", "refused")

    assert not await prompts.Prompts(speak).sound(SpokenText("Hello."), None)


async def test_a_voice_that_never_comes_is_silence(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody waits for ever."""

    async def speak(text: SpokenText) -> bytes:
        await asyncio.Event().wait()
        raise AssertionError

    monkeypatch.setattr(prompts, "SPEAK_WITHIN", 0.01)
    assert not await prompts.Prompts(speak).sound(SpokenText("Hello."), None)


async def test_a_missing_file_is_silence() -> None:
    """It was there when the dialplan was checked."""
    assert not await prompts.Prompts(_nobody_speaks).sound(None, Path("/nowhere.wav"))


async def test_a_file_is_read_once_and_again_when_it_was_changed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Calls do not resample the same second of sound over and over."""
    read = []

    def counted(path: Path) -> bytes:
        read.append(path)
        return read_wav(path)

    monkeypatch.setattr(prompts, "read_wav", counted)
    sounds = prompts.Prompts(_nobody_speaks)
    path = tmp_path / "hello.wav"
    for ms, changed_at in ((100, 1), (100, 1), (200, 2)):
        write(path, tone.sine(440, ms), tone.RATE)
        os.utime(path, (changed_at, changed_at))
        assert len((await sounds.sound(None, path)).pcm) == ms * 48
    assert len(read) == 2


async def _nobody_speaks(text: SpokenText) -> bytes:
    raise AssertionError(text)


async def test_memory_has_a_bound(monkeypatch: pytest.MonkeyPatch) -> None:
    """The text not used for longest is forgotten first."""
    spoken = []

    async def speak(text: SpokenText) -> bytes:
        spoken.append(text.text)
        return bytes(10)

    monkeypatch.setattr(prompts, "KEPT_BYTES", 20)
    sounds = prompts.Prompts(speak)
    for text in ("a", "b", "a", "c", "a", "b"):
        await sounds.sound(SpokenText(text), None)
    assert spoken == ["a", "b", "c", "b"]


async def test_a_prepared_text_is_there_when_it_is_needed() -> None:
    """Even if nobody can speak any more."""
    able = True

    async def speak(text: SpokenText) -> bytes:
        if not able:
            raise SessionError("connect", "refused")
        return b"pcm"

    async with prompts.Prompts(speak) as sounds:
        sounds.prepare(SpokenText("Sorry."))
        sounds.prepare(None)
        await sounds.ready(patience.seconds(5))
    able = False
    assert await sounds.apology(SpokenText("Sorry."), None) == Announcement(b"pcm", "Sorry.")


async def test_what_cannot_be_prepared_is_not_tried_at_every_call() -> None:
    """A gateway without the embedded agent does not knock at its door for each caller."""
    tried = []

    async def speak(text: SpokenText) -> bytes:
        tried.append(text.text)
        raise SessionError("connect", "refused")

    async with prompts.Prompts(speak) as sounds:
        for _ in range(2):
            sounds.prepare(SpokenText("Sorry."))
            await sounds.ready(patience.seconds(5))
    assert tried == ["Sorry."]


async def test_there_is_always_an_apology() -> None:
    """Our own, when the plan's cannot be spoken; none where the plan wants none."""

    async def speak(text: SpokenText) -> bytes:
        raise SessionError("connect", "refused")

    sounds = prompts.Prompts(speak)
    assert len((await sounds.apology(SpokenText("Sorry."), None)).pcm) > 2 * 24_000
    assert not await sounds.apology(None, None)


async def test_the_words_of_every_plan_need_no_voice() -> None:
    """They are recorded, and nobody is asked to prepare them."""
    voice = Voice()
    voice.able = False
    async with prompts.Prompts(voice.speak) as sounds:
        for text in (OnFailure().say, OnFailure().hold, OnFailure().unanswered, Limits().notice):
            assert text is not None
            sounds.prepare(SpokenText(text))
            assert len((await sounds.sound(SpokenText(text), None)).pcm) > 2 * 24_000
        await sounds.ready(patience.seconds(5))
    assert voice.contexts == []


async def test_a_limit_is_told_even_if_nobody_can_speak() -> None:
    """With our own words, as the apology is; not where the plan wants none."""
    voice = Voice()
    voice.able = False
    sounds = prompts.Prompts(voice.speak)
    assert len((await sounds.goodbye(SpokenText("Auf Wiedersehen."))).pcm) > 2 * 24_000
    voice.able = True
    assert await sounds.goodbye(SpokenText("Auf Wiedersehen.")) == Announcement(
        b"Auf Wiedersehen." * 2, "Auf Wiedersehen."
    )
    assert not await sounds.goodbye(None)


async def test_the_same_words_in_two_voices_are_two_sounds() -> None:
    """A plan's words are spoken by its own provider."""
    voice = Voice()
    sounds = prompts.Prompts(voice.speak)
    for one in ("marin", "cedar", "marin"):
        await sounds.sound(SpokenText("Hallo.", (ModelRoute(provider="openai", voice=one),)), None)
    assert voice.spoken == ["Hallo.", "Hallo."]


async def test_an_outage_is_filled_without_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    """With the plan's words if they were prepared, else with ours; with nothing where nothing is wanted."""
    monkeypatch.setattr(prompts, "GREETING_S", 0.01)
    voice = Voice()
    async with prompts.Prompts(voice.speak) as sounds:
        assert len((await sounds.moment(SpokenText("Un momento."))).pcm) > 24_000
        await voice.has_spoken("Un momento.")
        assert await sounds.moment(SpokenText("Un momento.")) == Announcement(
            b"Un momento." * 2, "Un momento."
        )
        assert not await sounds.moment(None)
        assert len((await sounds.unanswered(SpokenText("¿Cómo?"))).pcm) > 3 * 24_000
        await voice.has_spoken("Un momento.", "¿Cómo?")
        assert await sounds.unanswered(SpokenText("¿Cómo?")) == Announcement("¿Cómo?".encode() * 2, "¿Cómo?")
        assert not await sounds.unanswered(None)


async def test_preparing_in_vain_is_told_once_an_outage() -> None:
    """A gateway without the embedded agent does not fill the log with texts that have stand-ins."""
    able = False

    async def speak(_text: SpokenText) -> bytes:
        if not able:
            raise SessionError("connect", "refused")
        return b"pcm"

    with capture_logs() as lines:
        async with prompts.Prompts(speak) as sounds:
            for text in ("Sorry.", "Goodbye."):
                sounds.prepare(SpokenText(text))
            await sounds.ready(patience.seconds(5))
            able = True
            assert await sounds.sound(SpokenText("Hello."), None) == Announcement(b"pcm", "Hello.")
            able = False
            sounds.prepare(SpokenText("One moment."))
            await sounds.ready(patience.seconds(5))
    assert [line["error"] for line in lines] == ["connect: refused"] * 2


# --- before calls -----------------------------------------------------------------------------------------

QUIET = {"on_failure": {"say": None, "hold": None}, "limits": {"notice": None}}


async def test_texts_of_plans_are_spoken_one_after_another(tmp_path: Path) -> None:
    """Before a call needs them, and again only when plans have others; the log lines are nobody's."""
    voice = Voice()
    plans = dialplan(tmp_path, a={"numbers": ["1"], "announce": {"say": "A"}, **QUIET})
    async with prompts.Prompts(voice.speak) as sounds, asyncio.TaskGroup() as tasks:
        with bound_contextvars(call="c1"):
            sounds.want(plans)
            await sounds.ready(patience.seconds(5))
        assert voice.spoken == ["A"]
        keeper = tasks.create_task(sounds.keep_ready(lambda: plans))
        more = {"b": {"numbers": ["2"], "announce": {"say": "B"}, **QUIET}}
        plans = dialplan(tmp_path, **more)
        await voice.has_spoken("A", "B")
        keeper.cancel()
    assert voice.contexts == [{"prompt": "A"}, {"prompt": "B"}]


async def test_a_voice_that_comes_back_is_asked_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What plans need is not given up; what one call needed is not tried for nobody."""
    monkeypatch.setattr(prompts, "TRY_AGAIN_AFTER", 0.02)
    voice = Voice()
    voice.able = False
    async with prompts.Prompts(voice.speak) as sounds:
        sounds.want(dialplan(tmp_path, a={"numbers": ["1"], "announce": {"say": "A"}, **QUIET}))
        sounds.prepare(SpokenText("For Ann."))
        await sounds.ready(patience.seconds(5))
        voice.able = True
        await voice.has_spoken("A")
        await asyncio.sleep(0.05)
    assert voice.spoken == ["A"]


async def test_a_mistake_of_ours_ends_no_process() -> None:
    """It is logged, and the next text is prepared."""

    async def speak(text: SpokenText) -> bytes:
        if text.text == "A":
            raise RuntimeError("a bug")
        return b"pcm"

    with capture_logs() as lines:
        async with prompts.Prompts(speak) as sounds:
            for text in ("A", "B"):
                sounds.prepare(SpokenText(text))
            await sounds.ready(patience.seconds(5))
            assert await sounds.moment(SpokenText("B")) == Announcement(b"pcm", "B")
    assert [line["event"] for line in lines] == ["prompt.broke"]


async def test_what_waits_has_a_bound(monkeypatch: pytest.MonkeyPatch) -> None:
    """A thousand calls with a text of their own each are spoken to when it is needed."""
    monkeypatch.setattr(prompts, "MOST_WAITING", 2)
    voice = Voice()
    async with prompts.Prompts(voice.speak) as sounds:
        for number in range(1000):
            sounds.prepare(SpokenText(f"For {number}."))
        await sounds.ready(patience.seconds(5))
    assert voice.spoken == ["For 0.", "For 1."]


async def test_a_voice_that_hangs_holds_up_nobody_for_long() -> None:
    """Neither the start nor the end waits for it."""

    async def speak(_text: SpokenText) -> bytes:
        await asyncio.Event().wait()
        raise AssertionError

    async with patience.within(5), prompts.Prompts(speak) as sounds:
        sounds.prepare(SpokenText("Hello."))
        await sounds.ready(0.01)
