import io
import sys
from pathlib import Path

import pytest

from deploy.pjsip import CannotBuildError
from deploy.pjsip.progress import Progress


class Terminal(io.StringIO):
    """A screen."""

    def isatty(self) -> bool:
        return True


def test_plain_output_has_whole_lines_only(tmp_path: Path) -> None:
    """What goes into a file has no control characters."""
    out = io.StringIO()
    progress = Progress("pjsip", 2, tmp_path / "log", out)
    with progress.step("configuring"):
        progress.run([sys.executable, "-c", "print('hello')"])
    assert out.getvalue() == "pjsip: [1/2] configuring ...\npjsip: [1/2] configuring: done in 0:00\n"


def test_terminal_shows_the_last_line_of_what_runs(tmp_path: Path) -> None:
    """One line, written over and over."""
    out = Terminal()
    progress = Progress("pjsip", 1, tmp_path / "log", out)
    with progress.step("compiling"):
        progress.run(
            [
                sys.executable,
                "-uc",
                "import sys; print('cc x.c'); sys.stdin.read(); import time; time.sleep(1.2)",
            ]
        )
    assert "\r\x1b[Kpjsip: compiling 0:00  cc x.c" in out.getvalue()


def test_everything_a_command_says_is_kept(tmp_path: Path) -> None:
    """Both streams and the command itself go into the log."""
    log = tmp_path / "log"
    Progress("pjsip", 1, log, io.StringIO()).run(
        [sys.executable, "-c", "import sys; print('a'); sys.stderr.write('b\\n')"]
    )
    assert {"a", "b"} <= set(log.read_text().splitlines())
    assert "$ " in log.read_text()


def test_failure_is_one_line_with_the_error_and_the_log(tmp_path: Path) -> None:
    """The first error at the end of the log is quoted, not make's last words about it."""
    log = tmp_path / "log"
    progress = Progress("pjsip", 1, log, io.StringIO())
    script = "print('x.c:1: fatal error: gsm.h: No such file\\nmake: *** [x.o] Error 1'); raise SystemExit(2)"
    with pytest.raises(CannotBuildError) as error, progress.step("compiling"):
        progress.run([sys.executable, "-c", script])
    assert "\n" not in str(error.value)
    assert "compiling: x.c:1: fatal error: gsm.h: No such file" in str(error.value)
    assert str(log) in str(error.value)


def test_missing_program_is_named(tmp_path: Path) -> None:
    with pytest.raises(CannotBuildError, match="no-such-program is not installed"):
        Progress("pjsip", 1, tmp_path / "log", io.StringIO()).run(["no-such-program"])
