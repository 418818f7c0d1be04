"""What is taken out of the words that are kept."""

from __future__ import annotations

import pytest

from gateway.records.call_record import Line, Moment
from gateway.records.redaction import KINDS, Kind, redact, redact_turns, redactor
from tests.records.store.made_records import ended


@pytest.mark.parametrize(
    ("said", "kept"),
    [
        ("My card is 4242 4242 4242 4242, thanks.", "My card is [card], thanks."),
        ("It is 4242-4242-4242-4242.", "It is [card]."),
        ("It is 4242 4242 4242 4241.", "It is [digits]."),
        ("Call +44 20 7946 0123 or (030) 123 45 67.", "Call [phone] or [phone]."),
        ("My account: DE89 3704 0044 0532 0130 00", "My account: [iban]"),
        ("My account: de89370400440532013000", "My account: [iban]"),
        ("Write to ann.lee@mail.example.com.", "Write to [email]."),
        ("Write to ann dot lee at example dot com.", "Write to [email]."),
        ("Four two four two, one one.", "[digits]."),
        ("Double seven four, one nine, two.", "[digits]."),
        ("Vier zwo vier zwo neun.", "[digits]."),
        ("4, 2, 4, 2, 1", "[digits]"),
        ("It is 4242, 4242, 4242, 4242.", "It is [card]."),
        ("My card number is 4111, 111 One, one, one, one.", "My card number is [digits]."),
        ("Four two, 42 and so on: double four 12.", "Four two, 42 and so on: double four 12."),
        ("Double four 12, 3.", "[digits]."),
        ("The code is 4211, 7.", "The code is [digits]."),
        ("41111 one moment, please", "[digits] one moment, please"),
        ("My PIN is 12345", "My PIN is [digits]"),
    ],
)
def test_what_is_taken_out(said: str, kept: str) -> None:
    """By its form, written or spoken, and named as what it is."""
    assert redact(said, KINDS) == kept


@pytest.mark.parametrize(
    "said",
    [
        "In 2026, at 12:30, it was 12.50 dollars.",
        "One moment, I have two questions and three answers.",
        "We are open from nine to five, Monday to Friday.",
        "Meet me at noon, dot or no dot.",
        "In 2026 one of us paid 12,500 dollars, or 1,234,567.",
        "Order AB12345 of 4211 one",
        "",
    ],
)
def test_what_stays(said: str) -> None:
    """A time of day, a price, a year, and words that are numbers by the way."""
    assert redact(said, KINDS) == said


def test_a_number_that_is_read_out_in_several_turns() -> None:
    """Who pauses after four digits of a card number has said a card number; what others say is theirs."""
    said = [
        ("caller", "It is 4242."),
        ("agent", "Yes? I have 24 here."),
        ("caller", "4242"),
        ("caller", "4242, and 4242."),
        ("caller", "Four two four two"),
        ("agent", "2026 then."),
        ("caller", "one, thank you"),
    ]
    assert redact_turns(said, KINDS) == [
        "It is [digits]",
        "Yes? I have 24 here.",
        "[digits]",
        "[digits], and [digits]",
        "[digits]",
        "2026 then.",
        "[digits], thank you",
    ]
    quarters = [("caller", "4242."), ("agent", "Mhm."), *[("caller", "4242")] * 3]
    assert redact_turns(quarters, ("card",)) == ["[card]", "Mhm.", *["[card]"] * 3]
    assert redact_turns(quarters, ()) == [text for _, text in quarters]


def test_keys_are_digits_too() -> None:
    """Which they were is not told in a transcript, be it a record's or the log's."""
    said = [("caller", "[4]"), ("caller", "[#]"), ("agent", "[no key]")]
    assert redact_turns(said, ("card",)) == ["[key]", "[key]", "[no key]"]
    assert redact_turns(said, ("email",)) == [text for _, text in said]


def test_only_what_is_wanted() -> None:
    """A shop may keep phone numbers and no cards."""
    said = "4242 4242 4242 4242 and +442079460123"
    assert redact(said, ("card",)) == "[card] and +442079460123"
    assert redact(said, ()) == said


def test_a_whole_record() -> None:
    """Its lines, its summary, and the keys that were pressed; nothing else of it changes."""
    told = ended(
        "a",
        figures={"summary": "They gave 4242 4242 4242 4242.", "turns": 2},
        moments=(Moment(10, "key", {"digit": "4"}), Moment(20, "barge_in", {"heard_ms": 900})),
        transcript=(Line(5, "caller", "It is +442079460123.", True, 800), Line(10, "caller", "[4]")),
    )
    kept = redactor(KINDS)(told)
    assert kept.figures == {"summary": "They gave [card].", "turns": 2}
    assert kept.moments == (Moment(10, "key"), Moment(20, "barge_in", {"heard_ms": 900}))
    assert kept.transcript == (Line(5, "caller", "It is [phone].", True, 800), Line(10, "caller", "[key]"))
    assert kept.caller == told.caller
    assert redactor(())(told) is told


@pytest.mark.parametrize("kinds", [(), ("email",)])
def test_keys_stay_where_no_numbers_are_taken_out(kinds: tuple[Kind, ...]) -> None:
    """They are the choices of a menu, too."""
    told = ended("a", moments=(Moment(10, "key", {"digit": "4"}),), transcript=(Line(10, "caller", "[4]"),))
    assert redactor(kinds)(told) == told
