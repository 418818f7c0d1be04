"""The dialogue as a whole, on a hundred things that callers say."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import yaml

from gateway.local.reply import Asked
from gateway.local.reply.rules import answer

NOW = datetime(2026, 11, 25, 14, 5, tzinfo=ZoneInfo("Europe/London"))
OFFICE = """You are a friendly assistant on the telephone. Answer in one or two short sentences.
The office is open Monday to Friday, 9:00 to 17:00.
When the caller says goodbye, say goodbye and hang up."""
GREETING = "Hello, this is the telephone assistant. How can I help you?"


@dataclass(frozen=True, slots=True)
class Question:
    """One of the file, and what is wanted of its answer."""

    asked: str
    told: str = OFFICE
    agent: str = GREETING
    before: tuple[str, ...] = ()
    has: tuple[str, ...] = ()
    lacks: tuple[str, ...] = ()

    def fault(self) -> str:
        """Return what the answer lacks, or has too much; "" if it is as it should be."""
        said = answer(
            Asked(
                self.asked, NOW, self.told, confidence=-0.05, agent_said=self.agent, caller_said=self.before
            )
        ).text
        missing = [
            words for words in self.has if not any(one in said.lower() for one in words.lower().split("|"))
        ]
        wrong = [words for words in self.lacks if words.lower() in said.lower()]
        return f"{self.asked} -> {said} (lacks {missing}, has {wrong})" if missing or wrong else ""


def _question(given: dict[str, Any]) -> Question:
    return Question(
        **{key: tuple(value) if isinstance(value, list) else value for key, value in given.items()}
    )


QUESTIONS = [
    _question(one)
    for one in yaml.safe_load((Path(__file__).parent / "reply/questions.yaml").read_text("utf-8"))
]


def test_there_are_a_hundred() -> None:
    """Each asked once of the same instructions."""
    assert len(QUESTIONS) == 100
    assert len({(one.asked, one.told) for one in QUESTIONS}) == 100


@pytest.mark.parametrize("question", QUESTIONS[::2], ids=lambda question: question.asked)
def test_a_question_is_answered(question: Question) -> None:
    """Of the half that the rules were written with, each."""
    assert question.fault() == ""


def test_questions_that_the_rules_were_not_written_with_are_answered_too() -> None:
    """Of the other half, all but a few."""
    faults = [fault for one in QUESTIONS[1::2] if (fault := one.fault())]
    assert len(faults) <= 2, "\n".join(faults)
