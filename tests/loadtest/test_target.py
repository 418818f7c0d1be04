"""What is rung is there while the context lasts."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from gateway.loadtest import processes
from gateway.loadtest.settings import LoadSettings
from gateway.loadtest.target import Rig, peer, rig

GATEWAY = """
import os, sys, time
print(sys.argv[1:], os.environ["GATEWAY_LIMITS__SOURCES__EXEMPT"])
print(sorted(os.sched_getaffinity(0)), os.environ["GATEWAY_LIMITS__LOAD"], os.environ.get("SSL_CERT_FILE"))
print('{"event": "gateway.ready"}', flush=True)
time.sleep(60)
"""


def test_a_gateway_of_our_own(tmp_path: Path) -> None:
    """Server, plans and gateway, with room for the calls; all are gone afterwards."""
    program = tmp_path / "gateway.py"
    program.write_text(GATEWAY)
    settings = LoadSettings(calls=5, command=(sys.executable, str(program)))
    with rig(settings, 5, tmp_path) as ready:
        assert set(ready.pids) == {"gateway", "server"}
        assert ready.rtp is not None
        assert ready.rtp[1] - ready.rtp[0] >= 10
        assert len(list((tmp_path / "dialplans").iterdir())) == 5
        told = (tmp_path / "gateway.log").read_text()
        assert str(ready.journal) in told
        assert '["127.0.0.1"]' in told  # callers of a load test are one source, and not judged as one
    assert not [pid for pid in ready.pids.values() if Path(f"/proc/{pid}").exists()]


def test_its_sip_port_is_none_of_its_audios(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The kernel hands one out that lies there, and then another: a call could not have both."""
    program = tmp_path / "gateway.py"
    program.write_text(GATEWAY)
    free, found = processes.free_port(), iter([20_002, 20_001])
    monkeypatch.setattr(processes, "free_range", lambda _count: (20_000, 20_010))
    monkeypatch.setattr(processes, "free_port", lambda: next(found, free))
    settings = LoadSettings(calls=1, command=(sys.executable, str(program)), model=("127.0.0.1", free))
    with rig(settings, 1, tmp_path) as ready:
        assert (ready.sip[1], ready.rtp) == (free, (20_000, 20_010))


def test_a_core_of_its_own_and_tls(tmp_path: Path) -> None:
    """The gateway has the first core, everything else the others; it trusts its agents' certificate."""
    program = tmp_path / "gateway.py"
    program.write_text(GATEWAY)
    cores = os.sched_getaffinity(0)
    first, *others = sorted(cores)
    settings = LoadSettings(calls=1, command=(sys.executable, str(program)), pin=True, tls=True, refuse=True)
    with rig(settings, 1, tmp_path) as ready:
        assert os.sched_getaffinity(0) == os.sched_getaffinity(ready.pids["server"]) == set(others or [first])
        told = (tmp_path / "gateway.log").read_text()
        assert f"[{first}] on {tmp_path / 'model.pem'}" in told
        assert "wss://127.0.0.1:" in (tmp_path / "dialplans" / "caller-0001.yaml").read_text()
    assert os.sched_getaffinity(0) == cores


def test_a_peer_is_measured_by_its_port(tmp_path: Path) -> None:
    """The process that listens there is what costs; the server is the one that our own gateway has."""
    rung = Rig(("127.0.0.1", 1), (2, 3), {"gateway": 4, "server": 5}, tmp_path / "journal", 6.0)
    listens = "import socket, time; s = socket.create_server(('127.0.0.1', 0)); "
    listens += "print(s.getsockname()[1], flush=True); time.sleep(60)"
    with subprocess.Popen([sys.executable, "-c", listens], stdout=subprocess.PIPE, text=True) as other:
        try:
            assert other.stdout is not None
            where = ("127.0.0.1", int(other.stdout.readline()))
            found = peer(LoadSettings(peer=where), rung)
        finally:
            other.kill()
    assert (found.sip, found.rtp, found.pids) == (where, None, {"gateway": other.pid, "server": 5})
    assert found.idle_mb > 1


def test_a_gateway_that_is_there(tmp_path: Path) -> None:
    """Nothing is started, and nothing is known of its ports and processes."""
    with rig(LoadSettings(address=("127.0.0.1", 5099)), 5, tmp_path) as ready:
        assert (ready.sip, ready.rtp, ready.pids) == (("127.0.0.1", 5099), None, {})
