"""`python -m deploy.pins [--upgrade]` chooses the versions that everybody installs and writes them down.

What is already pinned stays as it is while it fits pyproject.toml, unless `--upgrade` asks for the newest of
everything. The choice holds for all platforms and every Python from the oldest that pyproject.toml allows.
"""

import subprocess
import sys
import sysconfig
import tempfile
import tomllib
import venv
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parent.parent
PINS = ROOT / "deploy/pins.txt"
SDKS = ROOT / "tests/realtime/conformance/pins.txt"
TITLE = """\
# The version of everything that `make`, the image and CI install. `make pins` adds what pyproject.toml asks
# for anew, `make pins UPGRADE=1` takes the newest of all; `make test UNPINNED=1` tries those.
"""


def required(project: Mapping[str, Any]) -> dict[Path, list[str]]:
    """Return every requirement of a pyproject.toml, by the file that pins it.

    One file has all that is needed to run, for each extra, to build and to build with. The official SDKs live
    in an environment of their own, because they may want other versions.
    """
    groups = project["dependency-groups"]
    extras = project["project"]["optional-dependencies"].values()
    lists = (
        project["project"]["dependencies"],
        *extras,
        project["build-system"]["requires"],
        groups["build"],
    )
    return {PINS: [text for one in lists for text in one], SDKS: groups["sdks"]}


def command(uv: Sequence[str], oldest: str, pins: Path, *, upgrade: bool) -> list[str]:
    """Return what resolves the requirements on its stdin: uv, because it knows other platforms, too."""
    return [
        *[*uv, "pip", "compile", "--quiet", "--universal", "--python-version", oldest],
        *["--no-header", "--no-emit-index-url", "--no-emit-find-links", "--output-file", str(pins)],
        *(["--upgrade"] if upgrade else []),
        "-",
    ]


def main(arguments: Sequence[str]) -> int:
    """Return 0 when the files were written."""
    if set(arguments) - {"--upgrade"}:
        raise SystemExit(__doc__)
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    oldest = project["project"]["requires-python"].removeprefix(">=")
    with tempfile.TemporaryDirectory() as folder:
        uv = _uv(Path(folder))
        for pins, requirements in required(project).items():
            resolving = command(uv, oldest, pins, upgrade="--upgrade" in arguments)
            done = subprocess.run(resolving, input="\n".join(requirements), text=True, check=False)  # noqa: S603
            if done.returncode:
                return done.returncode
            pins.write_text(TITLE + pins.read_text(encoding="utf-8"), encoding="utf-8")
    return 0


def _uv(folder: Path) -> list[str]:
    """Install uv into a folder, from wherever pip gets its packages; return how it is run."""
    venv.create(folder, with_pip=True)
    python = Path(sysconfig.get_path("scripts", "venv", {"base": str(folder)}), "python")
    subprocess.run([python, "-m", "pip", "install", "--quiet", "uv"], check=True)  # noqa: S603 - our own venv
    return [str(python), "-m", "uv"]


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
