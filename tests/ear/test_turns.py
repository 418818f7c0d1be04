"""What happens between two people who speak, by hand-made time lines."""

from __future__ import annotations

import pytest

from gateway.ear.phrases import Phrase
from gateway.ear.turns import Exchange, ExchangeKind, exchanges

GREETING = Phrase(0.2, 2.0)


def _kinds(
    caller: list[Phrase], agent: list[Phrase], length: float = 20.0
) -> list[tuple[ExchangeKind, float, float]]:
    found = exchanges(caller, agent, length, patience=2.0)
    return [(one.kind, round(one.at, 2), round(one.seconds, 2)) for one in found]


def test_a_question_and_its_answer() -> None:
    assert _kinds([Phrase(3, 4)], [GREETING, Phrase(4.6, 7)]) == [(ExchangeKind.ANSWER, 4, 0.6)]


def test_a_caller_who_goes_on_is_not_answered_in_the_pause() -> None:
    assert _kinds([Phrase(3, 4), Phrase(5, 6)], [GREETING, Phrase(6.5, 8)]) == [(ExchangeKind.ANSWER, 6, 0.5)]


@pytest.mark.parametrize(
    ("words", "spoken", "expected"),
    [
        (Phrase(3, 4), Phrase(1, 3.2), (ExchangeKind.BARGE_IN, 3, 0.2)),
        (Phrase(3, 3.3), Phrase(1, 9), (ExchangeKind.BACKCHANNEL, 3, 0.3)),
        (Phrase(3, 5), Phrase(1, 9), (ExchangeKind.TALK_OVER, 3, 2)),
        (Phrase(3, 5), Phrase(1, 4.8), (ExchangeKind.TALK_OVER, 3, 1.8)),
        (Phrase(3, 5), Phrase(4.2, 9), (ExchangeKind.BREAK_IN, 4.2, 0.8)),
    ],
)
def test_both_at_once(words: Phrase, spoken: Phrase, expected: tuple[ExchangeKind, float, float]) -> None:
    assert (
        next(one for one in _kinds([words], [spoken], 9) if one[0] is not ExchangeKind.DEAD_AIR) == expected
    )


def test_dead_air_is_where_the_agent_owes_something() -> None:
    answered_late = _kinds([Phrase(3, 4)], [GREETING, Phrase(6.5, 8)])
    assert answered_late == [(ExchangeKind.ANSWER, 4, 2.5), (ExchangeKind.DEAD_AIR, 4, 2.5)]
    assert _kinds([Phrase(3, 4)], [GREETING], 9) == [(ExchangeKind.DEAD_AIR, 4, 5)]
    assert _kinds([], [Phrase(5, 6)]) == [(ExchangeKind.DEAD_AIR, 0, 5)]


def test_a_caller_who_thinks_is_no_dead_air() -> None:
    assert _kinds([Phrase(9, 10)], [GREETING, Phrase(10.5, 12)]) == [(ExchangeKind.ANSWER, 10, 0.5)]


def test_nobody() -> None:
    assert exchanges([], [], 1.0, 2.0) == []
    assert exchanges([], [], 9.0, 2.0) == [Exchange(ExchangeKind.DEAD_AIR, 0.0, 9.0)]
