"""The gateway as a process: how it begins, what signals do to it, what it keeps running, how it ends."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
import yaml

from tests.equipment import patience, ports
from tests.equipment.pids import gone
from tests.equipment.process import python
from tests.equipment.programs import Gateway, LocalServer, agent
from tests.equipment.terminal import Terminal
from tests.equipment.wire_call import Rejected
from tests.equipment.wire_phone import Phone
from tests.equipment.wire_rtp import Pump
from tests.whole_calls.conftest import is_portable

Start = Callable[..., Gateway]

HOSTED = ("--no-local",)
OWN_AGENT = {
    "numbers": ["100"],
    "agent": {"model": "tone", "voice": "tone-440-2s"},
    "on_failure": {"say": None},
}
"""Needs the embedded agent, but no speech packages: a tone is all it says, and it does not apologise."""


@asynccontextmanager
async def talking(gateway: Gateway, pump: Pump, number: str = "100") -> AsyncIterator[Phone]:
    """Ring, and hear the agent begin; the call is the phone's only one."""
    async with Phone(gateway.sip, pump) as phone:
        call = phone.call(number)
        await call.answered()
        await call.hears_sound()
        yield phone
        if not call.over and gateway.running:
            await call.hang_up()


@pytest.fixture
def own_agent(tmp_path: Path) -> tuple[str, ...]:
    """A gateway's command whose embedded agent tells its pid and, for `EMBEDDED`, is `deaf` or `broken`."""
    script = tmp_path / "python"
    code = "from gateway import cli; from gateway.local.server import registry; "
    code += "registry.NAMES.update(agent='tone', local='tone'); cli.main()"  # prompts are tones, too
    script.write_text(
        "#!/bin/sh\n"
        'echo "{\\"event\\": \\"embedded\\", \\"pid\\": $$}" >&2\n'
        '[ "$EMBEDDED" = deaf ] && exec sleep 60\n'
        '[ "$EMBEDDED" = broken ] && exit 3\n'
        f'shift 2; exec {sys.executable} -c "{code}" "$@" --engine tone\n'
    )
    script.chmod(0o755)
    code = (
        "import sys; from gateway import cli; from gateway.node import embedded; embedded.GONE_WITHIN = 1; "
    )
    return ("-c", f"{code} sys.executable = {str(script)!r}; cli.main()")


# --- beginning -------------------------------------------------------------------------------------------


def test_it_says_what_it_is(gateway_process: Start, local_server: LocalServer) -> None:
    """One line with address, bounds and plans when it begins; a last word and code 0 after Ctrl-C."""
    plans = {"a": agent("1", local_server.url), "b": {"numbers": ["2"], "reject": {}}}
    gateway = gateway_process(plans, *HOSTED)
    line = gateway.answering()
    assert line["sip"] == f"127.0.0.1:{gateway.sip[1]}"
    assert (line["plans"], line["calls"]) == (2, 4 if is_portable(gateway) else 1000)
    assert gateway.stop(5, how=signal.SIGINT) == 0
    assert gateway.events("gateway.stopped", calls_cut=0)


async def test_its_own_words_are_spoken_before_the_first_call(
    gateway_process: Start, own_agent: tuple[str, ...], pump: Pump
) -> None:
    """A first caller has the voice alone, and only the call's own session is logged under its name."""
    plan = {**OWN_AGENT, "on_failure": {"say": "Sorry.", "hold": "A moment."}}
    gateway = gateway_process({"a": plan}, command=own_agent)
    gateway.answering()
    assert len(gateway.events("session.ready", provider="local")) == 2  # sorry, and a moment
    async with talking(gateway, pump):
        pass
    call = await gateway.said("call.ended")
    assert len(gateway.events("session.ready", call=call["call"])) == 1
    assert len(gateway.events("client.connected", call=call["call"], component="embedded")) == 1
    assert len(gateway.events("session.ready")) == 3
    plan = {**OWN_AGENT, "numbers": ["101"], "on_failure": {"say": "Bad luck.", "hold": "A moment."}}
    gateway.write_plan("b", plan)
    await gateway.said("dialplan.reloaded")
    await asyncio.to_thread(gateway.wait_for, lambda _: len(gateway.events("session.ready")) == 4)


async def test_the_portable_plane_is_a_choice(
    gateway_process: Start, local_server: LocalServer, pump: Pump
) -> None:
    """It is said plainly, with its bound; calls are heard all the same."""
    gateway = gateway_process({"a": agent("100", local_server.url)}, *HOSTED, "--portable")
    line = gateway.answering()
    assert (line["calls"], "four calls" in line["media"]) == (4, True)
    async with talking(gateway, pump):
        pass


