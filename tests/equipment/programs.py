"""The gateway and the embedded realtime server as processes, with the ports and plans of a test."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from pathlib import Path

import yaml

from gateway.records.call_record import CallRecord
from gateway.records.store.opening import open_records
from gateway.records.store.question import Question
from tests.equipment import ports
from tests.equipment.process import Line, Process, python

READY_WITHIN = 30.0
"""Patient seconds from start to the first call, speech engines included."""
RTP_PORTS = 400
"""Enough for 200 calls at once."""

Plan = Mapping[str, object]


class LocalServer(Process):
    """`gateway local`: the embedded realtime server on a port of its own."""

    def __init__(self, engine: str = "tone", *more: str) -> None:
        self.address = ("127.0.0.1", ports.free_port())
        listen = f"{self.address[0]}:{self.address[1]}"
        super().__init__(python("-m", "gateway", "local", "--listen", listen, "--engine", engine, *more))
        self.wait_for(lambda line: line.get("event") == "embedded.ready", READY_WITHIN, "embedded.ready")

    @property
    def url(self) -> str:
        """Where a plan finds it."""
        return f"ws://{self.address[0]}:{self.address[1]}/v1/realtime"


class Scripted(LocalServer):
    """`gateway local` with the `script` engine, and the script that it follows."""

    def __init__(self, script: Mapping[str, object], *more: str) -> None:
        self.folder = tempfile.TemporaryDirectory(prefix="script-")
        file = Path(self.folder.name, "script.yaml")
        file.write_text(yaml.safe_dump(dict(script), sort_keys=False), encoding="utf-8")
        super().__init__("script", "--script", str(file), *more)

    def stop(self, *arguments: object, **more: object) -> int:
        """Send SIGTERM and wait for the end."""
        try:
            return super().stop(*arguments, **more)  # type: ignore[arg-type]
        finally:
            self.folder.cleanup()


class Gateway(Process):
    """`gateway serve` with the given plans, by file name; ready when made."""

    def __init__(
        self,
        plans: Mapping[str, Plan],
        *more: str,
        env: Mapping[str, str] | None = None,
        sip_port: int | None = None,
        command: tuple[str, ...] = ("-m", "gateway"),
        rtp_ports: int = RTP_PORTS,
        wait: bool = True,
    ) -> None:
        self.sip = ("127.0.0.1", sip_port or ports.free_port())
        self.rtp = ports.free_range(rtp_ports)
        self.folder = tempfile.TemporaryDirectory(prefix="dialplans-")
        self._var = tempfile.TemporaryDirectory(prefix="var-")
        self.database = Path(self._var.name, "gateway.db")
        for name, plan in plans.items():
            self.write_plan(name, plan)
        options = ["--sip", f"{self.sip[0]}:{self.sip[1]}", "--rtp", f"{self.rtp[0]}-{self.rtp[1]}"]
        # Nobody else's embedded server may answer by chance: ours, if any, gets a port of its own.
        options += ["--dialplans", self.folder.name, "--local-listen", f"127.0.0.1:{ports.free_port()}"]
        self.control = Path(self._var.name, "control.sock")
        own = {"GATEWAY_RECORDS__DATABASE": str(self.database), "GATEWAY_CONTROL": str(self.control)}
        own["GATEWAY_RECORDS__SPOOL"] = str(Path(self._var.name, "spool"))
        own["GATEWAY_LIMITS__LOAD"] = "false"  # a machine that is busy with tests carries few calls
        env = {**own, **(env or {})}
        super().__init__(python(*command, "serve", *options, *more), env=env)
        if wait:
            try:
                self.answering()
            except BaseException:
                self.stop()
                raise

    def answering(self) -> Line:
        """Wait until it takes calls."""
        return self.wait_for(lambda line: line.get("event") == "gateway.ready", READY_WITHIN, "gateway.ready")

    def write_plan(self, name: str, plan: Plan) -> Path:
        """Write (or change) one of its plans."""
        path = Path(self.folder.name, f"{name}.yaml")
        path.write_text(yaml.safe_dump(dict(plan), sort_keys=False), encoding="utf-8")
        return path

    def records(self) -> list[CallRecord]:
        """Return what is kept of its calls, the newest first."""
        with open_records(self.database, only_read=True) as records:
            return list(records.find(Question(most=10_000)))

    def ended_calls(self) -> list[Line]:
        """The canonical line of every call that is over."""
        return self.events("call.ended")

    def stop(self, *arguments: object, **more: object) -> int:
        """Send SIGTERM and wait for the end."""
        try:
            return super().stop(*arguments, **more)  # type: ignore[arg-type]
        finally:
            self.folder.cleanup()
            self._var.cleanup()


def agent(number: str, url: str, *, model: str = "tone", voice: str = "tone-440-3s", **plan: object) -> Plan:
    """Make a plan in which a number reaches a realtime model."""
    own = {"url": url, "model": model, "voice": voice, "provider": "local", **_mapping(plan.pop("agent", {}))}
    return {"numbers": [number], "agent": own, **plan}


def _mapping(value: object) -> dict[str, object]:
    assert isinstance(value, dict)
    return value
