"""Where messages are kept, as a plan says it."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import pydantic
import pytest

from gateway.dialplan.model import Messages


@pytest.mark.parametrize(
    "keys",
    [
        {},
        {"folder": ""},
        {"folder": "x", "longest": "1s"},
        {"folder": "x", "longest": "1h"},
        {"folder": "x", "silence": "100ms"},
        {"folder": "x", "silence": "5m"},
    ],
)
def test_what_makes_no_sense_is_refused(keys: dict[str, Any]) -> None:
    """At load, not when somebody speaks."""
    with pytest.raises(pydantic.ValidationError):
        Messages.model_validate(keys)


def test_a_folder_stands_beside_the_plan() -> None:
    """Unless it is named in full."""
    context = {"folder": Path("/plans")}
    assert Messages.model_validate({"folder": "left"}, context=context).folder == "/plans/left"
    kept = Messages.model_validate({"folder": "/var/left"}, context=context)
    assert (kept.folder, kept.longest, kept.silence) == (
        "/var/left",
        timedelta(minutes=2),
        timedelta(seconds=4),
    )
