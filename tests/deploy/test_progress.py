import io
import sys
from pathlib import Path

import pytest

from deploy.pjsip import CannotBuildError
from deploy.pjsip import progress as progress_module
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


def test_plain_output_is_not_silent_for_long(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A step that takes its time is heard of again and again, with what it does just then."""
    monkeypatch.setattr(progress_module, "SAY_EVERY_S", 0.5)
    out = io.StringIO()
    progress = Progress("pjsip", 1, tmp_path / "log", out)
    with progress.step("compiling"):
        progress.run([sys.executable, "-uc", "print('cc x.c'); import time; time.sleep(1.8)"])
    between = out.getvalue().splitlines()[1:-1]
    assert len(between) >= 2
    assert all(line.startswith("pjsip: compiling 0:0") and line.endswith("  cc x.c") for line in between)


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


@pytest.mark.parametrize(
    ("said", "why"),
    [
        ("cc -c x.c\nx.c:1:10: fatal error: gsm.h: No such file\nmake: *** [x.o] Error 1",
         "x.c:1:10: fatal error: gsm.h: No such file"),
        ("Err:1 http://m sid InRelease\nE: No signature.", "E: No signature."),
        ("CMake Error at CMakeLists.txt:9 (find_library):\n  Could not find SPEEXDSP\n\nerror: failed-build",
         "CMake Error at CMakeLists.txt:9 (find_library): Could not find SPEEXDSP"),
        ("error: subprocess-exited-with-error\n  | ConfigurationError: Readme file not found",
         "ConfigurationError: Readme file not found"),
        ("error: no voice\nbye", "error: no voice"),
        ("one\ntwo", "two"),
        ("", "it said nothing"),
    ],
)  # fmt: skip
def test_failure_is_one_line_that_says_why(tmp_path: Path, said: str, why: str) -> None:
    """What went wrong is quoted, not the tools' last words about it, and the log is named."""
    log = tmp_path / "log"
    progress = Progress("pjsip", 1, log, io.StringIO())
    (tmp_path / "said").write_text(said)
    script = "import pathlib, sys; print(pathlib.Path(sys.argv[1]).read_text()); raise SystemExit(2)"
    with pytest.raises(CannotBuildError) as error, progress.step("compiling"):
        progress.run([sys.executable, "-c", script, str(tmp_path / "said")])
    assert str(error.value) == (
        f"compiling: {why} ({Path(sys.executable).name} ended with 2; everything it said is in {log})"
    )


def test_missing_program_is_named(tmp_path: Path) -> None:
    with pytest.raises(CannotBuildError, match="no-such-program is not installed"):
        Progress("pjsip", 1, tmp_path / "log", io.StringIO()).run(["no-such-program"])
