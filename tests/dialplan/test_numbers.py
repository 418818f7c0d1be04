"""Numbers have one form however they are written, and patterns match as Asterisk's do."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.dialplan.numbers import Entry, Kind, address, covers, e164, known_region, parse_entry

E164 = "+15551230001"


@pytest.mark.parametrize(
    "written",
    [
        "+15551230001",
        "+1 (555) 123-0001",
        "tel:+1-555-123-0001",
        "sip:+15551230001@gw.example.com;user=phone",
        "sips:+15551230001;phone-context=x@gw.example.com",
        "+15551230001;user=phone",
        "%2B15551230001",
        "0015551230001",
        "15551230001",
        "tel:5551230001;phone-context=+1",
        "tel:123-0001;PHONE-CONTEXT=+1-555",
        "sip:5551230001;phone-context=%2B1@gw.example.com;user=phone",
        "sip:5551230001@gw.example.com;user=phone;phone-context=+1",
        "\u202a+1\u00a0555\u2011123\u20110001\u202c",
    ],
)
def test_all_ways_to_write_a_number_are_one_number(written: str) -> None:
    """RFC 3966 and RFC 3261 19.1.1, and what carriers make of them."""
    assert address(written).number == E164


@pytest.mark.parametrize(
    ("written", "region", "number"),
    [
        ("0301234567", "DE", "+49301234567"),
        ("0049301234567", "DE", "+49301234567"),
        ("020 7946 0018", "GB", "+442079460018"),
        ("5551230001", "US", E164),
        ("15551230001", "US", E164),
        ("01115551230001", "US", E164),
        ("+49301234567", "US", "+49301234567"),
        ("100", "US", ""),
        ("100", "DE", ""),
        ("1234567", "US", ""),
        ("0301234567", None, ""),
        ("5551230001", None, ""),
        ("(020) 7946 0018", "GB", "+442079460018"),
        ("+44 (0)20 7946 0018", None, "+442079460018"),
        ("+44 (0) 20-7946-0018", "US", "+442079460018"),
        ("+4402079460018", None, "+442079460018"),
        ("0044 (0)20 7946 0018", None, "+442079460018"),
        ("44 (0)20 7946 0018", None, "+442079460018"),
        ("+49 (0)30/1234-567", None, "+49301234567"),
        ("+36 (06) 1 234 5678", None, "+3612345678"),
        ("+39 (0)6 1234 5678", None, "+390612345678"),
        ("+999 (0)12 345 678", None, "+999012345678"),
        ("+44 (0)20 7946 0018 0000 1", None, ""),
    ],
)
def test_a_region_says_how_national_numbers_are_meant(written: str, region: str | None, number: str) -> None:
    """Without one they stay what they are."""
    assert e164(written, region) == number


@pytest.mark.parametrize(
    "user", ["frontdesk", "100", "*97", "", "+1", "+0123456789", "+1234567890123456", "+12a", "١٢٣٤٥٦٧٨٩٠١"]
)
def test_what_is_no_number_stays_a_user(user: str) -> None:
    """Extensions, names and nonsense are compared as they came."""
    assert address(user).number == ""
    assert address(user).user == user


@pytest.mark.parametrize(
    ("written", "number", "user"),
    [
        ("tel:020 7946 0018;phone-context=+44", "+442079460018", "020 7946 0018"),
        ("tel:7042;phone-context=+44-20-7946", "+442079467042", "7042"),
        ("tel:911;phone-context=+1", "", "911"),
        ("tel:863-1234;phone-context=+1-914-555", "", "863-1234"),
        ("tel:7042;phone-context=example.com", "", "7042"),
        ("tel:7042;phone-context=+999", "", "7042"),
        ("tel:5551230001;phone-context=+1;phone-context=+49", "", "5551230001"),
        ("tel:7042;phone-context=+", "", "7042"),
    ],
)
def test_a_local_number_is_global_where_its_context_makes_it_so(written: str, number: str, user: str) -> None:
    """A context does not imply that prefix and number together can be dialled (RFC 3966 section 5.1.5)."""
    assert (address(written).number, address(written).user) == (number, user)


def test_users_are_compared_in_small_letters() -> None:
    """People type them with capitals, and telephones send what people type."""
    assert address("sip:FrontDesk@Example.COM").user == "frontdesk"
    assert address("sip:FrontDesk@Example.COM").host == "example.com"


def test_a_long_user_is_compared_whole() -> None:
    """Who is not wanted does not get in by writing more than anybody would read."""
    long = address("bad" + "x" * 5000 + "worse", "h")
    assert (long.number, long.anonymous, len(long.user)) == ("", False, 5008)
    assert [e for e in ("*", "sip:bad*", "/bad.*/", "/.*worse/") if not parse_entry(e).matches(long)] == []
    assert not parse_entry("/.*worst/").matches(long)


@pytest.mark.parametrize("user", ["5-5-5", "5.5.5", "(5)55", "5 5/5"])
def test_separators_are_only_to_be_looked_at(user: str) -> None:
    """They change no number, be it a short one (RFC 3966 section 3)."""
    assert parse_entry("555").matches(address(user))
    assert parse_entry("_55X").matches(address(user))
    assert parse_entry("/5+/").matches(address(user))
    assert not parse_entry("555").matches(address(f"{user}-x"))


def test_a_host_may_end_with_the_root() -> None:
    """`example.com.` is `example.com` (RFC 1034 section 3.1)."""
    assert parse_entry("sip:desk@a.example").matches(address("desk", "A.example."))
    assert address("x", "anonymous.invalid.").anonymous


@pytest.mark.parametrize(
    "user", ["anonymous", "Anonymous", "", "restricted", "sip:anonymous@anonymous.invalid"]
)
def test_a_withheld_number_is_anonymous(user: str) -> None:
    """RFC 3323 and what is sent in its place."""
    assert address(user).anonymous


def test_a_number_is_not_anonymous_whatever_its_host() -> None:
    """The number was not withheld then."""
    assert not address("+15551230001", "anonymous.invalid").anonymous


@pytest.mark.parametrize(
    ("entry", "yes", "no"),
    [
        ("+15551230001", ["+15551230001", "15551230001", "tel:+15551230001"], ["+15551230002", "5551230001"]),
        ("+44(0)20 7946 0123", ["+442079460123", "+4402079460123", "00442079460123"], ["02079460123"]),
        ("tel:+44-(0)20-7946-0123", ["+442079460123"], []),
        (
            "sip:7042@example.com",
            ["tel:7042;phone-context=Example.com"],
            ["tel:7042;phone-context=example.org"],
        ),
        ("tel:20-7946-0123;phone-context=+44", ["+442079460123"], ["2079460123"]),
        ("+44\u00a0(0)\u00a020\u00a07946\u20130123", ["+442079460123"], []),
        ("+44 (0)20 7946 01XX", ["+442079460123"], ["+4402079460"]),
        ("+39 (0)6 1234 56XX", ["+390612345678"], ["+39612345678"]),
        ("100", ["100", "sip:100@x"], ["1000", "10"]),
        ("*97", ["*97"], ["97", "*971"]),
        ("sip:frontdesk", ["frontdesk", "FRONTDESK", "sip:frontdesk@any.host"], ["frontdesk2"]),
        ("sip:desk@a.example", ["sip:desk@a.example"], ["desk", "sip:desk@b.example"]),
        ("sip:support-*", ["support-", "support-7"], ["suppor"]),
        ("+1555123X", ["+15551237"], ["+1555123", "+155512377", "+1555123a"]),
        ("_N00", ["200", "900"], ["100", "000", "20"]),
        ("_Z.", ["12", "9999"], ["1", "012"]),
        ("_Z!", ["1", "12"], ["0"]),
        ("_0[2-5]X", ["020", "059"], ["010", "060", "02"]),
        ("_1[379]", ["13", "17", "19"], ["12", "138"]),
        ("_*9X", ["*97"], ["97"]),
        ("+4420*", ["+44201234567"], ["+44191234567"]),
        ("+4420.", ["+44201234567", "004420123456"], ["+44191234567"]),
        ("/[+]1555(12|13)[0-9]{5}/", ["+15551200000", "15551311111"], ["+15551400000", "+155512000001"]),
        ("/desk|office/", ["Desk", "office"], ["desktop"]),
        ("*", ["", "anything", "+15551230001"], []),
    ],
)
def test_an_entry_matches_what_it_says(entry: str, yes: list[str], no: list[str]) -> None:
    """The table in the module's docstring, row by row."""
    parsed = parse_entry(entry)
    assert [user for user in yes if not parsed.matches(address(user))] == []
    assert [user for user in no if parsed.matches(address(user))] == []


