"""Whole rehearsals: a gateway, a model by script, a phone; and the shipped ones."""

from __future__ import annotations

import io
from pathlib import Path
from xml.etree import ElementTree as Xml

import pytest
from rich.console import Console

from gateway.dialplan.problems import BadDialplan
from gateway.media.plane import native_available
from gateway.rehearsal.command import RehearsalOptions, providers_of, rehearse
from gateway.rehearsal.reading import read
from tests.equipment.process import ROOT

pytestmark = [
    pytest.mark.speech,
    pytest.mark.skipif(not native_available(), reason="the plans are the same in portable mode"),
]

PLAN = """
numbers: ["100"]
answer: {greeting: "Good day, this is the desk."}
agent: {provider: openai, model: gpt-realtime, voice: marin, instructions: Be brief., tools: [hang_up]}
"""
REFUSES = """
numbers: ["200"]
reject: {status: 486}
"""
PUTS_THROUGH = """
numbers: ["300"]
answer: {greeting: "Good day, this is the switchboard."}
agent: {provider: openai, model: gpt-switch, voice: marin, instructions: Be brief., tools: [transfer]}
targets:
  sales: {to: "sip:200@pbx.example.com"}
  support: {to: "sip:300@pbx.example.com"}
"""
MODEL = """
hears: [what time is it]
answers:
  - do: [{say: "Good day, this is the desk."}]
  - do: [{say: "It is nine."}]
  - do: [{say: "Goodbye."}, {call: hang_up, arguments: {}}]
models:
  gpt-switch:
    answers:
      - do: [{say: "Good day, this is the switchboard."}]
      - do: [{call: transfer, arguments: {target: support, summary: "A caller."}}]
      - do: [{say: "Support is busy."}, {call: transfer, arguments: {target: sales, summary: "A caller."}}]
"""
REHEARSALS = """
model: model.yaml
targets: {support: busy}
rehearsals:
  is put through:
    call: 300
    steps:
      - {heard: switchboard}
      - {say: "Support, please.", heard: [busy, through to sales]}
    expect: {transferred_to: sales, plans: switch, judged: Support is busy.}
  asks for the time:
    call: {to: 100, from: "+15559990001"}
    steps:
      - {say: What time is it?, heard: nine, within: 10s}
    expect: {plans: plan, dead_air: 10s, tools: []}
  is disappointed:
    call: 100
    steps: [{say: What time is it?, heard: ten o'clock}]
    expect: {ended_by: agent}
  rings a number that refuses:
    call: 200
    expect: {status: 486, reason: rejected_by_plan}
"""


async def _rehearse(*places: Path, **options: object) -> tuple[bool, str]:
    pytest.importorskip("moonshine_voice", reason="needs the speech engines: pip install -e '.[local]'")
    console = Console(width=120, file=io.StringIO(), highlight=False)
    with console.capture() as printed:
        well = await rehearse(read(*places), RehearsalOptions(**options), console)  # type: ignore[arg-type]
    return well, printed.get()


async def test_what_goes_well_and_what_does_not(tmp_path: Path) -> None:
    """A model by script, no key: the failed call is shown whole, and kept; the others go on."""
    folder = tmp_path / "rehearsals"
    folder.mkdir()
    (tmp_path / "plan.yaml").write_text(PLAN)
    (tmp_path / "refuses.yaml").write_text(REFUSES)
    (tmp_path / "switch.yaml").write_text(PUTS_THROUGH)
    (folder / "desk.yaml").write_text(REHEARSALS)
    (folder / "model.yaml").write_text(MODEL)
    kept, results = tmp_path / "failed", tmp_path / "results.xml"
    well, told = await _rehearse(folder / "desk.yaml", keep=kept, junit=results)
    assert not well
    assert "✓ desk: asks for the time" in told
    assert "✓ desk: rings a number that refuses" in told
    assert "✓ desk: is put through" in told, told
    assert '✗ heard "ten o\'clock"  heard: ' in told
    assert "✗ ended by the agent  by the caller: caller_hung_up" in told
    assert "4 calls in" in told
    names = ["desk-is-disappointed.png", "desk-is-disappointed.wav"]
    assert sorted(file.name for file in kept.iterdir()) == names
    suite = Xml.parse(results).find("testsuite")
    assert suite is not None
    assert (suite.get("tests"), suite.get("failures")) == ("4", "1")


async def test_plans_that_cannot_be_used(tmp_path: Path) -> None:
    """Each call says so; nothing is left behind."""
    folder = tmp_path / "rehearsals"
    folder.mkdir()
    (tmp_path / "plan.yaml").write_text("numbres: [1]\n")
    (folder / "desk.yaml").write_text("rehearsals: {hello: {call: 100}}\n")
    well, told = await _rehearse(folder / "desk.yaml", keep=tmp_path / "failed")
    assert not well
    assert "numbres" in told
    assert "1 call in" in told


async def test_the_recipes_and_the_shipped_plans() -> None:
    """Every rehearsal of docs/recipes and dialplans, with the embedded agent."""
    well, told = await _rehearse(ROOT / "docs/recipes", ROOT / "dialplans", at_once=16)
    assert well, told


def test_whom_a_model_stands_in_for(tmp_path: Path) -> None:
    (tmp_path / "plan.yaml").write_text(PLAN)
    assert providers_of(tmp_path) == {"openai"}
    (tmp_path / "plan.yaml").write_text("numbres: [1]\n")
    with pytest.raises(BadDialplan):
        providers_of(tmp_path)
