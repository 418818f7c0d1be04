"""The planes that can be had here; one contract suite runs over both."""

from __future__ import annotations

import sys
from collections.abc import AsyncIterator, Iterator

import pytest

from gateway.errors import MediaError
from gateway.media.media_port import MediaPlane, MediaPort
from gateway.media.plane import media_plane
from tests.equipment import tone
from tests.equipment.process import Process
from tests.equipment.wire_call import Call
from tests.equipment.wire_phone import Phone
from tests.equipment.wire_rtp import Pump


def made(native: bool) -> MediaPlane:
    """Make a plane, or skip the test with a hint."""
    try:
        return media_plane(native=native)
    except MediaError as error:
        pytest.skip(str(error))  # says what to run


@pytest.fixture(
    params=[pytest.param(True, id="native", marks=pytest.mark.native), pytest.param(False, id="portable")]
)
def plane(request: pytest.FixtureRequest) -> MediaPlane:
    """Each plane in turn, not ticking."""
    return made(request.param)


@pytest.fixture
def port(plane: MediaPlane) -> MediaPort:
    """A port of each plane in turn."""
    return plane.port()


def echo(kind: str, *arguments: str) -> Process:
    """Start an endpoint that echoes."""
    made(kind == "native")  # skips where it cannot be had
    return Process([sys.executable, "-m", "tests.media.echo", kind, *arguments])


def address(process: Process) -> tuple[str, int]:
    """Where it listens."""
    return "127.0.0.1", int(process.wait_for(lambda line: line.get("event") == "listening")["port"])


def frequencies(call: Call) -> set[int]:
    """The tones a phone heard, rounded to 10 Hz; what is no tone for 60 ms (an edge) does not count."""
    return {round(found.frequency, -1) for found in tone.tones(call.media.heard()) if found.frequency > 100}


@pytest.fixture(params=[pytest.param("native", marks=pytest.mark.native), "portable"])
def echoing(request: pytest.FixtureRequest) -> Iterator[Process]:
    """An endpoint that echoes, with each plane in turn."""
    with echo(request.param) as process:
        yield process


@pytest.fixture
def echoing_native() -> Iterator[Process]:
    """An endpoint that echoes, with the native plane."""
    with echo("native") as process:
        yield process


@pytest.fixture
def echoing_learner() -> Iterator[Process]:
    """An endpoint that echoes, with the native plane, and learns where RTP comes from."""
    with echo("native", "learn") as process:
        yield process


@pytest.fixture
async def phone(request: pytest.FixtureRequest, pump: Pump) -> AsyncIterator[Phone]:
    """A phone whose calls go to the endpoint that echoes."""
    name = next(
        name for name in ("echoing", "echoing_native", "echoing_learner") if name in request.fixturenames
    )
    async with Phone(address(request.getfixturevalue(name)), pump) as ready:
        yield ready
