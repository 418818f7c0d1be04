"""What `gateway check`, `gateway route` and `gateway schema` print, and the exit code they end with."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import NamedTuple
from zoneinfo import ZoneInfo

import orjson

from gateway.call import CallInfo, Party
from gateway.dialplan import numbers, schema
from gateway.dialplan.barring import emergency_numbers
from gateway.dialplan.checks import AgentCheck, Catalog, TrunkHeaders
from gateway.dialplan.explain import Explanation, explain
from gateway.dialplan.loader import LoadReport, ToolMaker, check, load
from gateway.dialplan.numbers import Kind
from gateway.dialplan.snapshot import Dialplan, NoPlan
from gateway.errors import BadInput


class CommandOutcome(NamedTuple):
    """Text to print and exit code: 0 fine, 1 something is wrong."""

    text: str
    code: int


def run_check(
    folder: Path | str,
    *,
    region: str | None = None,
    providers: Catalog | None = None,
    tools: ToolMaker | None = None,
    agents: AgentCheck | None = None,
    secrets: bool = True,
    trunks: TrunkHeaders | None = None,
) -> CommandOutcome:
    """All mistakes of a folder, the functions of its own, and a line that sums it up.

    `secrets`: what calls need of this machine, such as a key, counts as an error where it is missing; else as
    a warning.
    """
    report = check(folder, region=region, providers=providers, tools=tools, agents=agents, trunks=trunks)
    if not secrets:
        eased = (replace(one, warning=True) if one.unready else one for one in report.problems)
        report = replace(report, problems=tuple(eased))
    lines = [str(problem) for problem in report.problems]
    if report.dialplan is not None and report.dialplan.tools is not None:
        lines += report.dialplan.tools.shown()
    if report.dialplan is not None:
        lines += _emergency_calls(report.dialplan)
    errors = sum(not problem.warning for problem in report.problems)
    return CommandOutcome("\n".join([*lines, _summary(folder, report, errors)]), 1 if errors else 0)


def run_route(
    folder: Path | str,
    number: str,
    *,
    now: datetime,
    caller: str = "",
    at: str = "",
    headers: Iterable[str] = (),
    trunk: str = "",
    region: str | None = None,
    providers: Catalog | None = None,
    tools: ToolMaker | None = None,
) -> CommandOutcome:
    """Which plan a call would get and why; `BadInput` for what cannot be understood.

    `number` and `caller` are written as in a plan (`+15551230001`, `sip:frontdesk@example.com`), `at` as
    `2026-12-24 18:00` or `18:00` by the clock of the plan that is asked, headers as `X-Campaign=spring`.
    """
    dialplan = load(folder, region=region, providers=providers, tools=tools)
    told = understand(dialplan, number, now=now, caller=caller, at=at, headers=headers, trunk=trunk)
    return CommandOutcome(str(told), 1 if isinstance(told.outcome, NoPlan) else 0)


def understand(
    dialplan: Dialplan,
    number: str,
    *,
    now: datetime,
    caller: str = "",
    at: str = "",
    headers: Iterable[str] = (),
    trunk: str = "",
) -> Explanation:
    """Return which of these plans a call would get, and why; see `run_route`. Raises BadInput."""
    carried = dict(map(_header, headers))
    call = CallInfo("route", "route", Party(caller), Party(number), headers=carried, trunk=trunk)
    zone = dialplan.clock(call, now)
    return explain(dialplan, call, _moment(at, now.astimezone(ZoneInfo(zone)) if zone and at else now))


def run_schema(*, markdown: bool = False) -> CommandOutcome:
    """The keys of a plan file, for editors or for people."""
    if markdown:
        return CommandOutcome(schema.reference(), 0)
    return CommandOutcome(orjson.dumps(schema.json_schema(), option=orjson.OPT_INDENT_2).decode(), 0)


def _emergency_calls(dialplan: Dialplan) -> list[str]:
    """Return what becomes of a call to an emergency number that comes in, where anything does."""
    taken: dict[str, list[str]] = {}
    for number in emergency_numbers(dialplan.region):
        call = CallInfo("check", "check", Party("anonymous"), Party(number))
        found = dialplan.route(call, datetime.now().astimezone())
        if not isinstance(found, NoPlan):
            action = type(found.plan.action).__name__.lower()
            taken.setdefault(f"plan {found.plan.name} ({action})", []).append(number)
    return [
        f"a call to {', '.join(numbered)} that comes in gets {what}: it reaches no emergency service"
        for what, numbered in taken.items()
    ]


def _summary(folder: Path | str, report: LoadReport, errors: int) -> str:
    found = f"{_count(errors, 'error')}, {_count(len(report.problems) - errors, 'warning')}"
    if report.dialplan is None:
        return f"{folder}: {found}"
    plans = report.dialplan.plans.values()
    kinds = Counter(
        numbers.parse_entry(text, report.dialplan.region).kind for plan in plans for text in plan.numbers
    )
    others = "every other number too" if kinds[Kind.ANY] else "other numbers are refused with 404"
    counts = ", ".join(
        (
            _count(len(plans), "plan"),
            _count(kinds[Kind.EXACT], "number"),
            _count(kinds[Kind.PATTERN], "pattern"),
            others,
        )
    )
    return f"{folder}: {counts}; {found}"


def _count(number: int, what: str) -> str:
    return f"{number} {what}" if number == 1 else f"{number} {what}s"


def _header(text: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if not equals or not name:
        raise BadInput("command line", "--header", text, "write NAME=VALUE, such as X-Campaign=spring")
    return name.strip().lower(), value.strip()


def _moment(text: str, now: datetime) -> datetime:
    if not text:
        return now
    try:
        if len(text) <= len("18:00"):
            text = f"{now:%Y-%m-%d} {text.zfill(5)}"
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise BadInput("command line", "--at", text, "write 2026-12-24 18:00, or 18:00 for today") from None
    return moment if moment.tzinfo else moment.replace(tzinfo=now.tzinfo)
