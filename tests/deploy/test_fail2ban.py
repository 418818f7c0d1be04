"""What fail2ban reads in our log: its filter finds the address of whoever is turned back, nothing else."""

from __future__ import annotations

import configparser
import json
import re
from pathlib import Path

import pytest

FOLDER = Path(__file__).parents[2] / "deploy" / "fail2ban"
HOST = r"(?P<host>[0-9a-f.:]+)"


def patterns() -> list[str]:
    """The filter's expressions, as fail2ban fills them in."""
    read = configparser.RawConfigParser()
    read.read(FOLDER / "filter.conf")
    lines = read["Definition"]["failregex"].splitlines()
    return [line.replace("<HOST>", HOST) for line in lines if line.strip()]


def banned(line: str) -> str:
    """The address that a line bans; "" for none."""
    found = next(filter(None, (re.search(pattern, line) for pattern in patterns())), None)
    return found["host"] if found else ""


@pytest.mark.parametrize("source", ["198.51.100.7", "2001:db8::7"])
def test_stranger_is_found_in_json_and_on_a_terminal(source: str) -> None:
    """Whichever way the gateway's lines are kept."""
    event = {"timestamp": "2026-11-28T01:02:03Z", "level": "warning", "event": "sip.stranger", "msg": "x"}
    line = json.dumps(event | {"source": source, "agent": 'a" "source":"192.0.2.1'}, separators=(",", ":"))
    assert banned(line) == source
    assert banned(f"01:02:03 ! turned back somebody we do not know  source={source} requests=1") == source


def test_nobody_else_is_banned() -> None:
    """A trunk's flood, which has a line of its own, is for somebody to look at."""
    line = {"event": "sip.invites_turned_away", "most_of": {"192.0.2.1": 4}}
    assert banned(json.dumps(line)) == ""


def test_jail_names_the_filter() -> None:
    """Both are read by fail2ban as they are."""
    jail = configparser.RawConfigParser()
    jail.read(FOLDER / "jail.conf")
    assert jail["sip-voice-gateway"]["filter"] == "sip-voice-gateway"
