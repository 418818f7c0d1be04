"""JUnit XML, read again by a parser."""

from __future__ import annotations

from xml.etree import ElementTree as Xml

from gateway.rehearsal.judgement import judge
from gateway.rehearsal.junit import junit
from gateway.rehearsal.report import RehearsalOutcome
from tests.rehearsal.made_calls import agent, call, named, rehearsal


def test_suites_and_cases() -> None:
    held = call(agent(0, 1, "bad \x00 & <ugly>"), steps=((0, 0),))
    good, bad = rehearsal(steps=[{"heard": "bad"}]), rehearsal(steps=[{"heard": "<good>"}])
    document = Xml.fromstring(
        junit(
            [
                RehearsalOutcome(named(good, "a", "one.yaml"), tuple(judge(good, held)), held),
                RehearsalOutcome(named(bad, "b", "one.yaml"), tuple(judge(bad, held)), held),
                RehearsalOutcome(named(good, "c", "two.yaml"), error="no \x1b gateway"),
            ]
        )
    )
    first, second = document.findall("testsuite")
    assert first.attrib == {
        "name": "one.yaml",
        "tests": "2",
        "failures": "1",
        "errors": "0",
        "time": "40.00",
    }
    assert [case.get("name") for case in first] == ["a", "b"]
    failure = first.find("testcase/failure")
    assert failure is not None
    assert failure.get("message") == "heard '<good>'"
    assert failure.text == "heard '<good>': heard: 'bad \\x00 & <ugly>'"
    error = second.find("testcase/error")
    assert error is not None
    assert error.get("message") == "no \ufffd gateway"