def test_a_pattern_with_spaces_is_the_pattern_without() -> None:
    """People group digits."""
    assert parse_entry("+1 555 123 XXXX").matches(address(E164))


def test_a_national_entry_is_read_by_the_region() -> None:
    """The same as what the line sends, however it sends it."""
    entry = parse_entry("030 1234567", "DE")
    assert entry.matches(address("+49301234567", region="DE"))
    assert entry.matches(address("0301234567", region="DE"))


@pytest.mark.parametrize(
    ("entry", "cure"),
    [
        ("frontdesk", "sip:frontdesk"),
        ("", "must not be empty"),
        ("sip:", "write sip: and a user"),
        ("sip:*", "write \\* for that"),
        ("sip:front desk", "write sip: and a user"),
        ("+12345", "7 to 15 digits"),
        ("+1234567890123456", "7 to 15 digits"),
        ("/(/", "not a regular expression"),
        ("/(?!555).*/", "without look-ahead"),
        ("_0[1-", "must be closed"),
        ("_0[]", "a set is digits"),
        ("_0[a-z]", "a set is digits"),
        ("_.", "write \\* for that"),
        ("_1.5X", "has no place in a pattern"),
        ("1X+", "has no place in a pattern"),
    ],
)
def test_a_wrong_entry_is_told_how_to_be_right(entry: str, cure: str) -> None:
    """Every refusal says what to write."""
    with pytest.raises(ValueError, match=cure):
        parse_entry(entry)