def test_a_taken_address_is_named_with_its_cure(gateway_process: Start) -> None:
    """One line, code 1, and the process is gone."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as taken:
        taken.bind(("127.0.0.1", 0))
        port = taken.getsockname()[1]
        gateway = gateway_process({"a": agent("1", "ws://127.0.0.1:9/")}, *HOSTED, sip_port=port, wait=False)
        assert gateway.wait(20) == 1
    (line,) = [text for text in gateway.text if text.startswith("gateway: ")]
    assert f"127.0.0.1:{port} is in use by pid {os.getpid()}, " in line
    assert "--sip" in line
    assert "Traceback" not in "\n".join(gateway.text)


def test_an_earlier_gateway_at_the_address_is_named(gateway_process: Start) -> None:
    """With the process to stop."""
    plans = {"a": {"numbers": ["1"], "reject": {}}}
    earlier = gateway_process(plans, *HOSTED)
    gateway = gateway_process(plans, *HOSTED, sip_port=earlier.sip[1], wait=False)
    assert gateway.wait(20) == 1
    (line,) = [text for text in gateway.text if text.startswith("gateway: ")]
    assert f"is in use by pid {earlier.pid}, an earlier gateway: stop it (kill {earlier.pid})" in line


def test_a_taken_address_of_the_embedded_agent(gateway_process: Start, own_agent: tuple[str, ...]) -> None:
    """A stranger there would get the calls: nothing is begun, and the option that helps is named."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        listen = f"127.0.0.1:{taken.getsockname()[1]}"
        gateway = gateway_process({"a": OWN_AGENT}, "--local-listen", listen, command=own_agent, wait=False)
        assert gateway.wait(20) == 1
    (line,) = [text for text in gateway.text if text.startswith("gateway: ")]
    assert f"{listen} is in use by pid {os.getpid()}, " in line
    assert "--local-listen" in line


def test_a_typo_in_a_dialplan_is_named_with_its_place(gateway_process: Start) -> None:
    """Nothing is served by half."""
    broken = {"numbers": ["1"], "agent": {"voise": "heart"}}
    gateway = gateway_process({"good": agent("2", "ws://127.0.0.1:9/"), "bad": broken}, *HOSTED, wait=False)
    assert gateway.wait(20) == 1
    told = "\n".join(gateway.text)
    assert "bad.yaml:4:" in told
    assert "voise" in told
    assert "Traceback" not in told


# --- signals ---------------------------------------------------------------------------------------------


async def test_ctrl_c_once_and_twice(gateway_process: Start, local_server: LocalServer, pump: Pump) -> None:
    """The caller hears on while it drains, and a proxy is told; the second one is a BYE for everybody."""
    gateway = gateway_process({"a": agent("100", local_server.url)}, *HOSTED)
    async with talking(gateway, pump) as phone:
        (call,) = phone.calls.values()
        gateway.popen.send_signal(signal.SIGINT)
        assert (await gateway.said("gateway.draining"))["calls"] == 1
        assert await call.hears_sound(since=call.media.packets[-1].at)
        if not is_portable(gateway):
            async with patience.within(5):  # the SIP thread learns of it a moment after the log
                while (answer := await phone.ask("OPTIONS")).status == 200:
                    pass
            assert (answer.status, answer.header("Retry-After")) == (503, "30")
        gateway.popen.send_signal(signal.SIGINT)
        assert (await call.ended(5)).method == "BYE"
        assert await asyncio.to_thread(gateway.wait, 5) == 0
    assert gateway.events("call.ended", reason="shutdown")


async def test_closing_the_terminal_lets_calls_finish(
    tmp_path: Path, local_server: LocalServer, pump: Pump
) -> None:
    """It takes no more, and what it writes to nobody harms none; the last caller's end is its own."""
    (tmp_path / "a.yaml").write_text(yaml.safe_dump(dict(agent("100", local_server.url))))
    sip, (low, high) = ("127.0.0.1", ports.free_port()), ports.free_range(20)
    options = ["--sip", f"{sip[0]}:{sip[1]}", "--rtp", f"{low}-{high}", "--dialplans", str(tmp_path)]
    with Terminal(python("-m", "gateway", "serve", *options, *HOSTED, "--log-level", "debug")) as window:
        await asyncio.to_thread(window.wait_for, "= answering calls", 30)
        async with Phone(sip, pump) as phone:
            call = phone.call("100")
            await call.answered()
            await call.hears_sound()
            await asyncio.to_thread(window.close)
            await call.hears_sound(since=call.media.packets[-1].at)
            await call.hang_up()
            assert await asyncio.to_thread(window.wait) == 0


async def test_a_changed_plan_counts_from_the_next_call(gateway_process: Start, pump: Pump) -> None:
    """Saved or SIGHUP: it is read again; one with a mistake is told and changes nothing."""
    away = (
        "-c",
        "import os; os.setsid(); from gateway import cli; cli.main()",
    )  # from the tests' own terminal
    plan = {"numbers": ["100"], "reject": {"status": 480}}
    gateway = gateway_process({"a": plan}, *HOSTED, command=away)
    async with Phone(gateway.sip, pump) as phone:

        async def status() -> int:
            with pytest.raises(Rejected) as refused:
                await phone.call("100").answered()
            return refused.value.status

        assert await status() == 480
        gateway.write_plan("a", {"numbers": ["100"], "reject": {"status": 486}})
        await gateway.said("dialplan.reloaded")
        assert await status() == 486
        gateway.write_plan("a", {"numbers": ["100"], "reject": {"statsu": 603}})
        await gateway.said("dialplan.not_reloaded")
        assert gateway.events("dialplan.mistake", key="reject.statsu")
        assert await status() == 486
    gateway.write_plan("a", {"numbers": ["100"], "reject": {"status": 603}})
    gateway.popen.send_signal(signal.SIGHUP)  # whether or not the file was noticed before
    await asyncio.to_thread(gateway.wait_for, lambda _: len(gateway.events("dialplan.reloaded")) >= 2)
    assert gateway.running


