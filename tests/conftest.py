"""What every test may ask for: playbooks that were finished, one pump for all phones, programs that end."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import Callable, Generator, Iterator, Mapping
from contextlib import ExitStack

import hypothesis
import pytest
import structlog
import uvloop

from gateway import log
from gateway.media.plane import native_available
from tests.equipment import playbook, skips
from tests.equipment.elsewhere import as_elsewhere
from tests.equipment.process import Process
from tests.equipment.programs import Gateway, LocalServer, Plan
from tests.equipment.wire_rtp import Pump

# A busy machine is no fault of what is tested: an example may take as long as it takes.
hypothesis.settings.register_profile(
    "patient", deadline=None, suppress_health_check=[hypothesis.HealthCheck.too_slow]
)
hypothesis.settings.load_profile("patient")

LOOPS = {"asyncio": asyncio.new_event_loop, "uvloop": uvloop.new_event_loop}
HEAR_THE_CLOCK = tuple(
    f"tests/{folder}/"
    for folder in ("bench", "loadtest", "media", "phone", "rehearsal", "sip", "whole_calls")
)
"""Their phones are measured in asyncio's loop; gateways of whole calls are processes of their own."""

# A run in the background of a script ignores Ctrl-C, and so would every program that a test starts.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture(autouse=True)
def _every_playbook_is_finished() -> Iterator[None]:
    """A playbook without `.done()` proves nothing."""
    playbook.unfinished()
    yield
    assert playbook.unfinished() == 0, "a playbook was never finished: call .done()"


@pytest.fixture(autouse=True)
def _everybody_logs_as_before() -> Iterator[None]:
    """A test that has less logged, by whatever way, takes no line from the next."""
    level, logger = log.current_level(), structlog.get_config()["wrapper_class"]
    yield
    if structlog.get_config()["wrapper_class"] is not logger:
        log.set_level(level)
        structlog.configure(wrapper_class=logger)


@pytest.fixture
def pump() -> Iterator[Pump]:
    """The clock of all phones of a test."""
    with as_elsewhere(), Pump() as running:
        yield running


@pytest.fixture(scope="session")
def local_server() -> Iterator[LocalServer]:
    """The embedded realtime server with the `tone` engine, shared by all tests."""
    with LocalServer() as server:
        yield server


@pytest.fixture
def gateway_process() -> Iterator[Callable[..., Gateway]]:
    """Start a gateway of the test's own: plans by name, options, environment."""
    with ExitStack() as stack:

        def start(plans: dict[str, Plan], *options: str, **more: object) -> Gateway:
            return stack.enter_context(Gateway(plans, *options, **more))  # type: ignore[arg-type]

        yield start


def pytest_runtest_setup(item: pytest.Item) -> None:
    """Run what is marked for it in native mode alone."""
    if item.get_closest_marker("native") and not native_available():
        pytest.skip("needs native mode (make native)")


def pytest_asyncio_loop_factories(item: pytest.Item) -> Mapping[str, Callable[[], asyncio.AbstractEventLoop]]:
    """Run in the loop that the gateway runs in, or in asyncio's: what is tested has to hold in both."""
    own = native_available() and not item.nodeid.startswith(HEAR_THE_CLOCK)
    name = os.environ.get("GATEWAY_TEST_LOOP", "uvloop" if own else "asyncio")
    return {name: LOOPS[name]}


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report(
    collector: pytest.Collector,
) -> Generator[None, pytest.CollectReport, pytest.CollectReport]:
    """Let no module be skipped where there is all that it needs."""
    report = yield
    skips.refuse(report)
    return report


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Show with a failure what the programs wrote."""
    report = yield
    skips.refuse(report)
    if report.failed:
        for program in tuple(Process.running_now):
            name = " ".join(program.command[1:4])
            report.sections.append((f"{name} (pid {program.pid}), its last lines", program.tail()))
    return report
