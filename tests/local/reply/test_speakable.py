"""What the voice cannot read is written out; the rest stays."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.local.reply.speakable import speakable

SAID = {
    # telephone numbers and other long runs, digit by digit
    "Call +442079460123.": "Call plus four four two, zero seven nine, four six zero, one two three.",
    "Call +44 (0)20 7946 0123.": "Call plus four four, two zero, seven nine four six, zero one two three.",
    "Call +1 (555) 123-4567 now.": "Call plus one, five five five, one two three, four five six seven now.",
    "0800 123 456": "zero eight zero zero, one two three, four five six",
    "555-1234": "five five five, one two three four",
    "Order 1234567890123.": "Order one two three, four five six, seven eight nine, zero one two three.",
    "Call 911 or 112.": "Call nine one one or one one two.",
    "Your PIN is 4729.": "Your PIN is four seven two nine.",
    "12345 is the zip code.": "one two three four five is the zip code.",
    "Extension 0042": "Extension zero zero four two",
    # mixed codes, one by one
    "Your code is AB12CD.": "Your code is A, B, one, two, C, D.",
    "Ref: A-17/B.": "Ref: A, one, seven, B.",
    "Gate B12": "Gate B, one, two",
    "SW1A 1AA": "S, W, one, A one, A, A",
    "a1b2c3 and web24": "A, one, B, two, C, three and web 24",
    # times and days
    "Mon-Fri 9am-5pm": "Monday to Friday nine a m to five p m",
    "Open 9:00-17:30 on Sat.": "Open nine a m to five thirty p m on Saturday",
    "at 7.30pm": "at seven thirty p m",
    "10:05:30": "ten oh five a m and thirty seconds",
    "We are open 24/7.": "We are open twenty-four seven.",
    # dates and years
    "On 2026-12-24 at 18:00.": "On December twenty-fourth, twenty twenty-six at six p m.",
    "2026-12-24T18:00:00Z": "December twenty-fourth, twenty twenty-six at six p m",
    "On 24.12.2026.": "On December twenty-fourth, twenty twenty-six.",
    "12/25/2026": "December twenty-fifth, twenty twenty-six",
    "25/12/2026": "December twenty-fifth, twenty twenty-six",
    "Dec 24, 2026": "December twenty-fourth, twenty twenty-six",
    "on 3rd of March": "on March third",
    "Founded in 1998.": "Founded in nineteen ninety-eight.",
    "the 1990s": "the nineteen nineties",
    # money, percentages, measures, shares, ordinals
    "It costs $12.50.": "It costs twelve dollars and fifty cents.",
    "It costs 12,50 \u20ac.": "It costs twelve euros and fifty cents.",
    "\u00a31,200.00": "one thousand two hundred pounds",
    "$1.5 million": "one point five million dollars",
    "\u00a30.99 or 1 EUR": "ninety-nine pence or one euro",
    "3.5 % of 50%": "three point five percent of 50 percent",
    "5km at 20\u00b0C": "5 kilometers at 20 degrees Celsius",
    "1/2 of it, then 3/4": "one half of it, then three quarters",
    "the 21st floor, the 101st time": "the twenty-first floor, the one hundred and first time",
    "-5 or +5": "minus 5 or plus 5",
    "Version 2.0.1": "Version two point zero point one",
    "192.168.0.1": "one nine two dot one six eight dot zero dot one",
    # addresses
    "Write to john.smith@example.co.uk.": "Write to john dot smith at example dot co dot U, K.",
    "first_last-7@acme.com": "first underscore last dash seven at acme dot com",
    "See https://www.acme.com/ for more": "See double-u double-u double-u dot acme dot com for more",
    "https://acme.com/help-me?x=1#y": "acme dot com slash help dash me",
    "Look at acme-bikes.de.": "Look at acme dash bikes dot D, E.",
    # signs
    "**Yes**, we `do` & will, e.g. today.": "Yes , we do and will, for example today.",
    "Room No. 5, ticket #12": "Room number 5, ticket number 12",
}


@pytest.mark.parametrize(("text", "said"), SAID.items())
def test_what_is_written_out(text: str, said: str) -> None:
    """Numbers that are no amounts one by one, all else as people say it."""
    assert speakable(text) == said


@pytest.mark.parametrize(
    "text",
    [
        "We sat in the sun.",
        "We had 350 guests.",
        "You can order 250 pieces.",
        "It has 1,234,567 people.",
        "We have 2026 guests today.",
        "Press 1 or 2.",
        "Dr. Smith of Main St.",
        "I may go. It may be.",
        "That was it.No, it was not.",
        "Twelve times four is forty-eight.",
        "A, B, one, two",
    ],
)
def test_what_stays(text: str) -> None:
    """The voice reads plain English, amounts included."""
    assert speakable(text) == text


@pytest.mark.parametrize("text", SAID)
def test_it_is_done_once(text: str) -> None:
    """What was made speakable stays as it is."""
    once = speakable(text)
    assert speakable(once) == once


@settings(deadline=None)  # a busy machine is no mistake
@given(st.one_of(st.text(max_size=80), st.text("0123456789:./-+()$%#@ABab ,TZst", max_size=40)))
def test_nothing_breaks_it(text: str) -> None:
    """Whatever is written, something can be said."""
    assert isinstance(speakable(text), str)
