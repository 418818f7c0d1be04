"""The mutated messages once more, with PJSIP and our C++ built with AddressSanitizer: 0 reports.

`python -m tests.proofs.mutations_watched [--messages N --seed N]`. Builds that first, once; five minutes.
What AddressSanitizer finds ends the gateway, and what it wrote is shown.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

from tests.proofs import NOT_HERE

ROOT = Path(__file__).parents[2]
PYTHON = ROOT / ".venv-watched/bin/python"


def main(arguments: list[str]) -> int:
    """Return what the proof returns that runs there."""
    if not shutil.which("gcc"):
        sys.stdout.write("needs gcc and its libasan\n")
        return NOT_HERE
    subprocess.run(["make", "watched"], cwd=ROOT, check=True)
    command = [str(PYTHON), "-m", "tests.proofs.mutations", "--watched", *arguments]
    return subprocess.run(command, cwd=ROOT, check=False).returncode


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