# --- the embedded agent ----------------------------------------------------------------------------------


async def test_the_embedded_agent_comes_back_after_a_crash(
    gateway_process: Start, own_agent: tuple[str, ...], pump: Pump
) -> None:
    """Kill -9: the call that had it goes on with a new one, which answers the next call too."""
    gateway = gateway_process({"a": OWN_AGENT}, command=own_agent)
    first = (await gateway.said("embedded"))["pid"]
    async with talking(gateway, pump) as phone:
        (call,) = phone.calls.values()
        os.kill(first, signal.SIGKILL)
        await gateway.said("embedded.ended", status=-signal.SIGKILL)
        await gateway.said("session.restored")
        assert not call.over
    assert len({line["pid"] for line in gateway.events("embedded")}) == 2
    async with talking(gateway, pump):
        pass


async def test_the_embedded_agent_comes_and_goes_with_the_gateway(
    gateway_process: Start, own_agent: tuple[str, ...]
) -> None:
    """Killed with -9 or stopped: it never stays behind, and a successor started at once has its address."""
    listen = ("--local-listen", f"127.0.0.1:{ports.free_port()}")
    gateway = gateway_process({"a": OWN_AGENT}, *listen, command=own_agent)
    pid = (await gateway.said("embedded"))["pid"]
    assert await asyncio.to_thread(gateway.stop, how=signal.SIGKILL) == -signal.SIGKILL
    again = gateway_process({"a": OWN_AGENT}, *listen, command=own_agent)
    assert again.answering()["agent"] == "embedded"
    await gone(pid, 1)
    pid = (await again.said("embedded"))["pid"]
    assert await asyncio.to_thread(again.stop, 10) == 0
    await gone(pid, 1)


async def test_ctrl_c_need_not_wait_for_the_embedded_agent(
    gateway_process: Start, own_agent: tuple[str, ...]
) -> None:
    """Engines that load for ever do not hold up somebody who has changed their mind."""
    gateway = gateway_process({"a": OWN_AGENT}, command=own_agent, env={"EMBEDDED": "deaf"}, wait=False)
    pid = (await gateway.said("embedded"))["pid"]
    assert await asyncio.to_thread(gateway.stop, 5, how=signal.SIGINT) == 0
    await gone(pid, 1)


async def test_without_engines_it_answers_at_once(gateway_process: Start, tmp_path: Path, pump: Pump) -> None:
    """One line says what to install; who needs them is refused politely, everybody else is served."""
    script = tmp_path / "python"
    code = "import sys; sys.modules['hibari'] = None; from gateway import cli; cli.main()"
    script.write_text(f'#!/bin/sh\nshift 2; exec {sys.executable} -c "{code}" "$@"\n')
    script.chmod(0o755)
    command = ("-c", f"import sys; from gateway import cli; sys.executable = {str(script)!r}; cli.main()")
    plans = {
        "talk": {"numbers": ["100"], "agent": {}},
        "said": {"numbers": ["101"], "announce": {"say": "We are closed."}},
        "sorry": {
            "numbers": ["102"],
            "announce": {"say": "We are closed."},
            "on_failure": {"say": "No luck."},
        },
        "no": {"numbers": ["103"], "reject": {"status": 480}},
    }
    gateway = gateway_process(plans, command=command, wait=False)
    assert (await asyncio.to_thread(gateway.answering))["agent"] == "missing"
    (told,) = gateway.events("embedded.unavailable")
    assert "pip install" in told["error"]
    async with Phone(gateway.sip, pump) as phone:
        for number, status in (("100", 503), ("101", 503), ("103", 480)):
            assert (await phone.call(number).final(20)).status == status
        call = phone.call("102")
        await call.answered()
        await call.hears_sound()
        await call.ended()
    assert len(gateway.events("embedded.unavailable")) == 1
    assert not gateway.events("embedded.ended")


async def test_an_embedded_agent_that_crashes_holds_nobody_up(
    gateway_process: Start, own_agent: tuple[str, ...]
) -> None:
    """Calls to others are answered while it is tried again and again."""
    gateway = gateway_process({"a": OWN_AGENT}, command=own_agent, env={"EMBEDDED": "broken"}, wait=False)
    await asyncio.to_thread(gateway.answering)
    assert gateway.events("embedded.ended", status=3)
    await asyncio.to_thread(gateway.wait_for, lambda _: len(gateway.events("embedded.ended")) >= 2)
