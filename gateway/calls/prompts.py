"""Sounds that the gateway itself plays: WAV files and texts, read or spoken once and kept.

They are there before they are needed, so that a caller hears words even when every model is out of reach.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Self

import structlog
from structlog.contextvars import bound_contextvars

from gateway.audio import read_wav
from gateway.audio_cache import AudioCache
from gateway.call import Announcement
from gateway.dialplan import Dialplan
from gateway.dialplan.model import Limits, OnFailure
from gateway.dialplan.spoken import SpokenText, texts
from gateway.errors import GatewayError
from gateway.tasks import until_next_look, within

log = structlog.get_logger(__name__)

Speak = Callable[[SpokenText], Awaitable[bytes]]
"""Speaks a text: PCM16LE 24 kHz. Raises GatewayError when nobody can."""

SORRY = Path(__file__).parent / "sounds" / "sorry.wav"
"""An apology for installations in which nobody can speak: silence is the one thing a caller must not get."""
MOMENT = SORRY.with_name("moment.wav")
"""What is said in a long wait where the plan's own words are not spoken yet."""
UNANSWERED = SORRY.with_name("unanswered.wav")
"""The same where the model has not answered."""
LIMIT = SORRY.with_name("limit.wav")
"""What is said at a limit of the plan where its own words cannot be had."""
RECORDED = {
    OnFailure().say: SORRY,
    OnFailure().hold: MOMENT,
    OnFailure().unanswered: UNANSWERED,
    Limits().notice: LIMIT,
}
"""The words that hold where a plan has none of its own."""
SAYS = {file: words or "" for words, file in RECORDED.items()}
"""What is said in our own recordings."""
KEPT_BYTES = 64 * 1024 * 1024
"""Sounds kept in memory: about 23 minutes."""
SPEAK_WITHIN = 10.0
"""Seconds a text may take to be spoken before the caller gets silence instead."""
TRY_AGAIN_AFTER = 60.0
"""Seconds in which a text that could not be prepared is not tried again."""
MOST_WAITING = 200
"""Texts that wait to be prepared; those beyond are spoken when they are needed first."""
GREETING_S = 10.0
"""Seconds from the beginning of a call in which the voice is left to its greeting."""
NOTICE_CHANGES_S = 1.0
"""Seconds after a reload within which the texts of new plans are prepared."""


