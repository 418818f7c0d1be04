"""What a far side may write into Refer-To, and what it may not."""

from __future__ import annotations

import random

import pytest

from gateway.sip.refer_to import LONGEST, ReferTo, read_refer_to


@pytest.mark.parametrize(
    ("value", "uri"),
    [
        ("<sip:200@pbx.example>", "sip:200@pbx.example"),
        (" sip:200@pbx.example:5080 ", "sip:200@pbx.example:5080"),
        ('"Ann, of sales" <sip:200@pbx.example;transport=tcp>', "sip:200@pbx.example;transport=tcp"),
        ("Ann <sip:+4930123@pbx.example;user=phone>;x=1", "sip:+4930123@pbx.example"),
    ],
)
def test_somebody_is_named(value: str, uri: str) -> None:
    """In any of the forms of RFC 3261 section 20.10."""
    named = read_refer_to(value)
    assert (named.to.uri, named.headers) == (uri, {})


def test_a_call_is_named_whose_place_is_taken() -> None:
    """Escaped, as in any URI; the tags in either order."""
    named = read_refer_to("<sip:200@pbx?replaces=a%2e1%40pbx%3Bfrom-tag%3D1%3Bto-tag%3D2%3Bearly-only>")
    assert named.replaces == "a.1@pbx;from-tag=1;to-tag=2;early-only"
    assert named.headers == {"Replaces": named.replaces, "Require": "replaces"}


@pytest.mark.parametrize(
    "value",
    [
        "",
        "<>",
        "200",
        "<tel:+4930123>",
        "<sip:200@pbx>, <sip:201@pbx>",
        "<sip:200@pbx><sip:201@pbx>",
        "<sip:200@pbx>\r\nX: y",
        "<sip:200@pbx?Route=%3Csip%3Aevil%3E>",
        "<sip:200@pbx?Replaces=a%3Bto-tag%3D1%3Bfrom-tag%3D2&Route=x>",
        "<sip:200@pbx?Replaces=a%0d%0aX%3By%3Bto-tag%3D1%3Bfrom-tag%3D2>",
        "<sip:200@pbx?Replaces=a%3Bto-tag%3D1%3Bto-tag%3D2>",
        "<sip:200@pbx?Replaces=%ff%3Bto-tag%3D1%3Bfrom-tag%3D2>",
        "<sip:200@pbx?Replaces=>",
        "<sip:200@pbx;lr>",
        "<sip:user:password@pbx>",
        "<sip:" + "2" * LONGEST + "@pbx>",
    ],
)
def test_nothing_else_is_taken(value: str) -> None:
    """Two addresses, other headers, line breaks, parameters that lead elsewhere."""
    with pytest.raises(ValueError, match=r"."):
        read_refer_to(value)


def test_whatever_is_taken_is_plain() -> None:
    """Ten thousand spoiled values: what is read from one has no character with a meaning of its own."""
    seeds = ('"A" <sip:200@pbx?Replaces=a%3Bto-tag%3D1%3Bfrom-tag%3D2>;x=1', "sip:200@pbx.example:5080")
    strange = "\r\n;?@<>%&=,\"'\\ \x00\x7f\u0662/:#"
    rng = random.Random(3)
    taken: list[ReferTo] = []
    for number in range(10_000):
        text = list(seeds[number % len(seeds)])
        for _ in range(rng.randint(1, 3)):
            text[rng.randrange(len(text))] = rng.choice(strange)
        try:
            taken.append(read_refer_to("".join(text)))
        except ValueError:
            continue
    for one in taken:
        assert not set(one.to.user + one.to.host) & set("\r\n;?@<>%&=,\"'\\ \x00\x7f/:")
        assert one.replaces.isascii()
        assert not set(one.replaces) & set('\r\n\x00\x7f ,"')
