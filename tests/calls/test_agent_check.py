"""What an agent would meet at its providers."""

from __future__ import annotations

from pathlib import Path

from gateway.calls.agent_check import AgentChecks
from gateway.dialplan import check

KEYS = {"OPENAI_API_KEY": "sk"}


def said(folder: Path, agent: str) -> list[str]:
    (folder / "a.yaml").write_text(f"numbers: ['1']\nagent: {{{agent}}}\n")
    report = check(folder, agents=AgentChecks({}, KEYS))
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


def test_a_lack_is_told_as_well(tmp_path: Path) -> None:
    """With the settings of the others."""
    (line,) = said(tmp_path, "provider: azure, temperature: 0.8")
    assert "set AZURE_OPENAI_ENDPOINT" in line
