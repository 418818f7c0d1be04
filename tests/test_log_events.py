"""The list of log events, held to the code that logs them and to the page that shows them."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

from gateway.log_events import EVENTS, reference

ROOT = Path(__file__).parents[1]
LEVELS = {"debug", "info", "warning", "error", "exception", "critical", "log"}
OURS = {"event", "level", "timestamp", "msg", "component"}
"""Fields that `log` writes: whoever logs must not."""
LATE = {"log.lines_lost"}
"""Written past the loggers, which it is about."""


class Site(NamedTuple):
    """One place that logs. `event` is None unless it is written there as it is."""

    where: str
    level: str
    event: str | None
    fields: frozenset[str | None]


def sites(source: str, where: str = "x.py") -> Iterator[Site]:
    """Find the calls of loggers: names and attributes that end in `log`, and what `get_logger()` returns."""
    for node in ast.walk(ast.parse(source)):
        if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute):
            continue
        whose = ast.unparse(node.func.value)
        if node.func.attr not in LEVELS or not re.search(r"log$|log\(.*\)$|get_logger\(.*\)$", whose):
            continue
        arguments = node.args[1:] if node.func.attr == "log" else node.args
        first = arguments[0] if arguments else None
        event = first.value if isinstance(first, ast.Constant) and isinstance(first.value, str) else None
        level = "error" if node.func.attr == "exception" else node.func.attr
        yield Site(f"{where}:{node.lineno}", level, event, frozenset(one.arg for one in node.keywords))


def all_sites() -> list[Site]:
    files = sorted((ROOT / "gateway").rglob("*.py"))
    return [site for path in files for site in sites(path.read_text(), str(path.relative_to(ROOT)))]


def test_every_event_that_is_logged_is_listed() -> None:
    """By its id, as a literal, at the level that the list tells."""
    assert [site for site in all_sites() if site.event not in EVENTS] == []
    wrong = [
        site
        for site in all_sites()
        if site.event in EVENTS and site.level not in ("log", EVENTS[site.event].level)
    ]
    assert wrong == []


def test_every_event_that_is_listed_is_logged() -> None:
    """Nothing stays in the list that no line can have."""
    assert EVENTS.keys() - {site.event for site in all_sites()} == LATE


def test_no_call_site_writes_what_the_log_writes() -> None:
    """Level, time, sentence and component are the log's; a second one would hide it."""
    assert [site for site in all_sites() if site.fields & OURS] == []


@pytest.mark.parametrize(
    ("source", "found"),
    [
        ('log.info("= old style")', ("info", "= old style")),
        ('self._log.exception("a.b", x=1)', ("error", "a.b")),
        ('self._parts.log.warning(f"a.{b}")', ("warning", None)),
        ('structlog.get_logger().log(level, "a.b")', ("log", "a.b")),
        ('self._log(session).info("a.b")', ("info", "a.b")),
    ],
)
def test_call_sites_are_found(source: str, found: tuple[str, str | None]) -> None:
    """However a logger is named; an id that is put together is none."""
    assert [(site.level, site.event) for site in sites(source)] == [found]


@pytest.mark.parametrize("source", ["np.log(x)", "error.info()", "done.exception()"])
def test_what_is_no_logger_is_left_alone(source: str) -> None:
    """Logarithms, and methods of others by the same names."""
    assert list(sites(source)) == []


def test_ids_are_for_programs_and_sentences_for_people() -> None:
    """An id is two words with a dot; a sentence and a meaning fit into a table and a line."""
    for name, event in EVENTS.items():
        assert re.fullmatch(r"[a-z]+\.[a-z_]+", name)
        assert event.mark in ("<", ">", "=", "x", "!")
        assert event.mark == "!" or event.level in ("info", "debug")
        assert (event.msg + event.meaning).isprintable()
        assert "|" not in event.msg + event.meaning


def test_the_committed_page_of_events_is_current() -> None:
    """Else put there what gateway events prints."""
    page = (ROOT / "docs/log-events.md").read_text(encoding="utf-8")
    assert f"\n{reference()}\n" in page
