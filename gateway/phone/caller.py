"""The person at the phone: rings, waits for the agent, speaks by the script, and notes what was felt."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Callable
from pathlib import Path

from gateway.audio import read_wav
from gateway.call import (
    Answered,
    Ending,
    FinishItem,
    HangUp,
    LegEnded,
    LegFact,
    Play,
    Played,
    Reason,
    Result,
    SendDigits,
)
from gateway.errors import BadInput, SipError, SpeechError
from gateway.phone import reach
from gateway.phone.hearing import PhoneHearing, Utterance, trimmed
from gateway.phone.recording import RATE, Recording
from gateway.phone.report import CallReport, Printer, TranscriptLine
from gateway.phone.script import ScriptStep, What, When
from gateway.sip.leg import SipLeg
from gateway.sip.names import HostNames, target_of
from gateway.sip.stack import SipSettings
from gateway.sip.user_agent import UserAgent
from gateway.tasks import within

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


class FarEndGone(Exception):
    """The call is over."""


class PhoneCaller:
    """One call of the phone. `line` is told each thing that was said, as it happens."""

    def __init__(
        self, report: CallReport, line: Callable[[TranscriptLine], None], transcribe: Transcriber
    ) -> None:
        self.report = report
        self.recording = Recording()
        self._line = line
        self._transcribe = transcribe
        self._hearing = PhoneHearing()
        self._loop = asyncio.get_running_loop()
        self._news = asyncio.Event()
        self._played: set[str] = set()
        self._answered = False
        self._ending: Ending | None = None
        self._began = self._loop.time()
        self._audio_began: float | None = None
        self._spoke_until = 0.0  # position of the end of our last words

    async def call(self, leg: SipLeg, script: list[tuple[ScriptStep, bytes]]) -> None:
        """Hold the call; `script` has each step with its sound (PCM16LE 24 kHz, b"" for digits)."""
        leg.listen(self._on_fact, self._on_audio)
        try:
            async with within(ANSWER_WITHIN):
                await self._until(lambda: self._answered)
            async with asyncio.TaskGroup() as tasks:
                listener = tasks.create_task(self._tell_what_the_agent_says())
                try:
                    for number, (step, sound) in enumerate(script):
                        await self._do(leg, step, sound, f"words_{number}")
                    await self._last_moments()
                except FarEndGone:
                    pass
                self._hearing.hear(bytes(2 * RATE))  # whatever was being said has ended with the call
                listener.cancel()
        except (FarEndGone, TimeoutError):
            pass
        if self._ending is None:
            leg.execute(HangUp(Ending(Result.COMPLETED, Reason.CALLER_HUNG_UP)))
            self.report.ended = "we hung up" if self._answered else f"not answered in {ANSWER_WITHIN:g} s"
        else:
            self.report.ended = _told(self._ending, answered=self._answered)
        self.report.failed = not self._answered or _cut_off(self._ending)
        self.report.seconds = round(self._loop.time() - self._began, 2)
        for utterance in self._untold():
            await self._tell(utterance)

    # --- speaking ------------------------------------------------------------------------------------

    async def _do(self, leg: SipLeg, step: ScriptStep, sound: bytes, name: str) -> None:
        await self._moment(step)
        started = self._hearing.now
        if step.what is What.DIGITS:
            leg.execute(SendDigits(step.value))
            self._line(TranscriptLine("caller", f"[{step.value}]", round(started, 2)))
            return
        interrupted = self._hearing.speaking
        seconds = len(sound) / 2 / RATE
        line = TranscriptLine("caller", step.value, round(started, 2), round(seconds, 2))
        self.recording.say(started, sound)
        leg.execute(Play(name, sound))
        leg.execute(FinishItem(name))
        try:
            await self._until(lambda: name in self._played)
            self._spoke_until = started + seconds
            if interrupted is not None:  # it may speak on, behind our words
                await self._until(lambda: self._hearing.now - interrupted.end >= SILENT_S)
        finally:
            if interrupted is not None:
                line.stopped_ms = max(0, round((interrupted.end - started) * 1000))
            self._line(line)

    async def _moment(self, step: ScriptStep) -> None:
        """Wait until it is time for a step."""
        if step.when is When.PAUSE:
            until = self._hearing.now + step.seconds
            await self._until(lambda: self._hearing.now >= until)
            return
        waited_from = self._hearing.now
        await self._until(lambda: self._answering() is not None or self._hearing.now - waited_from > PATIENCE)
        answer = self._answering()
        if answer is None:
            return
        if step.when is When.INTERRUPT:
            moment = answer.start + step.seconds
            await self._until(lambda: self._hearing.now >= moment or answer.finished)
        else:
            await self._until(lambda: self._hearing.speaking is None)

    def _answering(self) -> Utterance | None:
        """What the agent has said since our last words, or says now."""
        heard = self._hearing.utterances
        return heard[-1] if heard and heard[-1].end > self._spoke_until else None

    async def _last_moments(self) -> None:
        """Let the agent answer the last words, and hang up if it wants to."""
        last = self._hearing.now

        def over() -> bool:
            nonlocal last
            if self._hearing.speaking:
                last = self._hearing.now
            return self._hearing.now - last > GOODBYE

        await self._until(over)

    # --- listening -----------------------------------------------------------------------------------

    def _on_fact(self, fact: LegFact) -> None:
        match fact:
            case Answered():
                self._answered = True
                self.report.answer_ms = round((self._loop.time() - self._began) * 1000)
            case Played():
                self._played.add(fact.item_id)
            case LegEnded():
                self._ending = fact.ending
            case _:
                pass
        self._news.set()

    def _on_audio(self, pcm: bytes) -> None:
        if self._audio_began is None:
            self._audio_began = self._loop.time() - len(pcm) / 2 / RATE
        self._hearing.hear(pcm)
        self.recording.hear(pcm)
        self._news.set()

    async def _until(self, condition: Callable[[], bool]) -> None:
        """Wait for something to become true of the call. Raises Gone when the call ends first."""
        while not condition():
            if self._ending is not None:
                raise FarEndGone
            self._news.clear()
            await self._news.wait()

    async def _tell_what_the_agent_says(self) -> None:
        while True:
            for utterance in self._untold():
                await self._tell(utterance)
            await asyncio.sleep(0.05)

    def _untold(self) -> list[Utterance]:
        told = sum(line.who == "agent" for line in self.report.lines)
        return [utterance for utterance in self._hearing.utterances[told:] if utterance.finished]

    async def _tell(self, utterance: Utterance) -> None:
        if self.report.first_word_ms is None and self._audio_began is not None:
            since = self._audio_began - self._began + utterance.start
            self.report.first_word_ms = round(since * 1000)
        line = TranscriptLine(
            "agent", None, round(utterance.start, 2), round(utterance.end - utterance.start, 2)
        )
        before = [said for said in self.report.lines if said.who == "caller"]
        if before and (ended := before[-1].at + before[-1].seconds) <= utterance.start:
            first = not any(said.who == "agent" and said.at >= ended for said in self.report.lines)
            line.delay_ms = round((utterance.start - ended) * 1000) if first else None
        pcm = self.recording.cut(max(0.0, utterance.start - 0.2), utterance.end + 0.2)
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
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
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
) -> None:
    """Ring `to`, hold the call, show it, leave. Raises SipError, BadInput, SpeechError."""
    if record is not None:
        _must_be_writable(record)
    printer = Printer(report, json=json)
    if not await reach.answers(to):
        printer.say(f"no answer from {to} yet: is a gateway running there? ringing all the same")
    settings = SipSettings(await own_address(to), 0, 30_000, 39_999, max_calls=4, native=native)
    printer.say("preparing the voice ...")
    ears, voice = await asyncio.to_thread(_engines, [step for step in steps if step.what is What.SAY])
    script = [(step, await asyncio.to_thread(sound_of, step, voice)) for step in steps]
    agent = UserAgent(settings, lambda leg: leg.execute(HangUp(BUSY)))
    await agent.start()
    caller = PhoneCaller(report, printer.line, ears)
    try:
        printer.say(f"ringing {to}")
        await caller.call(agent.dial(to), script)
    except asyncio.CancelledError:  # Ctrl-C: what was heard until then is of interest all the same
        report.ended = "interrupted"
        raise
    finally:
        await agent.stop()
        if record is not None:
            caller.recording.save(record)
        printer.finish()


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
