"""Who may call, when, and what another server may say to it."""

from __future__ import annotations

from typing import Any

import pydantic
import pytest

from gateway.dialplan.model.matching import Callers, Hours, LookUp
from gateway.dialplan.model.section import Section


@pytest.mark.parametrize(
    ("section", "keys"),
    [
        (Callers, {"otherwise": 200}),
        (Callers, {"otherwise": True}),
        (Callers, {"otherwise": "no such name!"}),
        (Callers, {"allow": ["bob"]}),
        (Hours, {"open": ["always"]}),
        (Hours, {"open": ["daily 00:00-24:00"], "holidays": ["Easter"]}),
        (LookUp, {"url": "ftp://x"}),
        (LookUp, {"url": "https://x", "timeout": "11s"}),
        (LookUp, {"url": "https://x", "headers": {"Authorization": "Bearer abc"}}),
        (LookUp, {"url": "https://user:password@x/"}),
        (LookUp, {"url": "https://x", "headers": {"X Y": "1"}}),
    ],
)
def test_what_makes_no_sense_is_refused(section: type[Section], keys: dict[str, Any]) -> None:
    """At load, not during a call."""
    with pytest.raises(pydantic.ValidationError):
        section.model_validate(keys)
