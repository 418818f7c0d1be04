"""What is done only if the caller agrees: a fact and an order."""

from gateway.call import AnswerApproval, ApprovalRequested, Fact, ModelOrder


def test_both_are_of_the_vocabulary() -> None:
    """A session may tell the one and be given the other; who listens to the call sees both."""
    assert ApprovalRequested in Fact.__args__
    assert AnswerApproval in ModelOrder.__args__
    assert AnswerApproval("r1", approve=False).why == ""
