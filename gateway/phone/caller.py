"""The person at the phone: rings, waits for the agent, speaks by the script, and notes what was felt."""

from __future__ import annotations

import asyncio
import importlib.util
import socket
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

from gateway.audio import read_wav
from gateway.call import Ending, HangUp, Reason, Result, SendDigits
from gateway.errors import BadInput, SipError, SpeechError
from gateway.phone import reach
from gateway.phone.handset import FarEndGone, Handset, PhoneLeg
from gateway.phone.hearing import Utterance, trimmed
from gateway.phone.recording import RATE, Recording
from gateway.phone.report import CallReport, Printer, TranscriptLine
from gateway.phone.script import ScriptStep, What, When
from gateway.sip.names import HostNames, target_of
from gateway.sip.stack import SipSettings
from gateway.sip.user_agent import UserAgent
from gateway.tasks import TaskGroup

ANSWER_WITHIN = 60.0
"""Seconds to let it ring."""
PATIENCE = 12.0
"""Seconds to wait for the agent to begin, before the caller goes on regardless."""
SILENT_S = 0.4
"""Silence after which an interrupted agent has stopped; shorter is a pause between its words."""
GOODBYE = 6.0
"""Seconds after the last words in which the agent may still speak or hang up."""

Transcriber = Callable[[bytes], str | None]
"""Recognises PCM16LE 24 kHz; blocking; None where nothing was understood or no engine is installed."""


@dataclass(frozen=True, slots=True)
class BrowserApi:
    """A gateway's control API, by which a browser rings: its address, and a token that may operate."""

    url: str
    token: str = field(default="", repr=False)


class PhoneCaller:
    """One call of the phone. `line` is told each thing that was said, as it happens."""

    def __init__(
        self,
        report: CallReport,
        line: Callable[[TranscriptLine], None],
        transcribe: Transcriber,
        leg: PhoneLeg,
    ) -> None:
        self.report = report
        self._line = line
        self._transcribe = transcribe
        self._phone = Handset(leg)

    @property
    def recording(self) -> Recording:
        """Both sides of the call."""
        return self._phone.recording

    async def call(self, script: list[tuple[ScriptStep, bytes]]) -> None:
        """Hold the call; `script` has each step with its sound (PCM16LE 24 kHz, b"" for digits)."""
        phone = self._phone
        try:
            await phone.picked_up(ANSWER_WITHIN)
            async with asyncio.TaskGroup() as tasks:
                listener = tasks.create_task(self._tell_what_the_agent_says())
                try:
                    for step, sound in script:
                        await self._do(step, sound)
                    await self._last_moments()
                except FarEndGone:
                    pass
                listener.cancel()
        except (FarEndGone, TimeoutError):
            pass
        self._finish()
        for utterance in self._untold():
            await self._tell(utterance)

    def _finish(self) -> None:
        phone, report = self._phone, self.report
        if phone.answered_at is not None:
            report.answer_ms = round((phone.answered_at - phone.began) * 1000)
        if phone.ending is None:
            phone.hang_up(Ending(Result.COMPLETED, Reason.CALLER_HUNG_UP))
            report.ended = "we hung up" if phone.answered else f"not answered in {ANSWER_WITHIN:g} s"
        else:
            report.ended = _told(phone.ending, answered=phone.answered)
        report.failed = not phone.answered or _cut_off(phone.ending)
        report.seconds = round(asyncio.get_running_loop().time() - phone.began, 2)

    # --- speaking ------------------------------------------------------------------------------------

    async def _do(self, step: ScriptStep, sound: bytes) -> None:
        phone = self._phone
        await self._moment(step)
        started = phone.now
        if step.what is What.DIGITS:
            phone.do(SendDigits(step.value))
            self._line(TranscriptLine("caller", f"[{step.value}]", round(started, 2)))
            return
        interrupted = phone.hearing.speaking
        line = TranscriptLine("caller", step.value, round(started, 2), round(len(sound) / 2 / RATE, 2))
        try:
            await phone.speak(sound)
            if interrupted is not None:  # it may speak on, behind our words
                await phone.until(lambda: phone.now - interrupted.end >= SILENT_S)
        finally:
            if interrupted is not None:
                line.stopped_ms = max(0, round((interrupted.end - started) * 1000))
            self._line(line)

    async def _moment(self, step: ScriptStep) -> None:
        """Wait until it is time for a step."""
        phone = self._phone
        if step.when is When.PAUSE:
            await phone.passed(step.seconds)
            return
        answer = await phone.answer_begun(PATIENCE)
        if answer is None:
            return
        if step.when is When.INTERRUPT:
            moment = answer.start + step.seconds
            await phone.until(lambda: phone.now >= moment or answer.finished)
        else:
            await phone.silence()

    async def _last_moments(self) -> None:
        """Let the agent answer the last words, and hang up if it wants to."""
        phone = self._phone
        last = phone.now

        def over() -> bool:
            nonlocal last
            if phone.hearing.speaking:
                last = phone.now
            return phone.now - last > GOODBYE

        await phone.until(over)

    # --- listening -----------------------------------------------------------------------------------

    async def _tell_what_the_agent_says(self) -> None:
        while True:
            for utterance in self._untold():
                await self._tell(utterance)
            await asyncio.sleep(0.05)

    def _untold(self) -> list[Utterance]:
        told = sum(line.who == "agent" for line in self.report.lines)
        return [utterance for utterance in self._phone.hearing.utterances[told:] if utterance.finished]

    async def _tell(self, utterance: Utterance) -> None:
        phone = self._phone
        if self.report.first_word_ms is None and phone.audio_began is not None:
            since = phone.audio_began - phone.began + utterance.start
            self.report.first_word_ms = round(since * 1000)
        line = TranscriptLine(
            "agent", None, round(utterance.start, 2), round(utterance.end - utterance.start, 2)
        )
        before = [said for said in self.report.lines if said.who == "caller"]
        if before and (ended := before[-1].at + before[-1].seconds) <= utterance.start:
            first = not any(said.who == "agent" and said.at >= ended for said in self.report.lines)
            line.delay_ms = round((utterance.start - ended) * 1000) if first else None
        pcm = phone.recording.cut(max(0.0, utterance.start - 0.2), utterance.end + 0.2)
        line.text = await asyncio.to_thread(self._transcribe, pcm)
        self._line(line)


