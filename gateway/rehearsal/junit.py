"""Outcomes as JUnit XML, as servers that build and test read it."""

from __future__ import annotations

import re
from collections.abc import Iterable
from xml.etree import ElementTree as Xml

from gateway.rehearsal.report import RehearsalOutcome

_NOT_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""What XML 1.0 cannot hold (section 2.2), even escaped."""


def junit(outcomes: Iterable[RehearsalOutcome]) -> bytes:
    """Return a document with a suite for each file and a case for each call."""
    suites = Xml.Element("testsuites")
    by_file: dict[str, list[RehearsalOutcome]] = {}
    for outcome in outcomes:
        by_file.setdefault(str(outcome.rehearsed.file), []).append(outcome)
    for file, calls in by_file.items():
        suite = Xml.SubElement(
            suites,
            "testsuite",
            name=_clean(file),
            tests=str(len(calls)),
            failures=str(sum(not one.passed and not one.error for one in calls)),
            errors=str(sum(bool(one.error) for one in calls)),
            time=f"{sum(one.seconds for one in calls):.2f}",
        )
        for one in calls:
            _case(suite, one)
    text: str = Xml.tostring(suites, "unicode")
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{text}\n'.encode()


def _case(suite: Xml.Element, outcome: RehearsalOutcome) -> None:
    case = Xml.SubElement(
        suite,
        "testcase",
        name=_clean(outcome.rehearsed.name),
        classname=_clean(outcome.rehearsed.file.stem),
        time=f"{outcome.seconds:.2f}",
    )
    if outcome.error:
        Xml.SubElement(case, "error", message=_clean(outcome.error))
        return
    failed = [one for one in outcome.verdicts if not one.held]
    if failed:
        told = "\n".join(f"{one.expected}: {one.happened}" for one in failed)
        Xml.SubElement(case, "failure", message=_clean(failed[0].expected)).text = _clean(told)


def _clean(text: str) -> str:
    return _NOT_XML.sub("\ufffd", text)
