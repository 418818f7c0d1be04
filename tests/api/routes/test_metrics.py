"""`/metrics`, and that dashboard and alerts ask for what there is."""

from __future__ import annotations

import json
import re
from pathlib import Path

import yaml
from prometheus_client.parser import text_string_to_metric_families

from gateway.call import LegEnded
from tests.api.running_api import running_api
from tests.calls.test_registry import GONE

DEPLOY = Path(__file__).parents[3] / "deploy"


async def test_a_scrape(tmp_path: Path) -> None:
    """What is up, what was, and the process itself; in the format that Prometheus asks for."""
    async with running_api(tmp_path) as api:
        leg = await api.house.talking("c1")
        leg.happen(LegEnded(GONE))
        await api.house.over()
        api.house.call("c2", "999")  # which no plan wants
        await api.house.over()
        answer = await api.read.get("/metrics")
    assert answer.headers["content-type"].startswith("text/plain; version=0.0.4")
    found = {family.name: family for family in text_string_to_metric_families(answer.text)}
    assert found["gateway_calls"].samples[0].value == 1
    assert found["gateway_calls_unanswered"].samples[0].labels == {"status": "404"}
    assert found["gateway_process_open_fds"].samples[0].value > 3
    missing = asked_for() - {sample.name for family in found.values() for sample in family.samples}
    assert missing == set()


def asked_for() -> set[str]:
    """Return every metric that the dashboard and the alerts name."""
    dashboard = json.loads((DEPLOY / "grafana/sip-voice-gateway.json").read_text(encoding="utf-8"))
    rules = yaml.safe_load((DEPLOY / "prometheus/alerts.yaml").read_text(encoding="utf-8"))
    asked = [target["expr"] for panel in dashboard["panels"] for target in panel["targets"]]
    asked += [rule["expr"] for group in rules["groups"] for rule in group["rules"]]
    assert len(asked) > 30
    return {name for text in asked for name in re.findall(r"gateway_[a-z_]+", text)}
