"""Settings in layers."""

from gateway.node.layers import only, over, within_sections

FILE = {"webhook": {"url": "a", "secret": "b"}, "hep": {"to": "c"}, "sip": "d"}


def test_one_over_the_other() -> None:
    """What is nested is filled in, at any depth; a value replaces a section, and the other way round."""
    assert over(FILE, {"webhook": {"url": "x"}, "hep": "y"}) == {
        "webhook": {"url": "x", "secret": "b"},
        "hep": "y",
        "sip": "d",
    }
    assert over({"a": {"b": {"c": 1, "d": 2}}}, {"a": {"b": {"c": 3}}}) == {"a": {"b": {"c": 3, "d": 2}}}


def test_sections_are_completed() -> None:
    """Only those that are there, and nothing beside them."""
    assert within_sections({"webhook": {"url": "x"}, "rtp": "1-2"}, FILE) == {
        "webhook": {"url": "x", "secret": "b"},
        "rtp": "1-2",
    }


def test_what_was_named() -> None:
    """The rest is somebody else's."""
    assert only(FILE, {"webhook": {"url": None}, "sip": None}) == {"webhook": {"url": "a"}, "sip": "d"}
