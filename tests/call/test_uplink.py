"""The way past Python: who takes it is asked for what went there, until it is released."""

from __future__ import annotations

from gateway.call import Uplink


class Way:
    """A link that remembers whether it was released."""

    def __init__(self) -> None:
        self.released = 0

    def release(self) -> None:
        self.released += 1


def test_what_went_past_is_told_when_asked_for_and_at_the_end() -> None:
    """Nothing is told twice, nothing after the release."""
    uplink, heard, unread = Uplink(way := Way()), [], [b"a", b"b"]
    uplink.on_sent = heard.append
    uplink.taken(lambda: uplink.on_sent(unread.pop(0)))
    uplink.account()
    assert (heard, way.released) == ([b"a"], 0)
    uplink.release()
    assert (heard, way.released) == ([b"a", b"b"], 1)
    uplink.account()
    uplink.release()
    assert heard == [b"a", b"b"]


def test_an_uplink_that_nobody_took_has_nothing_to_tell() -> None:
    """It may be asked and released all the same."""
    uplink = Uplink(way := Way())
    uplink.account()
    uplink.release()
    assert way.released == 1
