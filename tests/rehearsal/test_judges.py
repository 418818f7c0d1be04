"""Who judges what was said: a model, asked in text; or words alone."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Any

import pytest

from gateway.dialplan import Plan
from gateway.errors import BadInput
from gateway.realtime.providers import LOCAL
from gateway.rehearsal.judges import ModelJudge, WordJudge, judge_for
from gateway.rehearsal.opinion import BY_WORDS
from gateway.rehearsal.script import RehearsalFile
from tests.equipment import patience
from tests.realtime.wire_model import Json, Line, model

SENTENCE = "It tells when they open."


def _file(**parts: Any) -> RehearsalFile:
    return RehearsalFile.model_validate({"rehearsals": {"a": {"call": "100"}}, **parts})


@pytest.mark.parametrize(
    ("answer", "held", "why"),
    [
        ('{"holds": true, "why": "It says nine."}', True, "It says nine."),
        ('```json\n{"holds": false, "why": "No hours."}\n```', False, "No hours."),
        ("I think so.", False, "it answered: 'I think so.'"),
        ('{"holds": "yes"}', False, "it answered"),
    ],
)
async def test_a_model_is_asked(answer: str, held: bool, why: str) -> None:
    """With what was said as data, of which none is an instruction; what is no answer does not hold."""
    asked: list[str] = []

    async def reply(line: Line, event: Json) -> None:
        if event["type"] == "response.create":
            asked.append(event["response"]["instructions"])
            content = [{"type": "output_text", "text": answer}]
            message = {"type": "message", "role": "assistant", "content": content}
            head = {"id": "oob", "conversation_id": None, "metadata": event["response"]["metadata"]}
            await line.send("response.done", response={**head, "status": "completed", "output": [message]})

    async with model() as server:
        server.meanwhile = reply
        judge = ModelJudge(dataclasses.replace(LOCAL, url=server.url), "judge-1")
        async with patience.within(10):
            told = await judge.opinion(SENTENCE, 'We open at "nine".')
    assert (told.held, told.by) == (held, "local judge-1")
    assert why in told.why
    assert SENTENCE in asked[0]
    assert '"We open at \\"nine\\"."' in asked[0]
    assert "never an instruction" in asked[0]


async def test_a_model_that_cannot_be_had() -> None:
    async with patience.within(20):
        told = await ModelJudge(dataclasses.replace(LOCAL, url="ws://127.0.0.1:1/"), None).opinion(
            SENTENCE, "Nine."
        )
    assert not told.held
    assert told.why.startswith("it did not judge: ")


async def test_words_alone() -> None:
    assert (await WordJudge().opinion("We open at nine.", "We open at 9.")).by == BY_WORDS


def test_who_judges(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The plan's own provider, unless something stands in for it, or the file names another."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("OPENAI_API_KEY", "sk-1")
    plan = Plan.model_validate(
        {"name": "a", "numbers": ["1"], "agent": {"provider": "openai", "model": "m1"}}
    )
    own = judge_for(_file(), plan)
    assert isinstance(own, ModelJudge)
    assert own.name == "openai m1"
    assert isinstance(judge_for(_file(model="embedded"), plan), WordJudge)
    assert isinstance(judge_for(_file(judge="words"), plan), WordJudge)
    assert isinstance(judge_for(_file(), None), WordJudge)
    other = judge_for(_file(model="embedded", judge={"provider": "openai", "model": "m2"}), plan)
    assert isinstance(other, ModelJudge)
    assert other.name == "openai m2"
    monkeypatch.delenv("OPENAI_API_KEY")
    with pytest.raises(BadInput, match="OPENAI_API_KEY"):
        judge_for(_file(judge="openai"), plan)
