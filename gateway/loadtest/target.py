"""The gateway under test with its surroundings: started for the purpose, or one that is there already."""

from __future__ import annotations

import contextlib
import os
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from gateway import port_owner
from gateway.loadtest import dialplan, processes
from gateway.loadtest.processes import Program, python
from gateway.loadtest.settings import LoadSettings

RTP_SPARE = 200
"""Ports beyond two a call: calls that have ended keep theirs until the last BYE is answered."""
EXEMPT = {"GATEWAY_LIMITS__SOURCES__EXEMPT": '["127.0.0.1"]'}
"""All callers of a load test are one source, and ring faster than any honest one would at first."""
PATH = "/v1/realtime"
READY = "gateway.ready", "= answering"
"""What a gateway says when it takes calls; early commits, which `tests.bench pairs` rings, say the latter."""
CERTIFICATE = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2")


@dataclass(frozen=True)
class Rig:
    """What SIPp rings."""

    sip: tuple[str, int]
    rtp: tuple[int, int] | None
    """The gateway's ports for audio; None: unknown, it is not ours."""
    pids: dict[str, int]
    """Of the programs that are ours."""
    journal: Path
    idle_mb: float = 0.0
    """Memory of the gateway before its first call."""
    light: tuple[str, int] | None = None
    """Where a light server is, which can be asked what it has heard."""


@contextlib.contextmanager
def rig(settings: LoadSettings, calls: int, folder: Path) -> Iterator[Rig]:
    """Have a gateway ready for so many calls at once."""
    journal = folder / "journal"
    if settings.address is not None:
        yield Rig(settings.address, None, {}, journal)
        return
    with pinned(settings) as before_gateway, model_server(settings, folder) as (server, url):
        plans = folder / "dialplans"
        plans.mkdir()
        dialplan.write(plans, url, settings, calls, settings.engine)
        rtp = processes.free_range(2 * calls + RTP_SPARE)
        while rtp[0] <= (sip := processes.free_port()) <= rtp[1]:
            pass  # the call that gets that port for its audio would fail
        command = [*before_gateway, *(settings.command or python("-m", "gateway"))]
        command += ["serve", "--sip", f"127.0.0.1:{sip}", "--rtp", f"{rtp[0]}-{rtp[1]}", "--no-local"]
        command += ["--dialplans", str(plans), "--journal", str(journal)]
        with Program("gateway", command, folder, env=_environment(settings, folder)) as gateway:
            gateway.wait_for(*READY)
            pids = {"gateway": gateway.pid, "server": server.pid}
            light = address(url) if settings.uses_light else None
            yield Rig(("127.0.0.1", sip), rtp, pids, journal, processes.rss_mb(gateway.pid), light)


def peer(settings: LoadSettings, rig: Rig) -> Rig:
    """Return the peer as something to be rung, with the cost of the process that has its port.

    It has no journal that we know, and tones of its own.
    """
    assert settings.peer is not None
    owner = port_owner.find(settings.peer[1])
    pids = {"server": rig.pids["server"]} | ({} if owner is None else {"gateway": owner.pid})
    idle = 0.0 if owner is None else processes.rss_mb(owner.pid)
    return Rig(settings.peer, None, pids, rig.journal.with_name("none"), idle, rig.light)


def address(url: str) -> tuple[str, int]:
    """Return where the agents' server listens."""
    host, _, port = url.removesuffix(PATH).rpartition("/")[2].rpartition(":")
    return host, int(port)


def _environment(settings: LoadSettings, folder: Path) -> dict[str, str]:
    env = {**EXEMPT, "GATEWAY_RECORDS__DATABASE": str(folder / "gateway.db"), "GATEWAY_CONTROL": "off"}
    env["GATEWAY_LIMITS__LOAD"] = "on" if settings.refuse else "off"
    if settings.tls:
        env["SSL_CERT_FILE"] = str(folder / "model.pem")
    return env


@contextlib.contextmanager
def model_server(settings: LoadSettings, folder: Path) -> Iterator[tuple[Program, str]]:
    """Run the agents' server; return it and its URL."""
    host, port = settings.model or ("127.0.0.1", processes.free_port())
    listen = f"{host}:{port}"
    serving = python("-m", "gateway", "local", "--listen", listen, "--engine", settings.engine)
    if settings.uses_light:
        serving = python("-m", "gateway.loadtest.model_server", listen)
    if settings.tls:
        certificate, key = str(folder / "model.pem"), str(folder / "model.key")
        whose = ("-subj", "/CN=model", "-addext", "subjectAltName=IP:127.0.0.1")
        made = ("openssl", "req", "-x509", *CERTIFICATE, *whose, "-keyout", key, "-out", certificate)
        subprocess.run(made, check=True, capture_output=True, timeout=60)  # noqa: S603 - our own command
        serving += ["--tls-cert", certificate, "--tls-key", key]
    with Program("server", serving, folder) as server:
        server.wait_for("embedded.ready")
        yield server, f"{'wss' if settings.tls else 'ws'}://{listen}{PATH}"


@contextlib.contextmanager
def pinned(settings: LoadSettings) -> Iterator[tuple[str, ...]]:
    """Leave the first core to the gateway, if so wanted; return what its command has to begin with."""
    if not settings.pin:
        yield ()
        return
    before = os.sched_getaffinity(0)
    first, *others = sorted(before)
    os.sched_setaffinity(0, others or [first])
    try:
        yield "taskset", "-c", str(first)
    finally:
        os.sched_setaffinity(0, before)
