"""`python -m tests.proofs [NAME ...]`: run the proofs one after the other, then say which failed."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from tests.proofs import NOT_HERE

FOLDER = Path(__file__).parent


def names(folder: Path = FOLDER) -> list[str]:
    """Return the proofs there are: every module here that stands for itself."""
    return sorted(path.stem for path in folder.glob("*.py") if not path.stem.startswith(("_", "test_")))


def run(name: str) -> int:
    """Run one proof in a process of its own and return its exit code."""
    return subprocess.run([sys.executable, "-m", f"tests.proofs.{name}"], check=False).returncode


def main(wanted: Sequence[str], known: Sequence[str], prove: Callable[[str], int] = run) -> int:
    """Return 0 if every proof holds or cannot be run here, 1 if one does not, 2 if there is no such proof."""
    if unknown := set(wanted) - set(known):
        sys.stderr.write(f"no such proof: {', '.join(sorted(unknown))}; there are {', '.join(known)}\n")
        return 2
    failed = []
    summary = []
    for name in wanted or known:
        sys.stdout.write(f"== {name}\n")
        sys.stdout.flush()
        begin = time.monotonic()
        code = prove(name)
        outcome = {0: "holds", NOT_HERE: "cannot be run here"}.get(code, f"FAILED (exit {code})")
        failed += [name] if code not in {0, NOT_HERE} else []
        summary.append(f"{name:24} {outcome}, {time.monotonic() - begin:.0f} s\n")
    sys.stdout.write("".join(["== proofs\n", *summary]))
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:], names()))
