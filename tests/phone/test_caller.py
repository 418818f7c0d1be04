"""The person at the phone: against a line whose times are known to the frame, and in whole calls."""

from __future__ import annotations

import asyncio
import re
import signal
import wave
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from gateway.call import (
    Ending,
    HangUp,
    Reason,
    Result,
)
from gateway.errors import BadInput, SipError
from gateway.phone import caller as module
from gateway.phone.caller import PhoneCaller, own_address, sound_of
from gateway.phone.report import CallReport, TranscriptLine
from gateway.phone.script import ScriptStep, What, When
from tests.equipment import patience, tone
from tests.equipment.process import Process, python
from tests.equipment.programs import Gateway, LocalServer, agent
from tests.equipment.scripted_line import RATE, ScriptedLine, between
from tests.equipment.wire_phone import Phone
from tests.equipment.wire_rtp import Pump

GONE = Ending(Result.COMPLETED, Reason.CALLER_HUNG_UP)


async def call(
    line: ScriptedLine,
    *steps: tuple[ScriptStep, float],
    hears: Callable[[bytes], str | None] = lambda _pcm: None,
) -> tuple[CallReport, PhoneCaller]:
    """Hold a call; each step with the seconds that its words take."""
    report = CallReport("sip:100@x")
    script = [(step, tone.sine(300, seconds * 1000, rate=RATE).tobytes()) for step, seconds in steps]
    person = PhoneCaller(report, report.lines.append, hears, line)  # type: ignore[arg-type] # all that it needs
    async with patience.within(10), asyncio.TaskGroup() as tasks:
        tasks.create_task(line.run())
        await person.call(script)
    return report, person


def say(words: str = "hello", when: When = When.AGENT_FINISHED, seconds: float = 0.0) -> ScriptStep:
    return ScriptStep(What.SAY, words, when, seconds)


def shape(lines: Sequence[TranscriptLine]) -> list[tuple[str, float, float]]:
    return [(line.who, line.at, line.seconds) for line in sorted(lines, key=lambda line: line.at)]


# --- what is measured ------------------------------------------------------------------------------------


async def test_a_turn_is_measured_from_word_to_word() -> None:
    """The caller waits for the greeting to be over, speaks, and the answer's delay is counted exactly."""

    def agent(line: ScriptedLine, now: float) -> bool:
        answers = [(round(end + 0.6, 2), round(end + 1.6, 2)) for _, end in line.words]
        return between((0.2, 1.2), *answers)(line, now)

    report, _ = await call(ScriptedLine(agent), (say(), 0.5))
    # The greeting ends at 1.2 s; the caller is sure of that 0.8 s later.
    assert shape(report.lines) == [("agent", 0.2, 1.0), ("caller", 2.0, 0.5), ("agent", 3.1, 1.0)]
    assert [line.delay_ms for line in report.lines if line.who == "agent"] == [None, 600]
    assert report.as_dict()["turn_ms_median"] == 600
    assert (report.ended, report.failed) == ("we hung up", False)


async def test_an_interruption_is_measured_to_the_last_sound_of_the_agent() -> None:
    """The caller speaks into the agent's words, 0.5 s after they began; these end 80 ms later."""

    def agent(line: ScriptedLine, now: float) -> bool:
        until = line.words[0][0] + 0.08 if line.words else 60.0
        return 0.2 <= now < round(until, 2)

    report, _ = await call(ScriptedLine(agent), (say("stop", When.INTERRUPT, 0.5), 0.4))
    (words,) = [line for line in report.lines if line.who == "caller"]
    assert (words.at, words.stopped_ms) == (0.7, 80)
    assert report.as_dict()["barge_in_ms"] == [80]
    assert [line.delay_ms for line in report.lines] == [None, None]


async def test_an_agent_that_will_not_be_interrupted() -> None:
    """Then it takes until the agent's own end."""
    line = ScriptedLine(between((0.2, 3.2)))
    report, _ = await call(line, (say("stop", When.INTERRUPT, 0.5), 0.4))
    assert report.as_dict()["barge_in_ms"] == [2500]


async def test_an_agent_that_is_finished_sooner_is_not_interrupted() -> None:
    """The words come when the agent has ended, and count as no interruption."""
    report, _ = await call(ScriptedLine(between((0.2, 0.6))), (say("stop", When.INTERRUPT, 5.0), 0.4))
    assert report.as_dict()["barge_in_ms"] == []


