"""The words that the machines of continuity share, each of them with one class."""

from typing import get_args

from gateway.realtime.continuity import liveness, reconnect, response_timeout, rollover

MACHINES = (liveness, reconnect, response_timeout, rollover)


def test_no_two_machines_have_a_word_of_the_same_name_that_is_not_the_same() -> None:
    """What two machines call by one name is one class, so that one order or fact serves both."""
    words = {
        word for machine in MACHINES for union in (machine.Fact, machine.Order) for word in get_args(union)
    }
    assert len({word.__name__ for word in words}) == len(words)
