"""A thousand plans: loading and checking them, and finding the one for a call."""

from __future__ import annotations

import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path

from gateway.call import CallInfo, Party
from gateway.dialplan import Dialplan, Routed, check
from gateway.tools.catalog import ToolCatalog
from tests.bench.figures import Figure, percentile

PLANS = 1000
PATTERNS = 200
CALLS = 5000
NOON = datetime(2026, 11, 24, 17, 0, tzinfo=UTC)
PROVIDERS = {"openai": ["marin"], "local": None}

PLAN = """# yaml-language-server: $schema=schema.json
numbers: [{numbers}]
from: {{deny: [anonymous, "+1900*"]}}
timezone: America/New_York
hours: {{open: ["Mon-Fri 09:00-17:30", "Sat 10:00-14:00"], holidays: ["12-25"], closed: plan0}}
answer: {{when: ready, greeting: "Thanks for calling shop {number}.", interruptible: false}}
agent:
  provider: openai
  model: gpt-realtime-2.1
  voice: marin
  instructions: |
    You are the receptionist of shop {number}. The caller is {{caller.number}}, for {{called.number}}.
    Be brief.
  turn_detection: {{type: server_vad, threshold: 0.5, silence_duration_ms: 500}}
  tools: [hang_up]
barge_in: {{enabled: true, ignore_first_ms: 200}}
limits: {{max_calls: 20, max_duration: 30m, max_silence: 45s, max_cost_usd: 2.00}}
on_failure: {{say: "Sorry, we cannot take your call right now."}}
"""


async def run() -> list[Figure]:
    """Load, then match calls of every kind, none of them like the one before."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for number in range(PLANS):
            (folder / f"plan{number}.yaml").write_text(_plan(number), encoding="utf-8")
        begin = time.perf_counter()
        report = check(folder, region="US", providers=PROVIDERS, tools=ToolCatalog)
        loading = time.perf_counter() - begin
    plans = report.dialplan
    assert plans is not None, report.problems
    name = f"dialplan, {PLANS} plans"
    return [
        Figure(name, "load and check", loading, "s", 2),
        *_match(plans, name, "an exact number", lambda n: f"+1555{n % PLANS:07}"),
        *_match(plans, name, "a pattern", lambda n: f"+1666{n % PATTERNS * 5:04}{n % 1000:03}"),
        *_match(plans, name, "a national number", lambda n: f"555{n % PLANS:07}"),
        *_match(plans, name, "no plan", lambda n: f"+49{n + 10**9}", found=False),
    ]


def _plan(number: int) -> str:
    """Write a plan with an exact number, every fifth with a pattern, plan 0 always open."""
    numbers = [f'"+1555{number:07}"']
    if number % 5 == 0:
        numbers.append(f'"+1666{number:04}{"XXX" if number % 2 else "*"}"')
    text = PLAN.format(numbers=", ".join(numbers), number=number)
    return text if number else text.replace("hours:", "# hours:")


def _match(plans: Dialplan, name: str, what: str, user: object, *, found: bool = True) -> list[Figure]:
    assert callable(user)
    calls = [CallInfo("c", "s", Party("+15559990001"), Party(user(n)), Party(user(n))) for n in range(CALLS)]
    took = []
    for call in calls:
        begin = time.perf_counter()
        routed = plans.route(call, NOON)
        took.append((time.perf_counter() - begin) * 1e6)
        assert isinstance(routed, Routed) is found
    return [
        Figure(name, f"match {what}, median", percentile(took, 50), "us", 50),
        Figure(name, f"match {what}, p99", percentile(took, 99), "us"),
    ]
