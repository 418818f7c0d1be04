"""What was expected of a call against what happened in it. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from gateway.call import TransferOutcome
from gateway.dialplan.values import format_duration
from gateway.ear.turns import ExchangeKind
from gateway.rehearsal.deeds import CalledFunction, Deeds, TriedTransfer
from gateway.rehearsal.opinion import Opinion, by_words
from gateway.rehearsal.performance import Performance, Spoken
from gateway.rehearsal.script import Expectations, Rehearsal, ToolCallExpected
from gateway.rehearsal.wording import alike, found


@dataclass(frozen=True, slots=True)
class Judgement:
    """One expectation. `step` is the number of the step that it belongs to, None if to the whole call."""

    held: bool
    expected: str
    happened: str = ""
    """What was heard or done instead."""
    step: int | None = None


Claim = tuple[int | None, str]
"""A sentence that is to be judged, and the number of its step; None: of the whole call."""


def claims(rehearsal: Rehearsal, call: Performance) -> dict[Claim, str]:
    """Return what sentences are to be judged of a call, each with what was said."""
    found: dict[Claim, str] = {}
    for number, step in enumerate(rehearsal.steps[: len(call.steps)]):
        said = _words_of(_answer(rehearsal, number, call))
        found |= {(number, sentence): said for sentence in step.judged}
    both = "\n".join(f"{one.who}: {one.text}" for one in call.spoken if one.text)
    return found | {(None, sentence): both for sentence in rehearsal.expect.judged}


def judge(
    rehearsal: Rehearsal, call: Performance, opinions: Mapping[Claim, Opinion] | None = None
) -> list[Judgement]:
    """Return every expectation of a rehearsal, held or not: those of its steps first.

    `opinions` are those of the `claims`; without one, words alone judge.
    """
    known = opinions or {one: by_words(one[1], said) for one, said in claims(rehearsal, call).items()}
    verdicts = [*_steps(rehearsal, call, known), *_whole(rehearsal.expect, call, known)]
    if rehearsal.expect.status is None and not call.answered:
        verdicts.insert(0, Judgement(False, "the call is answered", f"refused with {call.status}"))
    return verdicts


# --- steps -------------------------------------------------------------------------------------------


def _steps(rehearsal: Rehearsal, call: Performance, opinions: Mapping[Claim, Opinion]) -> Iterator[Judgement]:
    for number in range(len(rehearsal.steps)):
        if number < len(call.steps):
            yield from _heard(rehearsal, number, call, opinions)
        elif call.answered or rehearsal.expect.status is None:
            yield Judgement(False, f"step {number + 1} is come to", "the call was over before", number)


def _since(rehearsal: Rehearsal, number: int, call: Performance) -> float:
    """Return from when on what the agent says belongs to a step."""
    done = call.steps[number]
    return done.at if rehearsal.steps[number].hears_meanwhile else done.until


def _answer(rehearsal: Rehearsal, number: int, call: Performance) -> tuple[Spoken, ...]:
    """Return what the agent said from a step to the next."""
    since = _since(rehearsal, number, call)
    until = call.steps[number + 1].at if number + 1 < len(call.steps) else call.seconds
    return call.heard(since, max(until, since))


def _words_of(answer: tuple[Spoken, ...]) -> str:
    return " ".join(one.text for one in answer if one.text)


def _heard(
    rehearsal: Rehearsal, number: int, call: Performance, opinions: Mapping[Claim, Opinion]
) -> Iterator[Judgement]:
    step, answer = rehearsal.steps[number], _answer(rehearsal, number, call)
    text = _words_of(answer)
    told = f"heard: {text!r}" if text else "heard nothing"
    for words in step.heard:
        yield Judgement(found(words, text), f"heard {_quoted(words)}", told, number)
    if step.like is not None:
        yield Judgement(alike(step.like, text), f"heard something like {step.like!r}", told, number)
    for sentence in step.judged:
        yield _judged(sentence, opinions.get((number, sentence)), told, number)
    for words in step.not_heard:
        yield Judgement(not found(words, text), f"not heard {_quoted(words)}", told, number)
    if step.within is not None:
        expected = f"the agent begins within {format_duration(step.within)}"
        # An agent that spoke already, over the end of the words, did not keep anybody waiting.
        wait = max(0.0, answer[0].at - _since(rehearsal, number, call)) if answer else None
        took = "it said nothing" if wait is None else f"after {wait:.2f} s"
        held = wait is not None and wait <= step.within.total_seconds()
        yield Judgement(held, expected, took, number)


def _judged(sentence: str, opinion: Opinion | None, told: str, number: int | None) -> Judgement:
    if opinion is None:
        return Judgement(False, f"judged: {sentence}", "nobody has judged it", number)
    return Judgement(
        opinion.held, f"judged {opinion.by}: {sentence}", f"{opinion.why}; {told}".strip("; "), number
    )


def _quoted(words: str) -> str:
    return words if words.startswith("/") else repr(words)


# --- the whole call ----------------------------------------------------------------------------------


def _whole(expect: Expectations, call: Performance, opinions: Mapping[Claim, Opinion]) -> Iterator[Judgement]:
    if expect.status is not None:
        yield Judgement(
            call.status == expect.status, f"refused with {expect.status}", f"it was {call.status}"
        )
    text = " ".join(one.text for one in call.spoken if one.who == "agent" and one.text)
    for words in expect.not_heard:
        yield Judgement(not found(words, text), f"never heard {_quoted(words)}", f"heard: {text!r}")
    for sentence in expect.judged:
        yield _judged(sentence, opinions.get((None, sentence)), "", None)
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
    wanted = (expect.ended_by, expect.reason, expect.plans, expect.tools, expect.transferred_to)
    if not any(wanted) and expect.cost_below is None:
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
    yield from _transfers(expect, deeds)
    if expect.cost_below is not None:
        cost = deeds.cost_usd
        held = cost is not None and cost < expect.cost_below
        told = "what it cost is not known" if cost is None else f"{cost:.4f} USD"
        yield Judgement(held, f"costs less than {expect.cost_below:g} USD", told)


def _transfers(expect: Expectations, deeds: Deeds) -> Iterator[Judgement]:
    told = (
        ", ".join(f"to {one.target}: {one.outcome or 'not over'}" for one in deeds.transfers) or "to nobody"
    )
    rest = iter(deeds.transfers)
    for target in expect.transferred_to:
        yield Judgement(
            any(one.target == target and _came_through(one) for one in rest), f"put through to {target}", told
        )


def _came_through(one: TriedTransfer) -> bool:
    """Return whether a transfer did what it can: a phone that rehearses makes no calls for others (REFER)."""
    asked = one.mode == "blind" and one.outcome == TransferOutcome.REFUSED
    return asked or one.outcome == TransferOutcome.TRANSFERRED


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
