"""The names of attributes."""

from __future__ import annotations

from gateway.records.trace import conventions


def test_names_are_told_apart() -> None:
    """Ours begin with our name, and no two are one."""
    names = [
        value
        for key, value in vars(conventions).items()
        if key.isupper() and isinstance(value, str) and "." in value
    ]
    assert len(set(names)) == len(names)
    assert {name.partition(".")[0] for name in names} == {"gateway", "gen_ai", "error"}
    assert conventions.own("mos") == "gateway.mos"
