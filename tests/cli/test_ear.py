"""`gateway ear` as a person types it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from gateway.cli.main import app
from tests.equipment.spoken_calls import conversation, save, sentences


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
