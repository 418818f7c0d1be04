"""The gateway under test with its surroundings: started for the purpose, or one that is there already."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from gateway.loadtest import dialplan, processes
from gateway.loadtest.processes import Program, python
from gateway.loadtest.settings import LoadSettings

RTP_SPARE = 200
"""Ports beyond two a call: calls that have ended keep theirs until the last BYE is answered."""
EXEMPT = {"GATEWAY_LIMITS__SOURCES__EXEMPT": '["127.0.0.1"]'}
"""All callers of a load test are one source, and ring faster than any honest one would at first."""


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


@contextlib.contextmanager
def rig(settings: LoadSettings, calls: int, folder: Path) -> Iterator[Rig]:
    """Have a gateway ready for so many calls at once."""
    journal = folder / "journal"
    if settings.address is not None:
        yield Rig(settings.address, None, {}, journal)
        return
    listen = f"127.0.0.1:{processes.free_port()}"
    own = settings.engine
    serving = python("-m", "gateway", "local", "--listen", listen, "--engine", own)
    with Program("server", serving, folder) as server:
        server.wait_for("embedded.ready")
        plans = folder / "dialplans"
        plans.mkdir()
        url = f"ws://{listen}/v1/realtime"
        dialplan.write(plans, url, settings, calls, own)
        sip, rtp = processes.free_port(), processes.free_range(2 * calls + RTP_SPARE)
        command = list(settings.command) or python("-m", "gateway")
        command += ["serve", "--sip", f"127.0.0.1:{sip}", "--rtp", f"{rtp[0]}-{rtp[1]}", "--no-local"]
        command += ["--dialplans", str(plans), "--journal", str(journal)]
        env = {**EXEMPT, "GATEWAY_RECORDS__DATABASE": str(folder / "gateway.db"), "GATEWAY_CONTROL": "off"}
        with Program("gateway", command, folder, env=env) as gateway:
            gateway.wait_for("gateway.ready")
            pids = {"gateway": gateway.pid, "server": server.pid}
            yield Rig(("127.0.0.1", sip), rtp, pids, journal, processes.rss_mb(gateway.pid))
