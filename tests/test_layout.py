"""Modules and their tests stand side by side: nobody has to search, and a missing test is seen."""

from __future__ import annotations

import ast
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parent.parent

TESTED_ELSEWHERE = {
    "gateway/doctor/engines.py": "tests/doctor/test_examination.py takes them away",
    "gateway/doctor/finding.py": "names what a look has shown",
    "gateway/doctor/line.py": "tests/doctor/test_examination.py plants faults in it",
    "gateway/doctor/machine.py": "tests/doctor/test_examination.py plants faults in it",
    "gateway/api/asking.py": "names what every route takes: tests/api/routes ask them all",
    "gateway/api/shapes.py": "names what is asked and answered: tests/api/test_app.py holds answers to it",
    "gateway/media/port_events.py": "names what a port reports: tests/media/test_media_port.py has it report",
    "gateway/log_event.py": "names what an event has: tests/test_log_events.py holds all to it",
    "gateway/__main__.py": "runs the command line: tests/calls start it that way",
    "gateway/control.py": "names what may be asked of calls: tests/calls/test_process_control.py asks it",
    "gateway/rehearsal/performance.py": "values: tests/rehearsal/made_calls.py makes them for all others",
    "gateway/node/workers/serve.py": "composes: tests/whole_calls/test_workers.py runs it",
    "gateway/calls/services.py": "names what calls share, and does nothing",
    "gateway/records/store/tables.py": "what databases share: test_records_store.py asks each",
}
"""Modules without a test file of their own, each with the reason."""

NAMED_TWICE = {
    "Redirect": "the order, and the action of a plan that leads to it",
    "Answer": "the order to answer a call, and a plan's section of that name",
    "Session": "a connection to a model, and the session object on its wire",
    "Usage": "tokens as a call counts them, and as they are told on the wire",
}
"""Class names that two classes of the package have, each with the reason."""

FILE, FUNCTION, CLASS = 400, 40, 250
"""The most lines that each may have; the budgets of CONTRIBUTING.md."""

LARGER = {
    "gateway/realtime/continuity/session.py: LastingSession": "the I/O of all machines of continuity: each"
    " of its short methods carries out what one of them says",
}
"""What is larger all the same, each with the reason."""

WHOLE = ("tests/whole_calls/", "tests/deploy/", "tests/realtime/conformance/")
"""Tests of the running whole, of the build, and of the wire by strangers: no single module beside them."""


def modules() -> dict[str, str]:
    """Return each module of the package with the test file that belongs to it."""
    found = (path.relative_to(ROOT) for path in sorted((ROOT / "gateway").rglob("*.py")))
    return {
        str(path): str(Path("tests", *path.parts[1:-1], f"test_{path.name}"))
        for path in found
        if path.name != "__init__.py"
    }


def test_every_module_has_its_test() -> None:
    """`gateway/a/b.py` is tested by `tests/a/test_b.py`, unless a reason is given."""
    missing = [m for m, test in modules().items() if not (ROOT / test).exists() and m not in TESTED_ELSEWHERE]
    assert missing == []


def test_every_test_has_its_module() -> None:
    """A test file stands for a module, a package, or a piece of test equipment that exists."""
    known = set(modules().values())
    known |= {
        str(Path("tests", *path.relative_to(ROOT).parts[1:-1], f"test_{path.stem}.py"))
        for path in (ROOT / "gateway").rglob("*.cpp")
    }
    known |= {
        str(Path("tests", *path.relative_to(ROOT).parts[1:-1], f"test_{path.name}.py"))
        for path in (ROOT / "gateway").rglob("*")
        if path.is_dir()
    }
    for path in (ROOT / "tests").rglob("test_*.py"):
        if path.with_name(path.name.removeprefix("test_")).exists():
            known.add(str(path.relative_to(ROOT)))
    known |= {"tests/test_layout.py", "tests/test_architecture.py"}
    tests = [str(path.relative_to(ROOT)) for path in sorted((ROOT / "tests").rglob("test_*.py"))]
    assert [test for test in tests if test not in known and not test.startswith(WHOLE)] == []


def test_a_class_name_means_one_thing() -> None:
    """No two classes of the package have one name, but for the few whose reason is named."""
    names = Counter(
        node.name
        for path in (ROOT / "gateway").rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.ClassDef)
    )
    assert {name for name, times in names.items() if times > 1} == set(NAMED_TWICE)
    assert len(NAMED_TWICE) <= 10


def sizes() -> Iterator[tuple[str, int, int]]:
    """Yield each source file, function and class of the package with its lines, and how many it may have."""
    for path in sorted((ROOT / "gateway").rglob("*")):
        if path.suffix not in {".py", ".cpp", ".hpp"}:
            continue
        text, place = path.read_text(encoding="utf-8"), str(path.relative_to(ROOT))
        yield place, len(text.splitlines()), FILE
        for node in ast.walk(ast.parse(text)) if path.suffix == ".py" else ():
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
                assert node.end_lineno is not None
                most = CLASS if isinstance(node, ast.ClassDef) else FUNCTION
                yield f"{place}: {node.name}", node.end_lineno - node.lineno + 1, most


def test_nothing_is_larger_than_one_can_read() -> None:
    """Files, functions and classes keep to the budgets, but for the few whose reason is named."""
    assert {what for what, lines, most in sizes() if lines > most} == set(LARGER)


def test_no_exemption_outlives_its_reason() -> None:
    """A module that got its test leaves the list of exemptions."""
    stale = [m for m in TESTED_ELSEWHERE if m not in modules() or (ROOT / modules()[m]).exists()]
    assert stale == []
