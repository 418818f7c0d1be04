"""What is somebody's secret reaches the model, and no listener."""

from __future__ import annotations

from gateway.call import Digit, SubmitToolResult, ToolReturned, shown


def test_a_secret_is_shown_as_one() -> None:
    """Also as the order that hands it on."""
    for event in (ToolReturned("c", "1234", secret=True), SubmitToolResult("c", "1234", secret=True)):
        assert "1234" not in repr(shown(event))


def test_everything_else_is_shown_as_it_is() -> None:
    """Most is no secret."""
    for event in (Digit("1"), ToolReturned("c", "1234"), SubmitToolResult("c", "1234")):
        assert shown(event) is event
