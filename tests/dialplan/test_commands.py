"""What the commands print, and how they exit."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from gateway.dialplan import Agent, BadDialplan, Plan, check
from gateway.dialplan.checks import Remark
from gateway.dialplan.commands import run_check, run_route, run_schema
from gateway.errors import BadInput
from tests.dialplan.folder import MONDAY_NOON, Tools, write

OFFICE = "numbers: ['+15551230001']\nhours: {open: [Mon-Fri 09:00-17:00]}\nheaders: {X-A: b}\nagent: {}\n"


def test_check_sums_up_a_good_folder(tmp_path: Path) -> None:
    """Exit code 0."""
    write(tmp_path, a=OFFICE, b="numbers: ['+1*', '200']\nagent: {}\n")
    text, code = run_check(tmp_path)
    assert text == (
        f"{tmp_path}: 2 plans, 2 numbers, 1 pattern, other numbers are refused with 404; 0 errors, 0 warnings"
    )
    assert code == 0
    write(tmp_path, c="numbers: ['*']\nagent: {}\n")
    assert "every other number too" in run_check(tmp_path).text


def test_check_lists_all_mistakes(tmp_path: Path) -> None:
    """Exit code 1."""
    write(tmp_path, a="numbers: ['x']\nagent: {voicee: x, api_key: '${NO_SUCH_KEY}'}\n")
    text, code = run_check(tmp_path)
    assert code == 1
    assert [line.split(": ")[0].rpartition("/")[2] for line in text.splitlines()[:-1]] == [
        "a.yaml:1:11",
        "a.yaml:2:9",
        "a.yaml:2:20",
    ]
    assert text.endswith(f"{tmp_path}: 3 errors, 0 warnings")


def test_a_missing_key_is_an_error_of_this_machine(tmp_path: Path) -> None:
    """Of the check, unless it is told that keys are elsewhere; the plans can be used in any case."""
    write(tmp_path, a="numbers: ['1']\nagent: {api_key: '${NO_SUCH_KEY}'}\n")
    text, code = run_check(tmp_path)
    assert code == 1
    assert "1 plan, 1 number" in text
    assert "1 error, 0 warnings" in text
    text, code = run_check(tmp_path, secrets=False)
    assert code == 0
    assert "0 errors, 1 warning" in text


def test_who_knows_more_of_an_agent_is_asked(tmp_path: Path) -> None:
    """What is said gets its place in the file, and counts as it is meant."""

    def said(plan: Plan, agent: Agent) -> Iterator[Remark]:
        yield Remark(("provider",), agent.provider, f"{plan.name} is a mistake")
        yield Remark(("voice",), None, "a warning", warning=True)
        yield Remark(("fallback", 0, "provider"), None, "a lack", unready=True)

    write(
        tmp_path,
        a="numbers: ['1']\nagent:\n  provider: x\n  voice: y\n  fallback:\n    - {provider: z}\n",
        b="numbers: ['2']\nextends: t\n",
        t="template: true\nagent: {provider: x}\n",
    )
    text, code = run_check(tmp_path, agents=said)
    assert code == 1
    assert [line.split(": ", 1)[0].rpartition("/")[2] for line in text.splitlines()[:-1]] == [
        "a.yaml:3:3",
        "a.yaml:4:3",
        "a.yaml:6:8",
        *["t.yaml:2:1"] * 2,
        "t.yaml:2:9",
    ]
    assert "4 errors, 2 warnings" in text
    assert len(check(tmp_path, agents=said).errors) == 2


def test_check_shows_functions_of_ones_own(tmp_path: Path) -> None:
    """What they take and do, as a model will be told."""
    write(tmp_path, a="numbers: ['1']\nagent: {tools: ['own:hang_up']}\n")
    text, code = run_check(tmp_path, tools=Tools)
    assert text.splitlines()[0] == "own:hang_up()  End the call."
    assert code == 0


def test_check_knows_region_providers_and_tools(tmp_path: Path) -> None:
    """As the gateway does that will use the plans."""
    write(tmp_path, a="numbers: ['030 1234567', '+49301234567']\nagent: {provider: x, tools: [y]}\n")
    text, code = run_check(tmp_path, region="DE", providers={"local": None}, tools=Tools)
    assert code == 1
    assert "already covered" in text
    assert "unknown provider" in text
    assert "unknown tool" in text
    assert run_check(tmp_path).code == 0


def test_route_tells_where_a_call_goes(tmp_path: Path) -> None:
    """With caller, time and headers; exit code 1 if nowhere."""
    write(tmp_path, a=OFFICE, b="numbers: ['100']\nfrom: {deny: [anonymous]}\nreject: {}\n")
    text, code = run_route(
        tmp_path, "+1 555 123-0001", now=MONDAY_NOON, headers=["x-a=B"], caller="sip:bob@x"
    )
    assert code == 0
    assert "caller  bob (written sip:bob@x)" in text
    assert "plan    a\n" in text
    assert run_route(tmp_path, "+15551230001", now=MONDAY_NOON).code == 1
    assert (
        "closed at"
        in run_route(tmp_path, "+15551230001", now=MONDAY_NOON, at="18:00", headers=["X-A=b"]).text
    )
    assert "caller is denied" in run_route(tmp_path, "100", caller="anonymous", now=MONDAY_NOON).text


@pytest.mark.parametrize(
    ("at", "shown"),
    [
        ("", "Mon 2026-11-23 12:00 UTC"),
        ("9:05", "Mon 2026-11-23 09:05 UTC"),
        ("18:00", "Mon 2026-11-23 18:00 UTC"),
        ("2026-12-24 18:00", "Thu 2026-12-24 18:00 UTC"),
        ("2026-12-24T18:00+01:00", "Thu 2026-12-24 18:00 UTC+01:00"),
        ("2026-12-24", "Thu 2026-12-24 00:00 UTC"),
    ],
)
def test_a_moment_may_be_written_short(tmp_path: Path, at: str, shown: str) -> None:
    """In the zone of the person who asks, unless it says its own."""
    write(tmp_path, a="numbers: ['100']\nagent: {}\n")
    assert shown in run_route(tmp_path, "100", now=MONDAY_NOON, at=at).text


@pytest.mark.parametrize("here", ["UTC", "Asia/Tokyo", "America/Los_Angeles"])
@pytest.mark.parametrize(
    ("called", "at", "expected"),
    [
        ("100", "09:30", "office"),
        ("100", "17:30", "evening"),  # the plan it leads to has another clock: the first one's counts
        ("200", "17:30", "plain"),
        ("300", "09:30", "office"),  # a plan that its headers keep out does not lend its clock
        ("400", "17:30", "none:"),
    ],
)
def test_a_time_is_that_of_the_plan_asked(
    tmp_path: Path, here: str, called: str, at: str, expected: str
) -> None:
    """Not that of the machine on which the question is asked."""
    office = "hours: {open: [daily 09:00-17:00], closed: evening}\nagent: {}\n"
    spring = "headers: {X-A: b}\ntimezone: Asia/Tokyo\nhours: {open: [daily 01:00-02:00]}\nagent: {}\n"
    write(
        tmp_path,
        campaign=f"numbers: ['300']\n{spring}",
        evening="timezone: Asia/Tokyo\nagent: {}\n",
        office=f"numbers: ['100', '300']\ntimezone: America/New_York\n{office}",
        plain="numbers: ['200']\ntimezone: Europe/Berlin\nagent: {instructions: 'It is {local_time}.'}\n",
    )
    told = run_route(tmp_path, called, now=MONDAY_NOON.astimezone(ZoneInfo(here)), at=at).text
    assert re.findall(r"^plan +(\S+)", told, re.MULTILINE) == [expected]
    assert called != "200" or "It is 17:30." in told


@pytest.mark.parametrize("at", ["soon", "25:00", "2026-13-01", "12", "::"])
def test_a_moment_that_is_none_is_told(tmp_path: Path, at: str) -> None:
    """With what to write."""
    write(tmp_path, a="numbers: ['100']\nagent: {}\n")
    with pytest.raises(BadInput, match="write 2026-12-24 18:00"):
        run_route(tmp_path, "100", now=MONDAY_NOON, at=at)


def test_a_header_that_is_none_is_told(tmp_path: Path) -> None:
    """With what to write."""
    write(tmp_path, a="numbers: ['100']\nagent: {}\n")
    with pytest.raises(BadInput, match="write NAME=VALUE"):
        run_route(tmp_path, "100", now=MONDAY_NOON, headers=["X-A: b"])


def test_route_needs_plans_without_mistakes(tmp_path: Path) -> None:
    """The gateway would not take them either."""
    with pytest.raises(BadDialplan):
        run_route(write(tmp_path, a="agent: {x: y}\n"), "100", now=MONDAY_NOON)


def test_schema_is_json_or_markdown() -> None:
    """For editors, for people."""
    assert json.loads(run_schema().text)["title"] == "Dialplan"
    assert run_schema(markdown=True).text.startswith("# Keys of a plan\n")
