"""`media` of `gateway.yaml`: how long callers' packets wait for their turn."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from gateway.media.media_port import JITTER_MS
from gateway.media.settings import MediaSettings


def test_without_a_word_the_bounds_are_the_planes_own() -> None:
    """12 to 300 ms."""
    jitter = MediaSettings().jitter
    assert (jitter.min, jitter.max) == JITTER_MS


@pytest.mark.parametrize("jitter", [{"min": 100, "max": 120}, {"min": -1}, {"max": 5000}, {"least": 20}])
def test_bounds_that_make_no_sense_are_refused(jitter: dict[str, int]) -> None:
    """No room between them, or none at all."""
    with pytest.raises(ValidationError):
        MediaSettings.model_validate({"jitter": jitter})


def test_the_cure_is_named() -> None:
    """Not only that it is wrong."""
    with pytest.raises(ValidationError, match="max is at least 40 more than min"):
        MediaSettings.model_validate({"jitter": {"min": 100, "max": 120}})