async def test_keys_and_pauses() -> None:
    """A pause is counted from the step before; keys are pressed, not spoken."""
    line = ScriptedLine(between((0.2, 0.4)))
    keys = ScriptStep(What.DIGITS, "42#", When.PAUSE, 1.0)
    report, _ = await call(line, (say(), 0.5), (keys, 0.0))
    assert line.keys == "42#"
    assert shape(report.lines)[1:] == [("caller", 1.2, 0.5), ("caller", 2.7, 0.0)]
    assert max(report.lines, key=lambda line: line.at).text == "[42#]"


async def test_an_agent_that_says_nothing_is_not_waited_for_for_ever() -> None:
    """After a while the caller speaks regardless, and after another one hangs up."""
    line = ScriptedLine(between())
    report, _ = await call(line, (say(), 0.5))
    spoken = module.PATIENCE + 0.02
    assert shape(report.lines) == [("caller", pytest.approx(spoken, abs=0.021), 0.5)]
    assert line.now == pytest.approx(spoken + 0.5 + module.GOODBYE, abs=0.1)
    assert isinstance(line.orders[-1], HangUp)


async def test_last_words_are_heard_out() -> None:
    """The call is not left while the agent speaks."""
    line = ScriptedLine(between((0.2, 8.0)))
    report, _ = await call(line)
    assert shape(report.lines) == [("agent", 0.2, 7.8)]
    assert line.now == pytest.approx(8.8 + module.GOODBYE, abs=0.1)


async def test_each_utterance_is_recognised_from_its_own_sound() -> None:
    """With a little around it; what was not understood stays open."""
    pieces: list[float] = []

    def hears(pcm: bytes) -> str | None:
        pieces.append(len(pcm) / 2 / RATE)
        return "first" if len(pieces) == 1 else None

    report, person = await call(ScriptedLine(between((0.5, 1.0), (3.0, 5.0))), hears=hears)
    assert pieces == pytest.approx([0.9, 2.4])
    assert [line.text for line in report.lines] == ["first", None]
    assert len(person.recording.cut(0, 100)) / 2 / RATE == pytest.approx(5.8 + module.GOODBYE, abs=0.1)


async def test_the_recording_has_the_words_where_they_were_said(tmp_path: Path) -> None:
    """On the phone's own track, from the sample on at which they began."""
    line = ScriptedLine(between((0.2, 0.4)))
    _, person = await call(line, (say(), 0.5))
    person.recording.save(tmp_path / "call.wav")
    ours, theirs = tracks(tmp_path / "call.wav")
    (words,), (greeting,) = tone.spans(ours, rate=RATE), tone.spans(theirs, rate=RATE)
    assert (words.start_ms, words.ms) == (pytest.approx(1200, abs=20), pytest.approx(500, abs=20))
    assert (greeting.start_ms, greeting.ms) == (pytest.approx(200, abs=20), pytest.approx(200, abs=20))


# --- how it ends -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("ending", "told"),
    [
        (GONE, "the agent hung up"),
        (Ending(Result.FAILED, Reason.NO_MEDIA), "cut off: no_media"),
    ],
)
async def test_the_far_end_hangs_up(ending: Ending, told: str) -> None:
    """In the middle of a word, too: what was heard is told, what was still to be said is not."""

    def agent(line: ScriptedLine, now: float) -> bool:
        if now >= 0.7:
            line.end(ending)
        return now >= 0.2

    report, _ = await call(ScriptedLine(agent), (say(), 0.5))
    assert (report.ended, shape(report.lines)) == (told, [("agent", 0.2, 0.52)])
    assert report.failed is (ending is not GONE)


async def test_words_that_the_far_end_cut_short_are_told() -> None:
    """The caller had begun to say them."""

    def agent(line: ScriptedLine, now: float) -> bool:
        if line.words and now > line.words[0][0] + 0.1:
            line.end(GONE)
        return 0.2 <= now < 0.4

    report, _ = await call(ScriptedLine(agent), (say("wait", When.PAUSE, 1.0), 0.5))
    assert [line.text for line in report.lines if line.who == "caller"] == ["wait"]


async def test_nobody_answers() -> None:
    """The status says why; nothing is hung up that never was."""

    def refuse(line: ScriptedLine, _now: float) -> bool:
        line.end(Ending(Result.FAILED, Reason.SIGNALLING_FAILED, 404))
        return False

    line = ScriptedLine(refuse, answers=False)
    report, _ = await call(line, (say(), 0.5))
    assert (report.ended, report.answer_ms, line.orders) == ("not answered: 404", None, [])
    assert report.failed