def _cut_off(ending: Ending | None) -> bool:
    return ending is not None and ending.result is not Result.COMPLETED


def _told(ending: Ending, *, answered: bool) -> str:
    if not answered:
        return f"not answered: {ending.status}"
    return f"cut off: {ending.reason.value}" if _cut_off(ending) else "the agent hung up"


async def own_address(uri: str) -> str:
    """Return the address of ours from which `uri` is reached. Raises SipError when it is not."""
    async with HostNames() as names:
        host, port = (await names.find(target_of(uri)))[0]
    try:
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        with socket.socket(family, socket.SOCK_DGRAM) as probe:
            probe.connect((host, port))  # sends nothing; asks the routing table
            return str(probe.getsockname()[0])
    except OSError as error:
        raise SipError(f"cannot reach {uri}: {error}") from None


async def hold_call(
    to: str,
    steps: list[ScriptStep],
    report: CallReport,
    *,
    json: bool,
    record: Path | None,
    native: bool | None,
    api: BrowserApi | None = None,
) -> None:
    """Ring `to`, hold the call, show it, leave. Raises SipError, BadInput, SpeechError.

    `api`: ring as a browser does, by the control API there.
    """
    if record is not None:
        _must_be_writable(record)
    printer = Printer(report, json=json)
    if api is None and not await reach.answers(to):
        printer.say(f"no answer from {to} yet: is a gateway running there? ringing all the same")
    printer.say("preparing the voice ...")
    ears, voice = await asyncio.to_thread(_engines, [step for step in steps if step.what is What.SAY])
    script = [(step, await asyncio.to_thread(sound_of, step, voice)) for step in steps]
    caller: PhoneCaller | None = None
    try:
        async with _over_sip(to, native) if api is None else _as_browser(to, api) as leg:
            printer.say(f"ringing {to}")
            caller = PhoneCaller(report, printer.line, ears, leg)
            await caller.call(script)
    except asyncio.CancelledError:  # Ctrl-C: what was heard until then is of interest all the same
        report.ended = "interrupted"
        raise
    finally:
        if record is not None and caller is not None:
            caller.recording.save(record)
        printer.finish()


@asynccontextmanager
async def _over_sip(to: str, native: bool | None) -> AsyncIterator[PhoneLeg]:
    settings = SipSettings(await own_address(to), 0, 30_000, 39_999, max_calls=4, native=native)
    agent = UserAgent(settings, lambda leg: leg.execute(HangUp(BUSY)))
    await agent.start()
    try:
        yield agent.dial(to)
    finally:
        await agent.stop()


@asynccontextmanager
async def _as_browser(to: str, api: BrowserApi) -> AsyncIterator[PhoneLeg]:
    if importlib.util.find_spec("aiortc") is None:
        cure = "it needs aiortc: pip install 'sip-voice-gateway[browser]'"
        raise BadInput("command line", "--webrtc", api.url, cure)
    from gateway.phone.browser_leg import BrowserLeg  # noqa: PLC0415 - aiortc, for who asks for it

    leg = BrowserLeg()
    await leg.ring(api.url, api.token, to.removeprefix("sip:").partition("@")[0])
    async with TaskGroup() as tasks:
        carrying = tasks.create_task(leg.carry())
        yield leg
        carrying.cancel()


def _must_be_writable(record: Path) -> None:
    try:
        record.open("ab").close()
    except OSError as error:
        raise BadInput("command line", "--record", str(record), error.strerror or str(error)) from None


def _engines(said: list[ScriptStep]) -> tuple[Transcriber, Callable[[str], bytes]]:
    """Load recognition and, if something is to be said, a voice. Raises SpeechError when that is missing."""
    from gateway.local.engines import stt, tts  # noqa: PLC0415 - a phone that only plays files needs neither

    try:
        stt.recogniser()
    except SpeechError:
        return (lambda _pcm: None), tts.synthesize

    def transcribe(pcm: bytes) -> str | None:
        text, confidence = stt.transcribe(pcm, RATE)
        return text if text and confidence > UNSURE else None

    if said:
        tts.synthesiser()
    return transcribe, tts.synthesize


UNSURE = -1.0
"""Mean log-probability below which recognised text is a guess."""
BUSY = Ending(Result.REJECTED, Reason.BUSY, 486)


def sound_of(step: ScriptStep, synthesize: Callable[[str], bytes]) -> bytes:
    """PCM16LE 24 kHz of a step, without silence at its ends; b"" for digits. Raises BadInput, SpeechError."""
    match step.what:
        case What.SAY:
            return trimmed(synthesize(step.value))
        case What.PLAY:
            return trimmed(read_wav(Path(step.value)))
        case What.DIGITS:
            return b""
