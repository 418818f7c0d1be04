"""`python -m deploy.step TITLE -- COMMAND...` runs a long command with one line to show for it.

Everything the command says goes into a log; if it fails, the line says why and names the log.
"""

import sys
from collections.abc import Sequence
from pathlib import Path

from .pjsip import CannotBuildError
from .pjsip.progress import Progress

LOG = Path("build/setup.log")


def main(arguments: Sequence[str], log: Path = LOG) -> int:
    """Return 0 when the command ended with 0, else 1."""
    title, dashes, *command = arguments
    if dashes != "--":
        raise SystemExit(__doc__)
    log.parent.mkdir(parents=True, exist_ok=True)
    log.write_bytes(b"")
    progress = Progress("set-up", 1, log)
    try:
        with progress.step(title):
            progress.run(command)
    except CannotBuildError as error:
        progress.say(str(error))
        return 1
    except KeyboardInterrupt:
        progress.say("interrupted; the next make goes on from here")
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
