"""The scenarios work against SIPp's own server and against a wire phone, before a gateway is blamed."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from tests.equipment import ports, tone
from tests.equipment.process import Process
from tests.equipment.wire_call import Call
from tests.equipment.wire_phone import Phone
from tests.equipment.wire_rtp import Pump
from tests.sipp import runner

pytestmark = pytest.mark.skipif(not runner.available(), reason="SIPp is not installed (Debian: sip-tester)")


@pytest.fixture
def sipp_server() -> Iterator[tuple[str, int]]:
    """SIPp's own `uas`."""
    port = ports.free_port()
    command = ["sipp", "-sn", "uas", "-i", "127.0.0.1", "-mi", "127.0.0.1", "-p", str(port), "-nostdin"]
    with Process([*command, "-timeout", "30s", "-aa"], env={"TERM": "dumb"}):
        yield "127.0.0.1", port


@asynccontextmanager
async def answering_phone() -> AsyncIterator[tuple[Phone, list[Call]]]:
    """A wire phone that takes every call."""
    with Pump() as pump:
        async with Phone(("127.0.0.1", 9), pump) as phone, asyncio.TaskGroup() as tasks:
            calls: list[Call] = []

            async def take() -> None:
                while True:
                    call = await phone.incoming(60)
                    call.ring()
                    calls.append(call)
                    tasks.create_task(call.accept())

            taking = tasks.create_task(take())
            yield phone, calls
            taking.cancel()


@pytest.mark.parametrize("scenario", ["uac", "setup", "talk", "barge-in"])
def test_scenarios_against_sipps_own_server(sipp_server: tuple[str, int], scenario: str) -> None:
    """Every call is set up and ended, and the figures add up."""
    report = runner.run(sipp_server, scenario, calls=5, rate=50, hold_ms=200, bound_seconds=20)
    # Not `clean`: on a busy machine SIPp's own server answers late, and something is sent twice.
    assert (report.created, report.successful, report.failures) == (5, 5, {}), report
    if scenario != "uac":
        assert len(report.rtts["answer"]) == 5


async def test_talk_is_heard_as_speech() -> None:
    """A caller of `talk` really sends the question: sound where it is, silence before."""
    async with answering_phone() as (phone, calls):
        report = await asyncio.to_thread(runner.run, phone.local, "talk", calls=2, rate=20, hold_ms=2500)
        assert report.successful == 2, report
        for call in calls:
            first = tone.spans(call.media.heard(), join_ms=1000)[0]
            assert first.start_ms == pytest.approx(1500, abs=40)
            assert call.media.lost() == 0


async def test_digits_are_heard_as_digits() -> None:
    """A caller of `digits` sends four RFC 4733 events of 160 ms."""
    async with answering_phone() as (phone, calls):
        report = await asyncio.to_thread(runner.run, phone.local, "digits", hold_ms=100)
        assert report.successful == 1, report
        assert [(press.digit, press.ms) for press in calls[0].media.digits()] == [(d, 160) for d in "123#"]


def test_a_refusal_is_a_failed_call() -> None:
    """Nobody there, or nobody who answers in time: failed calls with a reason, not a crash."""
    report = runner.run(
        ("127.0.0.1", ports.free_port()), "setup", bound_seconds=10, more=("-recv_timeout", "300")
    )
    assert not report.clean
    assert (report.successful, report.failed) == (0, 1)


def test_a_crash_of_sipp_is_told_apart(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A generator that dies of a signal raises, so that no bar fails because of it."""
    fake = tmp_path / "sipp"
    suicide = "import os, signal; os.kill(os.getpid(), signal.SIGSEGV)"
    fake.write_text(f"#!/bin/sh\nexec {sys.executable} -c '{suicide}'\n")
    fake.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    with pytest.raises(runner.GeneratorCrashed, match="SIGSEGV"):
        runner.run(("127.0.0.1", 9), "setup")
