from __future__ import annotations

from gateway.realtime.bounded_dict import BoundedDict


def test_the_oldest_is_forgotten() -> None:
    """A call of thousands of items needs the room of a few."""
    recent: BoundedDict[int] = BoundedDict(2)
    for number in range(4):
        recent[str(number)] = number
    assert (len(recent), list(recent.items())) == (2, [("2", 2), ("3", 3)])
    assert recent.get("0") is None
    assert recent.get("3") == 3


def test_a_thing_is_new_once() -> None:
    """The second time is not the first."""
    recent: BoundedDict[None] = BoundedDict()
    assert recent.first_time("a", None)
    assert not recent.first_time("a", None)
    assert "a" in recent


def test_taking_is_forgetting() -> None:
    """An entry can be taken out."""
    recent: BoundedDict[int] = BoundedDict()
    recent["a"] = 1
    assert recent.pop("a") == 1
    assert recent.pop("a") is None