async def test_it_does_not_ring_for_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    """After a minute the caller gives up."""
    monkeypatch.setattr(module, "ANSWER_WITHIN", 0.05)
    line = ScriptedLine(between(), answers=False)
    report, _ = await call(line)
    assert (report.ended, report.failed) == ("not answered in 0.05 s", True)
    assert isinstance(line.orders[-1], HangUp)


# --- before it rings -------------------------------------------------------------------------------------


async def test_the_address_of_ours_that_the_other_reaches() -> None:
    """The routing table knows; a name is looked up before."""
    assert await own_address("sip:100@127.0.0.1:5060") == "127.0.0.1"
    assert await own_address("sip:100@localhost") == "127.0.0.1"


@pytest.mark.parametrize(
    ("uri", "why"),
    [
        ("sip:100@[fe80::1]", "cannot reach"),
        ("sip:100@a..b", "no address for host 'a..b'"),
        ("100", "write a SIP address, such as sip:100@127.0.0.1:5060"),
        ("sip:100@127.0.0.1:70000", "write a SIP address, such as sip:100@127.0.0.1:5060"),
        ("sip:100@127.0.0.1;transport=sctp", "udp, tcp and tls"),
    ],
)
async def test_an_address_that_is_not_reached_says_why(uri: str, why: str) -> None:
    """What is wrong is named, with the cure, before anything rings."""
    with pytest.raises(SipError, match=re.escape(why)):
        await own_address(uri)


def test_a_steps_sound_has_no_silence_at_its_ends(tmp_path: Path) -> None:
    """Spoken or from a file of another rate: delays are measured from the last sound."""

    def synthesize(text: str) -> bytes:
        return tone.join([tone.silence(300, rate=RATE), tone.sine(300, len(text), rate=RATE)]).tobytes()

    assert len(sound_of(say("x" * 100), synthesize)) / 2 / RATE == pytest.approx(0.1, abs=0.01)
    path = wav(tmp_path, tone.join([tone.silence(300), tone.sine(300, 200), tone.silence(300)]))
    assert len(sound_of(ScriptStep(What.PLAY, str(path)), synthesize)) / 2 / RATE == pytest.approx(
        0.2, abs=0.01
    )
    assert sound_of(ScriptStep(What.DIGITS, "1"), synthesize) == b""
    with pytest.raises(BadInput, match="no such file"):
        sound_of(ScriptStep(What.PLAY, "nowhere.wav"), synthesize)


# --- whole calls -----------------------------------------------------------------------------------------


def wav(folder: Path, pcm: tone.Pcm) -> Path:
    """Write a WAV file at the telephone's rate."""
    path = folder / "words.wav"
    with wave.open(str(path), "wb") as file:
        file.setparams((1, 2, tone.RATE, 0, "NONE", ""))
        file.writeframes(pcm.tobytes())
    return path


def tracks(path: Path) -> tuple[tone.Pcm, tone.Pcm]:
    """Read the two sides of a recording: ours and theirs."""
    with wave.open(str(path), "rb") as file:
        ours, theirs = np.frombuffer(file.readframes(file.getnframes()), "<i2").reshape(-1, 2).T
    return ours, theirs


async def phoned(gateway: Gateway, *options: str, number: str = "100", code: int = 0) -> dict[str, Any]:
    """Run `gateway phone` to its exit code; give its report."""
    to = f"sip:{number}@{gateway.sip[0]}:{gateway.sip[1]}"
    with Process(python("-m", "gateway", "phone", "--to", to, "--json", *options)) as program:
        assert await asyncio.to_thread(program.wait, 60) == code, program.tail()
    (report,) = program.log
    return dict(report)


async def test_a_whole_call_with_a_tone(
    tmp_path: Path, local_server: LocalServer, gateway_process: Callable[..., Gateway]
) -> None:
    """A file is played over the agent's greeting, which stops; the agent answers; both sides are on tape."""
    stops = {"backchannels": "interrupt"}  # a tone has no words
    plan = agent("100", local_server.url, voice="tone-440-1s", limits={"max_silence": "2s"}, barge_in=stops)
    gateway = gateway_process({"a": plan}, "--no-local")
    words = wav(tmp_path, tone.sine(600, 700, fade_ms=5))
    tape = tmp_path / "call.wav"
    report = await phoned(gateway, "--interrupt-after", "0.3", "--play", str(words), "--record", str(tape))
    assert report["ended"] == "the agent hung up"
    assert 0 < report["answer_ms"] < 2000
    assert 0 < report["first_word_ms"] < 3000
    (stopped,) = report["barge_in_ms"]
    assert stopped < 500
    greeting, answer = [line for line in report["lines"] if line["who"] == "agent"]
    assert greeting["seconds"] < 0.9
    assert answer["seconds"] == pytest.approx(1.0, abs=0.1)
    assert 200 < answer["delay_ms"] < 2500
    ours, theirs = tracks(tape)
    assert max(tone.tones(ours, rate=RATE), key=lambda found: found.ms).frequency == pytest.approx(600, abs=3)
    # G.711 has no true zero on some paths: an offset of a few steps in the silence is not a tone.
    heard = {round(found.frequency, -1) for found in tone.tones(theirs, rate=RATE) if found.frequency > 50}
    assert heard == {440}


