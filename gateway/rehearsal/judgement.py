"""What was expected of a call against what happened in it. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from gateway.dialplan.values import format_duration
from gateway.ear.turns import ExchangeKind
from gateway.rehearsal.deeds import CalledFunction, Deeds
from gateway.rehearsal.performance import Performance
from gateway.rehearsal.script import Expectations, Rehearsal, RehearsalStep, ToolCallExpected
from gateway.rehearsal.wording import alike, found


@dataclass(frozen=True, slots=True)
class Judgement:
    """One expectation. `step` is the number of the step that it belongs to, None if to the whole call."""

    held: bool
    expected: str
    happened: str = ""
    """What was heard or done instead."""
    step: int | None = None


def judge(rehearsal: Rehearsal, call: Performance) -> list[Judgement]:
    """Return every expectation of a rehearsal, held or not: those of its steps first."""
    verdicts = [*_steps(rehearsal, call), *_whole(rehearsal.expect, call)]
    if rehearsal.expect.status is None and not call.answered:
        verdicts.insert(0, Judgement(False, "the call is answered", f"refused with {call.status}"))
    return verdicts


# --- steps -------------------------------------------------------------------------------------------


def _steps(rehearsal: Rehearsal, call: Performance) -> Iterator[Judgement]:
    for number, step in enumerate(rehearsal.steps):
        if number >= len(call.steps):
            if call.answered or rehearsal.expect.status is None:
                yield Judgement(False, f"step {number + 1} is come to", "the call was over before", number)
            continue
        done = call.steps[number]
        since = done.until if step.does != "listen" else done.at
        until = call.steps[number + 1].at if number + 1 < len(call.steps) else call.seconds
        yield from _heard(step, number, call, since, until)


def _heard(
    step: RehearsalStep, number: int, call: Performance, since: float, until: float
) -> Iterator[Judgement]:
    answer = call.heard(since, max(until, since))
    text = " ".join(one.text for one in answer if one.text)
    told = f"heard: {text!r}" if text else "heard nothing"
    for words in step.heard:
        yield Judgement(found(words, text), f"heard {_quoted(words)}", told, number)
    if step.like is not None:
        yield Judgement(alike(step.like, text), f"heard something like {step.like!r}", told, number)
    for words in step.not_heard:
        yield Judgement(not found(words, text), f"not heard {_quoted(words)}", told, number)
    if step.within is not None:
        expected = f"the agent begins within {format_duration(step.within)}"
        # An agent that spoke already, over the end of the words, did not keep anybody waiting.
        wait = max(0.0, answer[0].at - since) if answer else None
        took = "it said nothing" if wait is None else f"after {wait:.2f} s"
        held = wait is not None and wait <= step.within.total_seconds()
        yield Judgement(held, expected, took, number)


def _quoted(words: str) -> str:
    return words if words.startswith("/") else repr(words)


# --- the whole call ----------------------------------------------------------------------------------


def _whole(expect: Expectations, call: Performance) -> Iterator[Judgement]:
    if expect.status is not None:
        yield Judgement(
            call.status == expect.status, f"refused with {expect.status}", f"it was {call.status}"
        )
    text = " ".join(one.text for one in call.spoken if one.who == "agent" and one.text)
    for words in expect.not_heard:
        yield Judgement(not found(words, text), f"never heard {_quoted(words)}", f"heard: {text!r}")
    yield from _sounds(expect, call)
    yield from _done(expect, call)


def _sounds(expect: Expectations, call: Performance) -> Iterator[Judgement]:
    for limit, kinds, what in (
        (
            expect.dead_air,
            (ExchangeKind.DEAD_AIR, ExchangeKind.ANSWER),
            "no silence when it is the agent's turn",
        ),
        (expect.talk_over, (ExchangeKind.TALK_OVER, ExchangeKind.BREAK_IN), "no talk-over"),
    ):
        if limit is None:
            continue
        if call.ear is None:
            yield Judgement(False, f"{what} over {format_duration(limit)}", "there was no sound")
            continue
        longest = max((one.seconds for one in call.ear.exchanges if one.kind in kinds), default=0.0)
        held = longest <= limit.total_seconds()
        yield Judgement(held, f"{what} over {format_duration(limit)}", f"{longest:.2f} s at most")


def _done(expect: Expectations, call: Performance) -> Iterator[Judgement]:
    """Judge by what the gateway did."""
    wanted = expect.ended_by or expect.reason or expect.plans or expect.tools or expect.cost_below
    if not wanted:
        return
    deeds = call.deeds
    if deeds is None:
        yield Judgement(False, "what the gateway does is seen", "it was only rung: its log is not at hand")
        return
    if expect.ended_by is not None:
        by = f"by the {deeds.ended_by}: {deeds.reason}"
        yield Judgement(deeds.ended_by == expect.ended_by, f"ended by the {expect.ended_by}", by)
    if expect.reason:
        yield Judgement(
            deeds.reason in expect.reason, f"ends as {' or '.join(expect.reason)}", f"as {deeds.reason}"
        )
    if expect.plans:
        came = deeds.plans
        held = came[:1] == expect.plans if len(expect.plans) == 1 else came == expect.plans
        yield Judgement(held, f"comes to {' > '.join(expect.plans)}", f"to {' > '.join(came) or 'none'}")
    yield from _functions(expect, deeds)
    if expect.cost_below is not None:
        cost = deeds.cost_usd
        held = cost is not None and cost < expect.cost_below
        told = "what it cost is not known" if cost is None else f"{cost:.4f} USD"
        yield Judgement(held, f"costs less than {expect.cost_below:g} USD", told)


def _functions(expect: Expectations, deeds: Deeds) -> Iterator[Judgement]:
    told = ", ".join(map(_call_of, deeds.functions)) or "none was called"
    rest = iter(deeds.functions)
    for wanted in expect.tools:
        held = any(_fits(wanted, one) for one in rest)
        expected = _call_of(CalledFunction(wanted.name, wanted.arguments))
        yield Judgement(held, f"calls {expected}", told)


def _fits(wanted: ToolCallExpected, called: CalledFunction) -> bool:
    given = called.arguments
    return called.name == wanted.name and all(
        key in given and _same(value, given[key]) for key, value in wanted.arguments.items()
    )


def _same(wanted: object, given: object) -> bool:
    if isinstance(wanted, str) and isinstance(given, str):
        return found(wanted, given) if wanted.startswith("/") else wanted.casefold() == given.casefold()
    return wanted == given


def _call_of(called: CalledFunction) -> str:
    return f"{called.name}({', '.join(f'{key}={value!r}' for key, value in called.arguments.items())})"
