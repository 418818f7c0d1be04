"""Each request is answered once, by a response that can know what it was about."""

from gateway.realtime.error_policy import Reaction
from gateway.realtime.events.client import InputAudioCommit, ItemCreate, ResponseCreate
from gateway.realtime.events.items import FunctionCallOutput, Item, image_message, text_message
from gateway.realtime.response_requests import MOST, ResponseRequests, Unread

ASKED = ResponseCreate()


def test_a_request_is_sent_unless_a_response_is_being_made() -> None:
    """Then it waits for the end of that, which may be cancelled for it."""
    requests = ResponseRequests()
    assert requests.asks(ASKED, active=False)
    assert requests.started()
    assert requests.ended(active=False) is None
    assert not requests.asks(ASKED, active=True)
    assert requests.ended(active=False) is ASKED
    assert not requests.asks(ASKED, active=True)
    requests.cancelled()
    assert requests.ended(active=False) is None
    assert not requests.asks(ASKED, active=True)


def test_a_cancelled_response_is_not_waited_for() -> None:
    """Some servers do not say that it has ended; one that still is at it refuses the request."""
    requests = ResponseRequests()
    requests.cancelled()
    assert requests.asks(ASKED, active=True)
    assert requests.refused(Reaction.AWAIT) is None
    assert requests.ended(active=False) is ASKED
    assert not requests.asks(ASKED, active=True)


def test_a_request_that_failed_is_sent_once_more() -> None:
    """The server stumbled; anything else that it refuses is another matter."""
    requests = ResponseRequests()
    assert requests.refused(Reaction.RETRY) is None
    requests.asks(ASKED, active=False)
    assert requests.refused(Reaction.REPORT) is None
    assert requests.refused(Reaction.RETRY) is ASKED
    assert requests.refused(Reaction.RETRY) is None


def test_a_response_that_knows_all_answers_what_was_held() -> None:
    """It began before the request came, and the request was refused."""
    requests = ResponseRequests()
    requests.asks(ASKED, active=False)
    assert requests.refused(Reaction.AWAIT) is None
    assert requests.started()
    assert requests.ended(active=False) is None


def test_a_response_that_does_not_know_all_answers_nothing_of_it() -> None:
    """The request waits for its end, refused before or after it was told to have begun."""
    for refused_first in (True, False):
        requests = ResponseRequests()
        for call_id in ("c1", "c2"):
            requests.unread.sent(ItemCreate(item=output(call_id)))
        requests.unread.confirmed(output("c1"))
        requests.asks(ASKED, active=False)
        if refused_first:
            requests.refused(Reaction.AWAIT)
        assert not requests.started()
        if not refused_first:
            requests.refused(Reaction.AWAIT)
        assert requests.ended(active=True) is None
        assert requests.ended(active=False) is ASKED


def told(*items: Item) -> Unread:
    unread = Unread()
    for item in items:
        unread.sent(ItemCreate(item=item))
    return unread


def output(call_id: str) -> FunctionCallOutput:
    return FunctionCallOutput(call_id=call_id, output="{}")


def test_what_was_told_is_unread_until_it_is_confirmed() -> None:
    """By the server, under an id of its own; a request for an answer is not told."""
    items = (output("c1"), text_message("user", "[5]"), image_message("data:image/png;base64,AA", "a dog"))
    unread = told(*items)
    unread.sent(ResponseCreate())
    for item in items:
        unread.confirmed(item.model_copy(update={"id": "item_1", "status": "completed"}))
        assert bool(unread) is (item is not items[-1])


def test_a_turn_of_ours_is_unread_until_it_is_taken() -> None:
    """Where we find the turns."""
    unread = told(output("c1"))
    unread.confirmed(output("c1"))
    unread.sent(InputAudioCommit())
    assert unread
    unread.committed()
    assert not unread


def test_what_others_say_confirms_nothing() -> None:
    """The caller's turns and the agent's own words are items, too."""
    unread = told(output("c1"), output("c2"))
    unread.confirmed(output("c1"))
    unread.committed()
    unread.confirmed(text_message("assistant", "Hello."))
    assert unread


def test_a_confirmation_counts_for_all_before_it() -> None:
    """They are given in order; one that was refused is confirmed never."""
    unread = told(output("c1"), output("c2"))
    unread.confirmed(output("c2"))
    assert not unread


def test_a_server_that_confirms_nothing_reads_at_once() -> None:
    """Otherwise it would be asked for each answer twice; and nothing grows for it."""
    unread = told(*(output(f"c{number}") for number in range(MOST * 2)))
    assert not unread
    unread.confirmed(output("c0"))
    assert not unread
