"""What is done only if the caller agrees: a fact and an order."""

from gateway.call import AnswerApproval, ApprovalRequested, Fact, ModelOrder, approval_question
from gateway.call.approval import LONGEST_QUESTION


def test_both_are_of_the_vocabulary() -> None:
    """A session may tell the one and be given the other; who listens to the call sees both."""
    assert ApprovalRequested in Fact.__args__
    assert AnswerApproval in ModelOrder.__args__
    assert AnswerApproval("r1", approve=False).why == ""


def test_a_question_of_our_own_says_what_is_to_be_done() -> None:
    """In words that can be spoken, and not without end."""
    assert approval_question("book_table", {"day": "Monday", "people": 4}) == (
        "May I do this: book table, day Monday, people 4? Please say yes or no."
    )
    assert approval_question("go", {}) == "May I do this: go? Please say yes or no."
    assert approval_question("pay", {"sum": 5}, "Pay {sum} to {nobody}?") == "Pay 5 to {nobody}?"
    assert len(approval_question("x", {"a": "b" * 999})) == LONGEST_QUESTION
