"""Applies what PJSIP's authors mended after the release that is built here: `patches/NNNN-name.patch`.

Each is a change of theirs, cut down to what is compiled here (no tests, no video, no other systems), in their
order, with a header of ours: what it mends, and the commit it comes from. A release may already have it. The
last, whose `Upstream` says none, is our own.
"""

import re
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from . import CannotBuildError
from .progress import Progress

FOLDER = Path(__file__).parent / "patches"
WRITTEN_FOR = "2.17"
"""The release that every patch fits. A later one has what no longer fits, in words of its own."""
HEADER = re.compile(r"^(Mends|Upstream): (.*(?:\n .*)*)", re.MULTILINE)


@dataclass(frozen=True)
class Patch:
    """One file of the folder."""

    path: Path
    mends: str
    upstream: str
    """Repository, commit, and where it was discussed."""

    def __str__(self) -> str:
        """Describe it in one line, as the wheel's metadata has it."""
        return f"{self.path.stem}: {self.mends} [{self.upstream}]"


def listed(folder: Path = FOLDER) -> list[Patch]:
    """Return the patches in their order; refuse one whose header does not say what it is."""
    return [_read(path) for path in sorted(folder.glob("*.patch"))]


def apply(
    patches: Sequence[Patch], tree: Path, release: str, progress: Progress
) -> tuple[list[Patch], list[Patch]]:
    """Mend the tree of that release; return the patches it has now, and those left out, which is said too.

    Raises CannotBuildError where WRITTEN_FOR does not take one: then it is not the release it says it is.
    """
    inside, left_out = [], []
    for patch in patches:
        if _fits(patch, tree, "--reverse"):
            progress.say(f"  {patch.path.stem}: already in this release")
        elif _fits(patch, tree):
            progress.run(_command(patch, tree))
            progress.say(f"  {patch.path.stem}: applied")
        elif release == WRITTEN_FOR:
            raise CannotBuildError(f"{patch.path.name} does not fit: this is not PJSIP {release} as released")
        else:
            progress.say(f"  {patch.path.stem}: left out, in PJSIP {release} other code stands there")
            left_out.append(patch)
            continue
        inside.append(patch)
    return inside, left_out


def _read(path: Path) -> Patch:
    header = path.read_text().partition("\n--- ")[0]
    fields = {name: re.sub(r"\s+", " ", text) for name, text in HEADER.findall(header)}
    if missing := {"Mends", "Upstream"} - fields.keys():
        raise CannotBuildError(f"{path.name} has no {' and no '.join(sorted(missing))} in its header")
    return Patch(path, fields["Mends"], fields["Upstream"])


def _fits(patch: Patch, tree: Path, *options: str) -> bool:
    """Return whether the whole patch could be applied; nothing is written."""
    command = [*_command(patch, tree), "--dry-run", *options]
    try:
        answer = subprocess.run(command, capture_output=True, check=False)  # noqa: S603 - our own files
    except FileNotFoundError as error:
        raise CannotBuildError("patch is not installed") from error
    return answer.returncode == 0


def _command(patch: Patch, tree: Path) -> list[str]:
    """Return GNU patch's command line: exactly these lines, at whatever place, without a question."""
    # Not --batch: with it, a --reverse that does not fit is tried forwards, and called a success.
    options = ["--strip=1", "--fuzz=0", "--force", "--no-backup-if-mismatch", "--reject-file=-"]
    return ["patch", *options, f"--directory={tree}", f"--input={patch.path}"]
