"""What became of a campaign so far."""

from __future__ import annotations

from pathlib import Path

import pytest

from gateway.campaign.progress_log import ProgressLog
from gateway.errors import BadInput

STEP = {"line": 2, "call": "0a0a0a0a", "run": "r", "at": "2026-11-27T12:00:00"}


def test_it_goes_on_where_it_was(tmp_path: Path) -> None:
    """An attempt that is open, one that is over, and one that is final."""
    file = tmp_path / "progress"
    with ProgressLog(file, "digest") as log:
        log.note(STEP, durable=True)
        log.note({**STEP, "line": 3, "call": "0b0b0b0b"})
        log.note({"line": 3, "over": {"reason": "busy"}})
        log.note({"line": 4, "outcome": "barred"})
    with ProgressLog(file, "digest") as again:
        opened, tried, final = (again.state.of(line) for line in (2, 3, 4))
    assert opened.open is not None
    assert opened.open["call"] == "0a0a0a0a"
    assert (tried.open, tried.attempts, tried.last) == (None, 1, {"reason": "busy"})
    assert final.outcome == "barred"


def test_an_attempt_of_ours_that_we_gave_up_does_not_count(tmp_path: Path) -> None:
    """It rang, and we stopped."""
    with ProgressLog(tmp_path / "progress", "digest") as log:
        log.note(STEP)
        log.note({"line": 2, "over": {"reason": "operator_hung_up"}, "uncounted": True})
        assert log.state.of(2).attempts == 0


def test_a_line_that_was_cut_off_is_left_out(tmp_path: Path) -> None:
    """What was being written when the power went, and what comes after it stands on a line of its own."""
    file = tmp_path / "progress"
    with ProgressLog(file, "digest") as log:
        log.note(STEP)
    with file.open("ab") as out:
        out.write(b'{"line": 3, "ca')
    with ProgressLog(file, "digest") as again:
        assert set(again.state.tried) == {2}
        again.note({"line": 4, "outcome": "barred"})
    with ProgressLog(file, "digest") as last:
        assert last.state.of(4).outcome == "barred"


def test_it_belongs_to_one_list(tmp_path: Path) -> None:
    """A list that has changed is another one."""
    file = tmp_path / "progress"
    with ProgressLog(file, "digest"):
        pass
    with pytest.raises(BadInput, match="the list has changed"), ProgressLog(file, "other"):
        pass


def test_one_at_a_time_has_it(tmp_path: Path) -> None:
    """Two would call everybody twice."""
    with (
        ProgressLog(tmp_path / "progress", "digest"),
        pytest.raises(BadInput, match="another campaign is at work"),
        ProgressLog(tmp_path / "progress", "digest"),
    ):
        pass


def test_something_else_is_not_written_into(tmp_path: Path) -> None:
    """Somebody has named a file of theirs."""
    file = tmp_path / "letter"
    file.write_text("Dear Ann,\n", encoding="utf-8")
    with pytest.raises(BadInput, match="no progress of a campaign"), ProgressLog(file, "digest"):
        pass
    assert file.read_text(encoding="utf-8") == "Dear Ann,\n"
