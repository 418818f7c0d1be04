"""`gateway ear` as a person types it."""

from __future__ import annotations

import json
import wave
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from gateway.cli.commands import app
from gateway.errors import BadInput
from gateway.records.call_record import Line
from gateway.records.store.opening import open_records
from tests.equipment.spoken_calls import SpokenCall, conversation, save, sentences
from tests.records.store.made_records import ended


def test_a_clean_call(tmp_path: Path) -> None:
    save(conversation(3).recorded(), tmp_path / "call.wav")
    told = CliRunner().invoke(app, ["ear", str(tmp_path / "call.wav")])
    assert told.exit_code == 0
    assert "nothing to complain of" in told.output


@pytest.mark.parametrize(("bears", "code"), [((), 1), (("--dead-air", "4"), 0)])
def test_a_late_answer(tmp_path: Path, bears: tuple[str, ...], code: int) -> None:
    call = conversation(3)
    call.say("caller", sentences()[0])
    call.say("agent", sentences()[0], 3)
    save(call.recorded(), tmp_path / "call.wav")
    told = CliRunner().invoke(app, ["ear", str(tmp_path / "call.wav"), "--json", *bears])
    assert told.exit_code == code
    figures = json.loads(told.output)
    assert len(figures["complaints"]) == code
    assert figures["answer_ms"][-1] in range(2900, 3100)


def _kept(folder: Path, call: str, **more: Any) -> None:
    """Keep a record of a call, with a recording: Debian's prompts, the first of them known as hello.wav."""
    made = SpokenCall()
    made.say("agent", sentences()[1])
    made.say("caller", sentences()[0])
    made.say("agent", sentences()[2])
    recordings = folder / "var" / "recordings"
    recordings.mkdir(parents=True)
    save(made.recorded(), recordings / "call.wav")
    (folder / "dialplans").mkdir()
    with wave.open(str(folder / "dialplans" / "hello.wav"), "wb") as file:
        file.setparams((1, 2, 8000, 0, "NONE", ""))
        file.writeframes(sentences()[1].tobytes())
    said = (Line(700, "gateway", "[hello.wav]", ms=2000), Line(3500, "caller", "Where are you?", ms=2000))
    kept = {"recording": {"file": "call.wav", "began_ms": 100}, "transcript": said}
    with open_records(folder / "var" / "gateway.db") as records:
        records.put("run", [ended(call, **kept | more)])


def test_a_call_of_the_records(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """By its id: its recording, and the files that its transcript names, found among the plans."""
    monkeypatch.chdir(tmp_path)
    _kept(tmp_path, "aaaa1111")
    told = CliRunner().invoke(app, ["ear", "aaaa", "--json", "--plot", "call.png"])
    assert told.exit_code == 0, told.output
    (prompt,) = json.loads(told.output)["prompts"]
    assert (prompt["name"], prompt["at"]) == ("hello.wav", pytest.approx(0.6, abs=0.02))
    assert (tmp_path / "call.png").stat().st_size > 10_000
    shown = CliRunner().invoke(app, ["ear", "aaaa1111"])
    assert "hello.wav" in shown.output
    missing = CliRunner().invoke(app, ["ear", "bbbb"])
    assert isinstance(missing.exception, BadInput)


def test_a_prompt_that_is_never_heard(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    _kept(tmp_path, "aaaa1111")
    save(conversation(3).recorded(), tmp_path / "other.wav")
    told = CliRunner().invoke(app, ["ear", "aaaa", "--prompt", "dialplans/hello.wav", "--dead-air", "9"])
    assert told.exit_code == 0
    with wave.open("unheard.wav", "wb") as file:
        file.setparams((1, 2, 8000, 0, "NONE", ""))
        file.writeframes(sentences()[3][::-1].tobytes())
    told = CliRunner().invoke(app, ["ear", "other.wav", "--prompt", "unheard.wav"])
    assert told.exit_code == 1
    assert "unheard.wav is never heard" in told.output
