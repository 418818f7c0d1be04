from __future__ import annotations

import pytest

from gateway.local.reply.speakable import speakable


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("Mon-Fri 9am-5pm", "Monday to Friday nine a m to five p m"),
        ("Open 9:00-17:30 on Sat.", "Open nine a m to five thirty p m on Saturday"),
        (
            "Call +1 555 867 5309 now.",
            "Call plus one, five five five, eight six seven, five three zero nine now.",
        ),
        ("The code is AB12.", "The code is A, B, one, two."),
        ("Write to info@acme.example.", "Write to info at acme dot example."),
        ("See https://www.acme.com/ for more", "See double-u double-u double-u dot acme dot com/ for more"),
        ("It costs $1,250 or 5% more.", "It costs $1,250 or 5% more."),
        ("**Yes**, we `do`.", "Yes , we do ."),
        ("Order 1234567890123.", "Order one two three, four five six, seven eight nine, zero one two three."),
        ("We sat in the sun.", "We sat in the sun."),
        ("In 2026 we had 350 guests.", "In 2026 we had 350 guests."),
    ],
)
def test_rewriting(text: str, said: str) -> None:
    """What the voice cannot read is written out; the rest stays."""
    assert speakable(text) == said
