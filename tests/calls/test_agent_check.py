"""What an agent would meet at its providers."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from gateway.calls.agent_check import AgentChecks
from gateway.dialplan import check
from gateway.realtime.custom_provider import CustomProvider
from gateway.realtime.price_book import PriceBook
from gateway.realtime.prices import Prices

KEYS = {"OPENAI_API_KEY": "sk"}


def said(folder: Path, agent: str, more: str = "", custom: Mapping[str, Any] | None = None) -> list[str]:
    (folder / "a.yaml").write_text(f"numbers: ['1']\nagent: {{{agent}}}\n{more}")
    own = {name: CustomProvider.model_validate(keys) for name, keys in (custom or {}).items()}
    report = check(folder, agents=AgentChecks(own, PriceBook(Prices.read(), own), KEYS))
    return [str(problem).partition("a.yaml:2:")[2] for problem in report.problems]


def test_what_a_model_does_not_take_is_a_warning_at_its_key(tmp_path: Path) -> None:
    """Once, though more than one provider of the plan does not."""
    assert said(tmp_path, "provider: openai, reasoning: low, speed: 1.1") == []
    (line,) = said(tmp_path, "provider: openai, temperature: 0.8, fallback: [{provider: local}]")
    assert line.startswith("27: warning: agent.temperature: not sent: openai speaks GA")
    (line,) = said(tmp_path, "provider: openai, model: gpt-realtime-1.5, reasoning: low")
    assert "agent.reasoning: not sent: gpt-realtime-1.5 at openai" in line
    (line,) = said(tmp_path, "provider: openai, transcription: {model: whisper-1, keywords: [a]}")
    assert "agent.transcription.keywords: not sent: whisper-1 does not take it" in line


def test_tool_servers_that_a_provider_cannot_call_are_told_of(tmp_path: Path) -> None:
    """The agent would do without their functions; a secret that is missing is told elsewhere."""
    far = "{url: https://x.example/mcp, mode: provider}"
    own = {"own": {"like": "compatible", "url": "ws://127.0.0.1:1", "model": "x"}}
    (told,) = said(tmp_path, f"provider: own, mcp: {{crm: {far}}}", custom=own)
    assert "agent.mcp.crm.mode" in told
    assert "not known to call MCP tools" in told
    secret = far.replace("mode:", 'headers: {Authorization: "${NO_SUCH_NAME}"}, mode:')
    found = said(tmp_path, f"provider: local, mcp: {{crm: {secret}}}")
    assert [one for one in found if "NO_SUCH_NAME is not set" in one]


def test_a_lack_is_told_as_well(tmp_path: Path) -> None:
    """With the settings of the others."""
    (line,) = said(tmp_path, "provider: azure, temperature: 0.8")
    assert "set AZURE_OPENAI_ENDPOINT" in line


LIMIT = "limits: {max_cost_usd: 1.00}\n"


def test_a_limit_that_cannot_count_all_is_told_of(tmp_path: Path) -> None:
    """Which model has no price, at its key, and where to give it one; without a limit nobody asks."""
    ours = "provider: openai, model: our-model, transcription: {model: our-ears}"
    assert said(tmp_path, ours) == []
    model, ears = said(tmp_path, ours, LIMIT)
    assert model.startswith(
        "27: warning: agent.model: 'our-model': no price of this model is known; limits.max"
    )
    assert ears.startswith(
        "61: warning: agent.transcription.model: 'our-ears': no price of this transcription"
    )
    assert "prices or deployments of its provider in gateway.yaml" in ears
    assert said(tmp_path, "provider: openai", LIMIT) == []
    assert said(tmp_path, "provider: local", LIMIT) == []


def test_prices_and_deployments_of_a_provider_count(tmp_path: Path) -> None:
    """An Azure deployment's own name stands for a model that has a price."""
    ours = "provider: eu, model: our-model, transcription: {model: our-ears}"
    eu = {"like": "openai", "deployments": {"our-model": "gpt-realtime-2.1", "our-ears": "whisper-1"}}
    assert said(tmp_path, ours, LIMIT, {"eu": eu}) == []
    prices = {
        "models": {"our-model": {"text": [1, 1, 1], "audio": [1, 1, 1]}},
        "transcription": {"our-ears": {"minute": 0.1}},
    }
    assert said(tmp_path, ours, LIMIT, {"eu": {"like": "openai", "prices": prices}}) == []
