"""What a plan says of calls that the gateway makes by it."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from gateway.dialplan.model import Outbound


def test_nobody_listens_for_machines_by_default() -> None:
    """The agent talks with whoever answers."""
    assert Outbound().on_machine is None
    assert not Outbound().judges
    assert not Outbound(on_machine="talk").judges
    assert Outbound(on_machine="hang_up").judges


@pytest.mark.parametrize(
    "keys", [{"on_machine": "leave_message"}, {"on_machine": "talk", "say": "x"}, {"say": "x"}]
)
def test_a_message_and_its_words_go_together(keys: dict[str, str]) -> None:
    """Neither has a meaning alone."""
    with pytest.raises(ValidationError, match="leave_message"):
        Outbound.model_validate(keys)
