"""Commands run in this process, as a person types them."""

from __future__ import annotations

import logging
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import structlog
import yaml

from gateway import cli

PLAN = {"numbers": ["100"], "agent": {"voice": "heart"}}


@pytest.fixture(autouse=True)
def _elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Neither a gateway.yaml nor the environment of who runs the tests counts; logging is as before."""
    monkeypatch.chdir(tmp_path)
    for name in ("GATEWAY_DIALPLANS", "GATEWAY_SIP", "GATEWAY_LOG_LEVEL"):
        monkeypatch.delenv(name, raising=False)
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield
    root.handlers[:] = handlers
    root.setLevel(level)
    structlog.reset_defaults()


@pytest.fixture
def dialplans(tmp_path: Path) -> Path:
    """A folder with one plan."""
    folder = tmp_path / "dialplans"
    folder.mkdir()
    (folder / "agent.yaml").write_text(yaml.safe_dump(PLAN))
    return folder


class Told:
    """What a command said, and its exit code."""

    def __init__(self, code: object, out: str, err: str) -> None:
        self.code = code
        self.out = out
        self.err = err


Run = Callable[..., Told]


@pytest.fixture
def gateway(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """Run a command in this process."""

    def run(*arguments: str) -> Told:
        monkeypatch.setattr(sys, "argv", ["gateway", *arguments])
        with pytest.raises(SystemExit) as ended:
            cli.main()
        said = capsys.readouterr()
        return Told(ended.value.code, said.out, said.err)

    return run
