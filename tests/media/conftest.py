"""The planes that can be had here; one contract suite runs over both."""

from __future__ import annotations

import pytest

from gateway.errors import MediaError
from gateway.media.plane import media_plane
from gateway.media.port import MediaPlane, Port

HINT = {True: "`make native` builds it", False: "it needs a pjsua2, built or from the extra `portable`"}


def made(native: bool) -> MediaPlane:
    """Make a plane, or skip the test with a hint."""
    try:
        return media_plane(native=native)
    except MediaError as error:
        pytest.skip(f"{error}; {HINT[native]}")


@pytest.fixture(
    params=[pytest.param(True, id="native", marks=pytest.mark.native), pytest.param(False, id="portable")]
)
def plane(request: pytest.FixtureRequest) -> MediaPlane:
    """Each plane in turn, not ticking."""
    return made(request.param)


@pytest.fixture
def port(plane: MediaPlane) -> Port:
    """A port of each plane in turn."""
    return plane.port()
