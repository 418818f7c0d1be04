"""When, with what and on which machine."""

from __future__ import annotations

import subprocess
from datetime import UTC, datetime
from pathlib import Path

import pytest

from gateway.loadtest import circumstances as module
from gateway.loadtest.circumstances import circumstances

NOW = datetime(2026, 11, 27, 16, 3, tzinfo=UTC)


def test_a_figure_can_be_compared() -> None:
    """Each circumstance is a line that says something."""
    told = circumstances(NOW, ["loadtest", "--calls", "20", "--html", "my page.html"]).as_dict()
    assert list(told) == ["date", "version", "machine", "system", "command"]
    assert datetime.strptime(told["date"], "%Y-%m-%d %H:%M %z") == NOW
    assert told["version"][0].isdigit()
    assert " cores, " in told["machine"]
    assert "Python 3." in told["system"]
    assert told["command"] == "gateway loadtest --calls 20 --html 'my page.html'"
    assert not [line for line in told.values() if "\n" in line]


def test_the_commit_is_told_where_there_is_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """With a word about files that were changed; an installed gateway has none, whatever is around it."""
    monkeypatch.setattr(module, "TOP", tmp_path)

    def git(*arguments: str) -> str:
        command = ["git", "-C", str(tmp_path), "-c", "user.name=a", "-c", "user.email=a@b", *arguments]
        return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()

    file = tmp_path / "file"
    git("init", "--quiet")
    file.write_text("a")
    git("add", "file")
    git("commit", "--quiet", "--message", "a")
    commit = git("rev-parse", "--short", "HEAD")
    assert circumstances(NOW, []).version.endswith(f" ({commit})")
    file.write_text("b")
    assert circumstances(NOW, []).version.endswith(f" ({commit}, changed)")
    monkeypatch.setattr(module, "TOP", tmp_path / "site-packages")
    assert "(" not in circumstances(NOW, []).version


def test_a_machine_without_those_files_has_circumstances_too(monkeypatch: pytest.MonkeyPatch) -> None:
    """No git, no os-release, a processor without a name."""
    monkeypatch.setenv("PATH", "/nowhere")
    monkeypatch.setattr(module, "_read", lambda _path: "processor : 0\n")

    def gone() -> dict[str, str]:
        raise OSError

    monkeypatch.setattr(module.platform, "freedesktop_os_release", gone)
    told = circumstances(NOW, [])
    assert told.machine.startswith(module.platform.machine())
    assert told.system.startswith("Linux, ")
