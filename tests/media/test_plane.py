"""Choosing a plane: what was asked for, or the best there is, or a sentence that helps."""

from __future__ import annotations

import importlib.util
import sys

import pytest

from gateway.errors import MediaError
from gateway.media import plane as plane_module
from gateway.media.plane import media_plane, native_available


def test_without_a_wish_it_is_the_native_one_where_it_was_built() -> None:
    """And the portable one elsewhere."""
    if importlib.util.find_spec("pjsua2") is None:
        pytest.skip("there is no pjsua2 at all")
    assert media_plane().native == native_available()


@pytest.mark.parametrize(
    ("native", "missing", "cure"),
    [(True, "gateway.media._port", "make native"), (False, "gateway.media.portable", "extra `portable`")],
)
def test_a_plane_that_cannot_be_had_names_the_cure(
    monkeypatch: pytest.MonkeyPatch, native: bool, missing: str, cure: str
) -> None:
    """No traceback about modules: what to run."""
    monkeypatch.setitem(sys.modules, missing, None)
    with pytest.raises(MediaError, match=cure):
        media_plane(native=native)


def test_the_better_plane_is_found_without_loading_it(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever only asks does not pay for PJSIP."""
    asked: list[str] = []

    def find_spec(name: str) -> None:
        asked.append(name)

    monkeypatch.setattr(plane_module.importlib.util, "find_spec", find_spec)
    assert not native_available()
    assert asked == ["gateway.media._port"]
