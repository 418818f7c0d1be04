"""`gateway check`."""

from __future__ import annotations

from pathlib import Path

from tests.cli.conftest import Run


def test_good_plans_are_counted(gateway: Run, dialplans: Path) -> None:
    """The working directory's folder is looked at unless another is named."""
    for told in (gateway("check"), gateway("check", str(dialplans))):
        assert told.code == 0
        assert "1 plan, 1 number" in told.out
        assert "0 errors" in told.out


def test_a_typo_is_shown_with_its_place(gateway: Run, dialplans: Path) -> None:
    """File, line, key and what was probably meant; the code says that something is wrong."""
    (dialplans / "agent.yaml").write_text("numbers: [100]\nagent:\n  voise: heart\n")
    told = gateway("check")
    assert told.code == 1
    assert "agent.yaml:3:" in told.out
    assert "voise" in told.out
    assert "voice" in told.out
    assert told.err == ""
