"""What an operator installs is accepted by those who read it: `python -m tests.proofs.operations`.

promtool (Debian's `prometheus`) checks and tries the alert rules, and reads every query of the dashboard;
systemd-analyze verifies the unit, with a program in place of ours, which is installed nowhere here.
"""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import yaml

from tests.equipment.process import ROOT
from tests.proofs import NOT_HERE

DEPLOY = ROOT / "deploy"
INTERVALS = {"$__rate_interval": "5m", "$__interval": "1m", "$__range": "1h"}
"""What Grafana puts into a query before Prometheus sees it."""


def accepted(*command: str | Path) -> bool:
    """Run a command and say how it went."""
    done = subprocess.run(command, check=False, capture_output=True, text=True)
    sys.stdout.write(
        f"{' '.join(map(str, command[:3]))}: exit code {done.returncode}\n".replace("\\\n", "\n")
    )
    sys.stdout.write(done.stdout + done.stderr)
    return done.returncode == 0


def queries() -> list[str]:
    """Return all queries of the dashboard, as Prometheus gets them."""
    dashboard = json.loads((DEPLOY / "grafana/sip-voice-gateway.json").read_text(encoding="utf-8"))
    found = [target["expr"] for panel in dashboard["panels"] for target in panel["targets"]]
    for name, value in INTERVALS.items():
        found = [query.replace(name, value) for query in found]
    return found


def prove(folder: Path) -> bool:
    """Have everything read."""
    asked = queries()
    rules = [{"record": f"dashboard:query_{number}", "expr": query} for number, query in enumerate(asked)]
    drawn = folder / "dashboard.yaml"
    drawn.write_text(yaml.safe_dump({"groups": [{"name": "dashboard", "rules": rules}]}), encoding="utf-8")
    unit = folder / "sip-voice-gateway.service"
    text = (DEPLOY / "systemd/sip-voice-gateway.service").read_text(encoding="utf-8")
    unit.write_text(re.sub(r"(?m)^(Exec\w+=)\S+", r"\1/bin/true", text), encoding="utf-8")
    sys.stdout.write(f"{len(asked)} queries of the dashboard\n")
    return all(
        [
            accepted("promtool", "check", "rules", DEPLOY / "prometheus/alerts.yaml"),
            accepted("promtool", "test", "rules", DEPLOY / "prometheus/alerts_test.yaml"),
            accepted("promtool", "check", "rules", drawn),
            accepted("systemd-analyze", "verify", unit),
        ]
    )


def main() -> int:
    """Prove it where there is who can read it."""
    if missing := [name for name in ("promtool", "systemd-analyze") if shutil.which(name) is None]:
        sys.stdout.write(f"not installed: {', '.join(missing)}\n")
        return NOT_HERE
    with tempfile.TemporaryDirectory() as name:
        return 0 if prove(Path(name)) else 1


if __name__ == "__main__":
    sys.exit(main())
