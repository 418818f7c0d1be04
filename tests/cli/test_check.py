"""`gateway check`."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.conftest import Run


def test_good_plans_are_counted(gateway: Run, dialplans: Path) -> None:
    """The working directory's folder is looked at unless another is named."""
    for told in (gateway("check"), gateway("check", str(dialplans))):
        assert told.code == 0
        assert "1 plan, 1 number" in told.out
        assert "0 errors" in told.out


def test_a_typo_is_shown_with_its_place(gateway: Run, dialplans: Path) -> None:
    """File, line, key and what was probably meant; the code says that something is wrong."""
    (dialplans / "agent.yaml").write_text("numbers: [100]\nagent:\n  voise: heart\n")
    told = gateway("check")
    assert told.code == 1
    assert "agent.yaml:3:" in told.out
    assert "voise" in told.out
    assert "voice" in told.out
    assert told.err == ""


def test_the_settings_are_checked_too(gateway: Run, dialplans: Path) -> None:
    """gateway.yaml, or the file that is named: every mistake with its place, and nothing on stderr."""
    other = dialplans.parent / "other.yaml"
    other.write_text("max_cals: 7\nproviders:\n  lab: {like: openay}\n")
    told = gateway("check", "--config", str(other))
    assert told.code == 1
    assert f"{other}:1:1: max_cals: unknown key; did you mean 'max_calls'?" in told.out
    assert f"{other}:3:9: providers.lab.like: 'openay': did you mean 'openai'?" in told.out
    assert told.err == ""
    other.write_text("journal: /nowhere/at/all\n")
    told = gateway("check", "--config", str(other))
    assert told.code == 1
    assert f"{other}:1:1: journal: '/nowhere/at/all': there is no folder /nowhere/at" in told.out
    assert "0 errors" in told.out  # of the plans, which are looked at all the same


def test_a_missing_key_is_an_error_unless_keys_are_elsewhere(
    gateway: Run, dialplans: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With the place of the provider, and what to set; --no-secrets is for machines that have none."""
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    (dialplans / "agent.yaml").write_text("numbers: [100]\nagent:\n  provider: openai\n")
    told = gateway("check")
    assert told.code == 1
    assert "agent.yaml:3:3: agent.provider: 'openai': no key: set OPENAI_API_KEY to yours" in told.out
    told = gateway("check", "--no-secrets")
    assert told.code == 0
    assert "warning: agent.provider" in told.out
    monkeypatch.setenv("OPENAI_API_KEY", "sk-1")
    assert gateway("check").code == 0
