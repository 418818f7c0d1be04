import importlib
from pathlib import Path

import pytest

from deploy.pjsip import cache, packages, source
from tests.deploy.archives import pjproject

program = importlib.import_module("deploy.pjsip.__main__")


@pytest.fixture(autouse=True)
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty cache, and a user's environment that says nothing."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.delenv("PJPROJECT", raising=False)
    monkeypatch.delenv("PJPROJECT_SHA256", raising=False)
    return cache.folder({"XDG_CACHE_HOME": str(tmp_path / "cache")})


def test_wheel_in_the_cache_is_given_without_asking_anyone(
    store: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The second time needs no mirror and no compiler."""
    monkeypatch.setattr(packages, "missing", list)
    for module, name in [(packages, "install"), (source, "from_debian"), (source, "given")]:
        monkeypatch.delattr(module, name)
    (tmp_path / "pjsua2-2.17-x.whl").touch()
    request = cache.request(cache.recipe(), "debian", program._os_release())
    kept = cache.keep(store, request, tmp_path / "pjsua2-2.17-x.whl")
    assert program.main([]) == 0
    assert capsys.readouterr().out == f"{kept}\n"


def test_user_who_is_not_root_reads_one_line(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Missing packages end the program with 1 and the command that helps."""
    monkeypatch.setattr(packages, "missing", lambda: ["swig"])
    monkeypatch.setattr(program.os, "geteuid", lambda: 1000)
    assert program.main([]) == 1
    said = capsys.readouterr()
    assert said.err.splitlines()[-1] == (
        "pjsip: cannot be built here: packages are missing: sudo apt-get install swig"
    )
    assert said.out == ""


def test_old_release_ends_with_one_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The user's own archive is looked at before anything is compiled."""
    monkeypatch.setattr(packages, "missing", list)
    archive = pjproject(tmp_path / "old.tar.xz", minor="12")
    assert program.main(["--source", str(archive)]) == 1
    assert "PJSIP 2.12 is too old" in capsys.readouterr().err.splitlines()[-1]
