"""Who holds a port of this machine."""

from __future__ import annotations

import socket
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from gateway import port_owner
from gateway.port_owner import Owner, find, holder, in_use
from tests.equipment import ports
from tests.equipment.process import Process, python

HOLD = """
import signal, socket, sys
kind = socket.SOCK_DGRAM if sys.argv[-1] == "udp" else socket.SOCK_STREAM
held = socket.socket(socket.AF_INET6 if ":" in sys.argv[-2] else socket.AF_INET, kind)
held.bind((sys.argv[-2], 0))
kind == socket.SOCK_STREAM and held.listen()
print('{"port": %d}' % held.getsockname()[1], flush=True)
sys.stdin.read()
"child" in sys.argv or signal.pause()
"""


@contextmanager
def holding(host: str, kind: str, command: tuple[str, ...] = ("-c", HOLD)) -> Iterator[tuple[int, Process]]:
    """Have another process receive at a port."""
    with Process(python(*command, host, kind)) as process:
        yield process.wait_for(lambda line: "port" in line)["port"], process


@pytest.mark.parametrize("kind", ["udp", "tcp"])
@pytest.mark.parametrize("host", ["127.0.0.1", "0.0.0.0", "::1"])
def test_a_stranger_is_named(host: str, kind: str) -> None:
    """With what to type, and the option that helps, too."""
    with holding(host, kind) as (port, process):
        name = Path(sys.executable).name
        assert find(port) == Owner(process.pid, name)
        assert in_use("SIP address h:1", port, "--sip") == (
            f"SIP address h:1 is in use by pid {process.pid}, {name}: "
            f"stop it (kill {process.pid}), or choose another --sip"
        )


@pytest.fixture
def gateway(tmp_path: Path) -> str:
    """A program of that name: `serve` holds a port; `serve with VERB` has it held by a child, as VERB."""
    program = tmp_path / "gateway"
    program.write_text(
        "import subprocess, sys\n"
        "if sys.argv[2] == 'with':\n"
        "    command = [sys.executable, sys.argv[0], sys.argv[3], 'child', *sys.argv[4:]]\n"
        "    subprocess.Popen(command, stdin=subprocess.PIPE).wait()\n" + HOLD
    )
    return str(program)


@pytest.mark.parametrize("arguments", [("serve",), ("serve", "with", "local"), ("serve", "with", "serve")])
def test_an_earlier_gateway_is_named_as_such(gateway: str, arguments: tuple[str, ...]) -> None:
    """It is the one to stop where its embedded agent has the port, or a worker: it would start another."""
    with holding("127.0.0.1", "tcp", (gateway, *arguments)) as (port, process):
        owner = find(port)
        assert (holder(port) == process.pid) is ("with" not in arguments)
    assert owner is not None
    assert str(owner) == f"pid {process.pid}, an earlier gateway"


def test_an_embedded_agent_without_a_gateway_is_a_program_like_others(gateway: str) -> None:
    """Somebody has started it by hand."""
    with holding("127.0.0.1", "tcp", (gateway, "local")) as (port, process):
        assert find(port) == Owner(process.pid, Path(sys.executable).name)


def test_only_who_receives_counts() -> None:
    """Not a port that nobody has, our own sockets, nor a connection that has the port at its end."""
    assert find(ports.free_port()) is None
    with socket.create_server(("127.0.0.1", 0)) as ours:
        assert find(ours.getsockname()[1]) is None


def test_a_port_whose_owner_is_not_seen_is_in_use_all_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Another user's, or on a system without /proc."""
    monkeypatch.setattr(port_owner, "PROC", tmp_path)
    assert in_use("SIP address h:1", 1, "--sip").startswith("SIP address h:1 is in use: stop the program")
    net = tmp_path / "self/net"
    net.mkdir(parents=True)
    heading = (
        "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n"
    )
    (net / "udp").write_text(heading + "   1: 0100007F:13C4 00000000:0000 07 0:0 00:0 0 0 0 4711 2 0 0\n")
    (tmp_path / "1").mkdir()
    assert find(0x13C4) is None


def test_the_look_ends_on_a_machine_with_very_many_processes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nobody waits long for a message."""
    with holding("127.0.0.1", "udp") as (port, _):
        monkeypatch.setattr(port_owner, "LOOK_S", -1)
        assert find(port) is None
