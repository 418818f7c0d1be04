"""Until when models are there."""

from __future__ import annotations

from datetime import date

import pytest

from gateway.doctor.finding import Grade
from gateway.doctor.models import SHUT_DOWN, Place, look_at_models, today
from gateway.realtime.prices import Prices
from gateway.realtime.providers import LOCAL, OPENAI


@pytest.mark.parametrize(
    ("model", "day", "grade"),
    [
        ("gpt-realtime", date(2026, 8, 1), None),
        ("gpt-realtime", date(2026, 12, 1), Grade.LOOK),
        ("gpt-realtime", date(2027, 1, 20), Grade.WRONG),
        ("gpt-realtime-2026-01-01", date(2027, 3, 1), Grade.WRONG),
        ("gpt-realtime-2.1", date(2027, 3, 1), None),
    ],
)
async def test_a_model_that_goes(model: str, day: date, grade: Grade | None) -> None:
    """Soon is worth a look, past is wrong; a snapshot goes with its name. The plans are named."""
    place = Place(LOCAL, model, ("sales", "support"))
    found = [one async for one in look_at_models([place], day)]
    assert [one.grade for one in found] == ([] if grade is None else [grade])
    assert all("sales, support" in one.found and "gpt-realtime-2.1" in one.cure for one in found)


def test_our_own_defaults_stay() -> None:
    """What is used where a plan names no model is not about to go."""
    assert OPENAI.model not in SHUT_DOWN
    assert OPENAI.transcription_model not in SHUT_DOWN
    assert Prices.read() is not None
    assert today() > date(2026, 1, 1)
