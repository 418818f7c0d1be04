"""What was tested is what is installed: one file has the version of everything, and everybody uses it."""

import os
import re
import subprocess
import tomllib
from collections.abc import Iterator
from importlib import metadata
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from deploy import pins

ROOT = Path(__file__).parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
REQUIRED = pins.required(PROJECT)
DEPENDENCIES = [Requirement(text) for text in REQUIRED[pins.PINS]]


def lines(file: Path) -> list[str]:
    """Return the lines of a file of pins that are no comments."""
    return [line for line in file.read_text(encoding="utf-8").splitlines() if line.lstrip()[:1] != "#"]


def pinned(name: str, file: Path = pins.PINS) -> list[Requirement]:
    """Return the pins of a package; there are several where one version does not suit every Python."""
    found = map(Requirement, lines(file))
    return [pin for pin in found if canonicalize_name(pin.name) == canonicalize_name(name)]


def installed(names: list[Requirement]) -> Iterator[metadata.Distribution]:
    """Yield what is installed here for these requirements, and for what they require in turn."""
    seen = set()
    while names:
        name = names.pop()
        if name.name in seen or (name.marker and not name.marker.evaluate({"extra": ""})):
            continue
        seen.add(name.name)
        try:
            found = metadata.distribution(name.name)
        except metadata.PackageNotFoundError:
            continue  # of the other mode, or there without a package: cmake
        yield found
        names += map(Requirement, found.requires or ())


@pytest.mark.parametrize(("file", "text"), [(file, text) for file in REQUIRED for text in REQUIRED[file]])
def test_every_requirement_is_pinned(file: Path, text: str) -> None:
    """To a version that fits: after a change of pyproject.toml, `make pins` brings the file up to date."""
    wanted = Requirement(text)
    versions = [specifier.version for pin in pinned(wanted.name, file) for specifier in pin.specifier]
    assert versions, "run `make pins`, and commit it"
    assert all(wanted.specifier.contains(version) for version in versions), versions


@pytest.mark.parametrize("file", REQUIRED)
def test_every_line_is_one_version_of_a_package(file: Path) -> None:
    """There is no other kind of line: no host, no range, no option."""
    assert lines(file)
    for line in lines(file):
        assert re.fullmatch(r"[a-z0-9.-]+==[\w.!+]+( ; [^/]+)?", line), line


@pytest.mark.skipif(bool(os.environ.get("UNPINNED")), reason="the newest of everything was asked for")
def test_what_is_installed_is_what_is_pinned() -> None:
    """In the environment of the tests everything has its pinned version, however deep it is required."""
    found = {one.name: one.version for one in installed(DEPENDENCIES.copy())}
    assert len(found) > len(PROJECT["project"]["dependencies"])
    for name, version in found.items():
        here = [pin for pin in pinned(name) if pin.marker is None or pin.marker.evaluate()]
        assert [pin.specifier.contains(version) for pin in here] == [True], (name, version)


@pytest.mark.parametrize("mode", ["", "UV=uv"], ids=["pip", "uv"])
@pytest.mark.parametrize("step", [".native", ".portable", ".dev"])
def test_make_installs_nothing_else(step: str, mode: str, tmp_path: Path) -> None:
    """Whichever installer there is; UNPINNED installs without the file, and elsewhere."""
    installs = _installs(f"make -n {tmp_path}/{step} VENV={tmp_path} {mode}")
    assert installs
    variable = "UV_CONSTRAINT" if mode else "PIP_CONSTRAINT"
    assert [line for line in installs if f" {variable}=deploy/pins.txt " not in line] == []
    unpinned = _installs(f"make -n {tmp_path}/{step} VENV={tmp_path} {mode} UNPINNED=1")
    assert len(unpinned) == len(installs)
    assert [line for line in unpinned if "pins.txt" in line] == []


def test_what_is_not_pinned_is_tried_apart() -> None:
    """The environments that were tested stay as they are."""
    for target in ("native", "portable"):
        venvs = set(re.findall(r"VENV=(\S+)", "".join(_said(f"make -n {target} UNPINNED=1"))))
        assert venvs
        assert not venvs & {".venv", ".venv-portable"}


def test_the_image_installs_nothing_else() -> None:
    """From its first `pip install` by name on, the file is there and pip is told of it."""
    image = (ROOT / "deploy/Dockerfile").read_text(encoding="utf-8")
    before, told, after = image.partition("ENV PIP_CONSTRAINT=/src/deploy/pins.txt")
    assert told
    assert "COPY deploy/pins.txt deploy/pins.txt" in before
    assert all("--no-deps" in line for line in before.splitlines() if "pip install" in line)
    assert "pip install" in after
    assert "!deploy/pins.txt" in (ROOT / "deploy/Dockerfile.dockerignore").read_text(encoding="utf-8")


def test_a_pin_is_kept_unless_the_newest_is_asked_for() -> None:
    """What is already pinned is left alone by a new requirement."""
    assert "--upgrade" not in pins.command(["uv"], "3.11", pins.PINS, upgrade=False)
    assert "--upgrade" in pins.command(["uv"], "3.11", pins.PINS, upgrade=True)


def _installs(command: str) -> list[str]:
    return [line for line in _said(command) if "pip install" in line]


def _said(command: str) -> list[str]:
    environment = {
        name: value for name, value in os.environ.items() if not name.startswith(("MAKE", "UNPINNED"))
    }
    done = subprocess.run(
        command.split(), cwd=ROOT, env=environment, capture_output=True, text=True, check=True, timeout=60
    )
    return done.stdout.replace("\\\n", " ").splitlines()
