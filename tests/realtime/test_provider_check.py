"""What an agent lacks is told before a caller meets it."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from gateway.dialplan import Agent, check
from gateway.realtime.custom_provider import CustomProvider
from gateway.realtime.provider_check import ProviderCheck, stages
from tests.equipment.certificates import Authority

KEYS = {"OPENAI_API_KEY": "sk-1", "AZURE_OPENAI_API_KEY": "k"}


def said(
    folder: Path,
    agent: str,
    environment: Mapping[str, str] | None = None,
    custom: Mapping[str, Any] | None = None,
) -> list[str]:
    """Write a plan with this agent, and return what is said of it."""
    (folder / "a.yaml").write_text(f"numbers: ['1']\nagent: {{{agent}}}\n")
    own = {name: CustomProvider.model_validate(keys) for name, keys in (custom or {}).items()}
    report = check(folder, agents=ProviderCheck(own, environment or {}))
    assert all(problem.unready or problem.warning for problem in report.problems)
    return [str(problem).partition("a.yaml:2:")[2] for problem in report.problems]


@pytest.mark.parametrize(
    ("agent", "environment", "words"),
    [
        ("provider: openai", {}, "9: agent.provider: 'openai': no key: set OPENAI_API_KEY"),
        ("provider: openai", {"OPENAI_API_KEY": " "}, "no key: set OPENAI_API_KEY"),
        ("provider: openai", {"OPENAI_API_KEY": "sk\nsk"}, "characters that no key has"),
        ("provider: openai", {"OPENAI_API_KEY": '"sk-1"'}, "has quotes around it"),
        ("provider: openai", {"OPENAI_API_KEY": "Bearer sk-1"}, "begins with 'Bearer'"),
        ("provider: azure", {}, "no address: set AZURE_OPENAI_ENDPOINT"),
        ("provider: azure", {**KEYS, "AZURE_OPENAI_ENDPOINT": "a b"}, "not a host"),
        ("provider: azure", {"AZURE_OPENAI_ENDPOINT": "https://x.openai.azure.com"}, "AZURE_OPENAI_API_KEY"),
        ("fallback: [{provider: openai}]", {}, "21: agent.fallback.0.provider: 'openai': no key"),
        ("provider: openai, url: 'wss://x.example/v1'", {}, "warning: agent.url: x.example is sent no key"),
    ],
)
def test_what_is_missing_has_its_line(
    tmp_path: Path, agent: str, environment: dict[str, str], words: str
) -> None:
    """The place in the plan, the variable, the cure."""
    (line,) = said(tmp_path, agent, environment)
    assert words in line
    assert "sk" not in line.replace("asks", "")


def test_who_has_all_is_left_alone(tmp_path: Path) -> None:
    """Keys of the environment, keys of the plan, none where none is wanted."""
    at_azure = {**KEYS, "AZURE_OPENAI_ENDPOINT": "https://x.openai.azure.com/"}
    for agent, environment in (
        ("provider: openai", KEYS),
        ("provider: openai, api_key: '${MINE}'", {"MINE": "k"}),
        ("provider: azure", at_azure),
        ("provider: local", {}),
        ("provider: local, url: 'ws://10.0.0.7/v1'", {}),
        ("provider: compatible, url: 'ws://10.0.0.7/v1'", {}),
    ):
        assert [line for line in said(tmp_path, agent, environment) if "${" not in line] == []


def test_a_providers_own_secrets_and_files_are_looked_for(tmp_path: Path) -> None:
    """Named with their key in gateway.yaml; a certificate is really loaded."""
    authority = Authority(tmp_path)
    other, ours = authority.gives("other"), authority.gives("ours")
    for keys, words in (
        (
            {"api_key": "${LAB}"},
            "gateway.yaml: providers.lab.api_key: the environment variable LAB is not set",
        ),
        ({"tls": {"ca": str(tmp_path / "no")}}, "gateway.yaml: providers.lab.tls.ca: "),
        (
            {"tls": {"certificate": str(ours.certificate), "key": str(other.key)}},
            "providers.lab.tls.key: ",
        ),
    ):
        (line,) = said(tmp_path, "provider: lab", custom={"lab": {"url": "wss://x/v1", **keys}})
        assert words in line
    tls = {"ca": str(authority.file), "certificate": str(ours.certificate), "key": str(ours.key)}
    assert said(tmp_path, "provider: lab", custom={"lab": {"url": "wss://x/v1", "tls": tls}}) == []


def test_each_stage_has_its_place() -> None:
    """The agent's own, and one for each fallback."""
    agent = Agent.model_validate({"fallback": [{"provider": "azure"}]})
    assert [(path, stage.provider) for path, stage in stages(agent)] == [
        ((), "local"),
        (("fallback", 0), "azure"),
    ]