async def test_keys_choose_from_a_menu(tmp_path: Path, gateway_process: Callable[..., Gateway]) -> None:
    """Pressed into the menu's words, they lead on; the far end hangs up."""
    (tmp_path / "long").mkdir()
    words = wav(tmp_path, tone.sine(440, 600, fade_ms=5))
    prompt = wav(tmp_path / "long", tone.sine(880, 5000))
    options = {"2": {"announce": {"play": str(words)}}}
    plan = {"numbers": ["100"], "menu": {"prompt": {"play": str(prompt)}, "options": options}}
    gateway = gateway_process({"a": plan}, "--no-local")
    tape = tmp_path / "call.wav"
    report = await phoned(gateway, "--after", "0.3", "--digits", "2", "--record", str(tape))
    assert report["ended"] == "the agent hung up"
    assert [line["text"] for line in report["lines"] if line["who"] == "caller"] == ["[2]"]
    assert {round(found.frequency, -1) for found in tone.tones(tracks(tape)[1], rate=RATE)} == {880, 440}


async def test_a_call_that_is_refused_is_a_failure(gateway_process: Callable[..., Gateway]) -> None:
    """A script that rings a number can tell by the exit code that nobody was there."""
    gateway = gateway_process({"a": {"numbers": ["100"], "reject": {"status": 603}}}, "--no-local")
    report = await phoned(gateway, code=1)
    assert (report["ended"], report["failed"]) == ("not answered: 603", True)
    report = await phoned(gateway, number="101", code=1)
    assert report["ended"] == "not answered: 404"


async def test_a_call_that_is_sent_elsewhere(pump: Pump) -> None:
    """The status is the other side's: it was not we who gave up."""
    async with Phone(("127.0.0.1", 9), pump) as callee:
        to = f"sip:100@127.0.0.1:{callee.local[1]}"
        with Process(python("-m", "gateway", "phone", "--to", to, "--json")) as program:
            (await callee.incoming(30)).reject(302)
            assert await asyncio.to_thread(program.wait, 60) == 1, program.tail()
    assert program.log[0]["ended"] == "not answered: 302"


async def test_ctrl_c_hangs_up(tmp_path: Path, gateway_process: Callable[..., Gateway]) -> None:
    """The far end hears a BYE; what there was until then is reported and kept."""
    prompt = wav(tmp_path, tone.sine(880, 5000))
    gateway = gateway_process({"a": {"numbers": ["100"], "announce": {"play": str(prompt)}}}, "--no-local")
    to, tape = f"sip:100@127.0.0.1:{gateway.sip[1]}", str(tmp_path / "call.wav")
    command = python("-m", "gateway", "phone", "--to", to, "--json", "--record", tape)
    with Process(command) as program:
        await gateway.said("call.started", 20)
        assert await asyncio.to_thread(program.stop, how=signal.SIGINT) == 130
    (report,) = program.log
    assert report["ended"] == "interrupted"
    assert tracks(Path(tape))
    assert "Traceback" not in "\n".join(program.text)
    await gateway.said("call.ended")


@pytest.mark.speech
async def test_a_whole_call_with_words(gateway_process: Callable[..., Gateway]) -> None:
    """The shipped agent is asked for a sum and is understood when it answers."""
    pytest.importorskip("moonshine_voice", reason="needs the embedded agent's engines (extra `local`)")
    plan = {"numbers": ["100"], "agent": {"voice": "heart"}, "answer": {"speaks_first": "caller"}}
    gateway = gateway_process({"a": plan | {"limits": {"max_silence": "2s"}}})
    report = await phoned(gateway, "--after", "0.2", "--say", "What is seven plus five?")
    assert report["ended"] == "the agent hung up"
    question, answer = report["lines"]
    assert question["text"] == "What is seven plus five?"
    assert "12" in answer["text"] or "twelve" in answer["text"].lower()
    assert answer["delay_ms"] < 5000
