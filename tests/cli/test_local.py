"""`gateway local`."""

from __future__ import annotations

import json
import signal
import socket
import subprocess
import time

import pytest
from websockets.sync.client import connect

from gateway.local.server.settings import READY
from tests.cli.conftest import Run
from tests.equipment import patience, ports
from tests.equipment.process import ROOT, Process, python


def test_the_embedded_server_runs_for_somebody() -> None:
    """On the socket that it was given it answers, says so, and ends with its caller's pipe."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        port = listening.getsockname()[1]
        options = ("--listen", f"127.0.0.1:{port}", "--engine", "tone")
        given = ("--companion", str(listening.fileno()))
        with subprocess.Popen(
            python("-m", "gateway", "local", *options, *given),
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            pass_fds=(listening.fileno(),),
            text=True,
        ) as program:
            assert program.stderr
            assert program.stdout
            assert program.stdin
            assert program.stdout.readline() == READY.decode()
            ready = json.loads(program.stderr.readline())
            assert (ready["event"], ready["engine"]) == ("embedded.ready", "tone")
            assert ready["url"] == f"ws://127.0.0.1:{port}/v1/realtime"
            with connect(ready["url"]) as client:
                assert json.loads(client.recv())["type"] == "session.created"
            program.stdin.close()
            assert program.wait(patience.seconds(10)) == 0


def test_the_life_of_an_embedded_session(gateway: Run) -> None:
    """Chosen by option or environment, told to clients; none is no life."""
    port = ports.free_port()
    command = python("-m", "gateway", "local", "--listen", f"127.0.0.1:{port}", "--engine", "tone")
    with Process(command, env={"GATEWAY_LOCAL_SESSION_SECONDS": "90"}) as program:
        program.wait_for(lambda line: line.get("event") == "embedded.ready")
        with connect(f"ws://127.0.0.1:{port}/v1/realtime", open_timeout=patience.seconds(10)) as client:
            created = json.loads(client.recv())
        assert 88 <= created["session"]["expires_at"] - time.time() <= 90
    told = gateway("local", "--session-seconds", "0")
    assert (told.code, "--session-seconds" in told.err) == (2, True)


def test_an_address_in_use_is_one_line(gateway: Run) -> None:
    """Which address, and the option that chooses another."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        listen = f"127.0.0.1:{taken.getsockname()[1]}"
        told = gateway("local", "--listen", listen, "--engine", "tone")
    assert told.code == 1
    assert listen in told.err
    assert "--listen" in told.err
    assert told.err.count("\n") == 1


def test_an_address_that_is_none(gateway: Run) -> None:
    """The option is named, with an example."""
    told = gateway("local", "--listen", "8090")
    assert (told.code, "HOST:PORT" in told.err) == (2, True)


@pytest.mark.parametrize("engine", ["agnet", "script"])
def test_an_engine_that_cannot_be_had(gateway: Run, engine: str) -> None:
    """One that is misspelt, or that lacks its script, is said before anybody connects."""
    told = gateway("local", "--listen", f"127.0.0.1:{ports.free_port()}", "--engine", engine)
    assert told.code == 1
    assert told.err.startswith("gateway: --engine")


def test_a_day_that_is_none(gateway: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """The variable is named, with an example."""
    monkeypatch.setenv("GATEWAY_PRETEND_TIME", "tomorrow")
    told = gateway("local", "--listen", f"127.0.0.1:{ports.free_port()}", "--engine", "tone")
    assert told.code == 1
    assert "GATEWAY_PRETEND_TIME" in told.err
    assert "2026-12-24 18:00" in told.err


def test_ctrl_c_ends_the_embedded_server() -> None:
    """Like SIGTERM, with code 0."""
    listen = f"127.0.0.1:{ports.free_port()}"
    with Process(python("-m", "gateway", "local", "--listen", listen, "--engine", "tone")) as program:
        program.wait_for(lambda line: line.get("event") == "embedded.ready")
        assert program.stop(how=signal.SIGINT) == 0