class Prompts:
    """A prompt's sound. One instance a process, used as a context: within it texts are prepared.

    One after the other, because the embedded agent's voice has callers to greet meanwhile.
    """

    def __init__(self, speak: Speak) -> None:
        self._speak = speak
        self._kept = AudioCache(KEPT_BYTES)
        self._tasks = asyncio.TaskGroup()
        self._speaker: asyncio.Task[None] | None = None
        self._waiting: dict[SpokenText, float] = {}  # when to begin, in loop seconds
        self._came = asyncio.Event()
        self._nothing_due = asyncio.Event()
        self._wanted: frozenset[SpokenText] = frozenset()
        self._tried: dict[SpokenText, float] = {}  # what could not be spoken -> when, in loop seconds
        self._mute = False

    async def __aenter__(self) -> Self:
        await self._tasks.__aenter__()
        # Here and not where a text is asked for: what is logged about it is not a call's.
        self._speaker = self._tasks.create_task(self._prepare())
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._speaker is not None:
            self._speaker.cancel()
        await self._tasks.__aexit__(kind, error, trace)

    async def keep_ready(self, plans: Callable[[], Dialplan]) -> None:
        """Want the texts of the plans in force, until cancelled."""
        known: Dialplan | None = None
        while True:
            if (current := plans()) is not known:
                self.want(current)
                known = current
            await until_next_look(NOTICE_CHANGES_S)

    def want(self, plans: Dialplan) -> None:
        """Have the texts of these plans spoken before a call needs them; again, where nobody can just now."""
        wanted = texts(plans)[:MOST_WAITING]
        self._wanted = frozenset(wanted)
        for text in wanted:
            self.prepare(text)

    async def ready(self, seconds: float) -> None:
        """Wait until what was asked for is spoken or was tried, so many seconds at most."""
        with suppress(TimeoutError):
            async with within(seconds):
                await self._nothing_due.wait()

    def prepare(self, say: SpokenText | None, after: float = 0) -> None:
        """Have a text spoken in the background, so that it is there even if everything fails by then.

        Not before `after` seconds have passed. No harm is done by asking again.
        """
        now = asyncio.get_running_loop().time()
        if say is None or say.recorded or say.key in self._kept or say in self._waiting:
            return
        if len(self._waiting) >= MOST_WAITING:
            return
        if now - self._tried.get(say, -TRY_AGAIN_AFTER) < TRY_AGAIN_AFTER:
            return
        self._waiting[say] = now + after
        self._nothing_due.clear()
        self._came.set()

    async def _prepare(self) -> None:
        """Speak what is due, one text after the other."""
        clock = asyncio.get_running_loop().time
        while True:
            text = min(self._waiting, key=self._waiting.__getitem__, default=None)
            pause = None if text is None else self._waiting[text] - clock()
            if text is None or pause is None or pause > 0:
                await self._rest(pause)
            elif not await self._can_speak(text) and text in self._wanted:
                self._waiting[text] = clock() + TRY_AGAIN_AFTER
            else:
                del self._waiting[text]

    async def _rest(self, seconds: float | None) -> None:
        """Wait for something to prepare, or so long."""
        self._nothing_due.set()
        self._came.clear()
        with suppress(TimeoutError):
            async with within(seconds):
                await self._came.wait()

    async def _can_speak(self, text: SpokenText) -> bool:
        try:
            with bound_contextvars(prompt=text.text):
                await self._spoken(text)
        except Exception as error:  # whatever it is: nobody is waiting, and calls go on
            now = asyncio.get_running_loop().time()
            self._tried = {one: at for one, at in self._tried.items() if now - at < TRY_AGAIN_AFTER}
            self._tried[text] = now
            if not isinstance(error, GatewayError | TimeoutError):
                log.exception("prompt.broke", say=text.text)
            elif not self._mute:  # once an outage: there are sounds of our own, and every plan has such texts
                log.warning("prompt.no_voice", error=str(error) or "too slow")
            self._mute = True
            return False
        return True

    async def goodbye(self, say: SpokenText | None) -> Announcement:
        """The sound of a plan's `limits.notice`, or failing that our own; silence if the plan wants that."""
        if say is None:
            return Announcement()
        return await self.sound(say, None) or await self.sound(None, LIMIT)

    async def apology(self, say: SpokenText | None, play: Path | None) -> Announcement:
        """The sound of a plan's `on_failure`, or failing that our own; silence if the plan wants that."""
        if say is None and play is None:
            return Announcement()
        return await self.sound(say, play) or await self.sound(None, SORRY)

    async def moment(self, say: SpokenText | None) -> Announcement:
        """The sound for a long wait, without waiting for it: our own if it was not prepared yet."""
        return await self._at_once(say, MOMENT)

    async def unanswered(self, say: SpokenText | None) -> Announcement:
        """The sound for a question that nobody has answered, in the same way."""
        return await self._at_once(say, UNANSWERED)

    async def _at_once(self, say: SpokenText | None, stand_in: Path) -> Announcement:
        if say is None:
            return Announcement()
        self.prepare(say, GREETING_S)
        if (pcm := self._kept.get(say.key)) is not None:
            return Announcement(pcm, say.text)
        return await self.sound(None, stand_in)

    async def sound(self, say: SpokenText | None, play: Path | None) -> Announcement:
        """A file or a text to be played; silence with a log line when it cannot be had: calls go on."""
        try:
            if play is None and say is not None:
                play = RECORDED.get(say.text)
            if play is not None:
                return Announcement(await self._read(play), SAYS.get(play, f"[{play.name}]"))
            return Announcement() if say is None else Announcement(await self._spoken(say), say.text)
        except (GatewayError, TimeoutError) as error:
            place = {"play": str(play)} if play is not None else {"say": say.text if say else ""}
            log.warning("prompt.not_played", **place, error=str(error) or "too slow")
            return Announcement()

    async def _read(self, path: Path) -> bytes:
        state = _state(path)
        if (pcm := self._kept.get(state)) is None:
            pcm = await asyncio.to_thread(read_wav, path)
            if (others := self._kept.get(state)) is not None:
                return others  # of calls that came with this one: once in memory is enough
            self._kept.put(state, pcm)
        return pcm

    async def _spoken(self, text: SpokenText) -> bytes:
        if (pcm := self._kept.get(text.key)) is not None:
            return pcm
        async with within(SPEAK_WITHIN):
            pcm = await self._speak(text)
        self._mute = False
        self._kept.put(text.key, pcm)
        return pcm


def _state(path: Path) -> str:
    """Tell a file from what it was before; a look at it takes 2 us, so the loop can spare it."""
    try:
        return f"{path}\0{path.stat().st_mtime_ns}"
    except OSError:
        return ""  # reading it will say what is wrong
