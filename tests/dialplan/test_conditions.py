"""Who may call, and with which headers."""

from __future__ import annotations

import pytest

from gateway.dialplan.conditions import CallerFilter, header_test
from gateway.dialplan.numbers import address


def refusal(caller: str, allow: list[str], deny: list[str]) -> str:
    """Ask a filter."""
    return CallerFilter(allow, deny, None).refusal(address(caller))


def test_everybody_may_call_when_nothing_is_said() -> None:
    """Anonymous callers too."""
    assert refusal("+15551230001", [], []) == ""
    assert refusal("anonymous", [], []) == ""


@pytest.mark.parametrize("caller", ["+15551230001", "tel:+1-555-123-0001", "0015551230001"])
def test_the_allowed_may_call_however_their_number_is_written(caller: str) -> None:
    """Exactly, or by a pattern."""
    assert refusal(caller, ["+15551230001"], []) == ""
    assert refusal(caller, ["+1*"], []) == ""
    assert refusal(caller, ["+49*"], []) == "the caller is not among those allowed"


def test_denied_is_denied_even_if_allowed() -> None:
    """The narrower word is the last."""
    assert refusal("+19001234567", ["+1*"], ["+1900*"]) == "the caller is denied by +1900*"
    assert refusal("+19001234567", ["+19001234567"], ["*"]) == "the caller is denied by *"


def test_anonymous_callers_have_a_word_of_their_own() -> None:
    """They have no number that a pattern could match."""
    assert refusal("anonymous", [], ["anonymous"]) == "the caller is denied by anonymous"
    assert refusal("anonymous", ["+1*"], []) == "the caller is not among those allowed"
    assert refusal("anonymous", ["anonymous"], []) == ""
    assert refusal("anonymous", ["*"], []) == ""
    assert refusal("", [], ["Anonymous"]) != ""
    assert refusal("+15551230001", [], ["anonymous"]) == ""


def test_nobody_hides_behind_being_anonymous() -> None:
    """A user that is denied is denied also where its host says that it has none."""
    assert CallerFilter([], ["sip:eve"], None).refusal(address("eve", "anonymous.invalid")) != ""
    assert CallerFilter([], ["sip:bob"], None).refusal(address("eve", "anonymous.invalid")) == ""


def test_sip_users_may_be_allowed() -> None:
    """Telephones of the house have names."""
    assert refusal("Bob", ["sip:bob"], []) == ""
    assert refusal("eve", ["sip:bob"], []) != ""


@pytest.mark.parametrize(
    ("test", "value", "passes"),
    [
        ("spring", "spring", True),
        ("spring", " SPRING ", True),
        ("spring", "spring-2026", False),
        ("spring-*", "spring-2026", True),
        ("spring-*", "summer", False),
        ("*", "anything", True),
        ("*", "", True),
        ("", "", True),
        ("a.c", "abc", False),
        ("/a.c/", "ABC", True),
        ("/a.c/", "abcd", False),
    ],
)
def test_a_header_is_compared(test: str, value: str, passes: bool) -> None:
    """A value, a beginning, anything, a regular expression."""
    assert (header_test("X-Campaign", test).refusal({"x-campaign": value}) == "") is passes


def test_a_missing_header_does_not_pass() -> None:
    """Not even where any value would do; the refusal says what is missing."""
    assert header_test("X-Campaign", "*").refusal({}) == "header X-Campaign is missing"
    assert "is 'b', not a" in header_test("X-C", "a").refusal({"x-c": "b"})


def test_all_of_a_header_is_compared() -> None:
    """The refusal repeats only its beginning."""
    value = "x" * 5000 + "spam"
    assert header_test("X", "/.*spam/").refusal({"x": value}) == ""
    assert len(header_test("X", "/.*ham/").refusal({"x": value})) < 120


def test_a_wrong_expression_is_told() -> None:
    """At load, not during a call."""
    for wrong in ("/(/", "/(?!spam).*/"):
        with pytest.raises(ValueError, match="not a regular expression"):
            header_test("X", wrong)


def test_no_header_holds_a_call_up() -> None:
    """However an expression is nested, and whatever a stranger sends."""
    assert header_test("X", "/([a-z]+)*[0-9]/").refusal({"x": "a" * 1000})