def test_regions_are_known() -> None:
    """ISO 3166, in capitals."""
    assert known_region("DE")
    assert not known_region("XX")


PATTERNS = st.from_regex(r"\A_\+?([0-3XNZ]|\[[0-2]-[2-5]\]){1,4}[.!]?\Z")
DIGITS = st.from_regex(r"\A\+?[0-9]{1,6}\Z")


@given(PATTERNS, PATTERNS, DIGITS)
def test_what_a_covered_pattern_matches_the_covering_one_matches(wide: str, narrow: str, user: str) -> None:
    """Else a check would call a plan unreachable that is not."""
    a, b = parse_entry(wide), parse_entry(narrow)
    if covers(a, b) and b.matches(address(user)):
        assert a.matches(address(user))


@given(PATTERNS)
def test_every_pattern_covers_itself_and_is_covered_by_any(pattern: str) -> None:
    """The same pattern in two plans is found."""
    entry = parse_entry(pattern)
    assert covers(entry, entry)
    assert covers(parse_entry("*"), entry)
    assert not covers(entry, parse_entry("*"))


@pytest.mark.parametrize(
    ("wide", "narrow", "expected"),
    [
        ("+1*", "+1555XXXXXXX", True),
        ("+1555XXXXXXX", "+1*", False),
        ("+1.", "+1!", False),
        ("_X", "_N", True),
        ("_N", "_X", False),
        ("_X.", "_XX", True),
        ("_XX", "_X.", False),
        ("100", "100", True),
        ("100", "101", False),
        ("/a/", "/a/", True),
        ("/a.*/", "/ab/", False),
        ("sip:a*", "sip:ab*", True),
        ("sip:1*", "12*", False),
    ],
)
def test_covering_is_decided(wide: str, narrow: str, expected: bool) -> None:
    """Regular expressions only when they are the same text."""
    assert covers(parse_entry(wide), parse_entry(narrow)) is expected


@given(st.text(max_size=40))
def test_any_text_is_an_entry_or_is_refused_in_words(text: str) -> None:
    """No other exception, whatever a person writes."""
    try:
        entry = parse_entry(text, "DE")
    except ValueError:
        return
    assert isinstance(entry, Entry)
    assert entry.kind in Kind


@given(st.text(max_size=60), st.sampled_from([None, "DE", "US"]))
def test_any_user_of_a_call_is_read(user: str, region: str | None) -> None:
    """Callers send what they like; a number that comes out is E.164."""
    number = address(user, "", region).number
    assert number == "" or re.fullmatch(r"\+[1-9][0-9]{6,16}", number)
