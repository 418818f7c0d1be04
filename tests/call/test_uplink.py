"""The way past Python: what goes there is kept, and it is given up when the format changes."""

from __future__ import annotations

from gateway.call import Uplink


class Way:
    """A link that remembers whether it was released."""

    def __init__(self) -> None:
        self.released = 0

    def release(self) -> None:
        self.released += 1


class Keeper:
    """Keeps nothing."""

    def put(self, pcm: bytes) -> None:
        """Let go of it."""


def test_what_goes_past_is_kept_once_by_each() -> None:
    """However often they ask for it."""
    uplink = Uplink(Way())
    one, other = Keeper(), Keeper()
    for keeper in (one, other, one):
        uplink.keep(keeper)
    assert uplink.keepers == [one, other]


def test_another_format_takes_another_way() -> None:
    """One that is used already takes none."""
    uplink = Uplink(way := Way())
    uplink.use("pcm")
    assert way.released == 0
    uplink.use("pcma")
    assert (way.released, uplink.wire) == (1, "pcma")
    uplink.use(None)
    assert (way.released, uplink.wire) == (2, "pcm")
