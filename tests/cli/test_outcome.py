"""How a command ends that only prints."""

import pytest

from gateway.cli.outcome import finish


def test_what_was_found_is_printed_and_is_the_exit_code(capsys: pytest.CaptureFixture[str]) -> None:
    """A person reads the one, a script the other."""
    with pytest.raises(SystemExit) as ended:
        finish(("two mistakes", 1))
    assert (capsys.readouterr().out, ended.value.code) == ("two mistakes\n", 1)
