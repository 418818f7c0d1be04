"""How the agent listens: `python -m tests.proofs.listening [KIND ...] [--plan NAME] [--aside]`.

Echoes, backchannels, pauses for thought, noises, interruptions, questions, a monologue, a late ACK: calls to
a gateway with the embedded agent, judged by what comes out of the phone. `--aside`: with the half of the
material that was put aside, instead of the one that is tuned by. A few calls at a time (`--at-once`); what is
measured in ms wants a quiet machine.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import statistics
import sys
from collections.abc import Awaitable, Callable
from functools import partial
from pathlib import Path
from typing import Any

from tests.equipment import callers
from tests.equipment.listening_calls import WORDS, Calls, Outcome
from tests.equipment.programs import Gateway, Plan
from tests.equipment.wire_phone import Phone
from tests.equipment.wire_rtp import Pump

Kind = Callable[[Calls, bool], Awaitable[list[Outcome]]]
ANNOUNCES, LISTENS = "100", "200"
BARS: dict[str, tuple[int, str]] = {
    "echo": (0, "self-interruptions"),
    "double-talk": (0, "interruptions missed over an echo"),
    "backchannels": (1, "sentences lost"),
    "pauses": (2, "break-ins, of all lengths"),
    "noises": (0, "sentences lost"),
    "television": (2, "sentences lost"),
    "interruptions": (0, "missed"),
    "questions": (0, "later than 1 s"),
    "unfinished": (0, "later than 1.2 s"),
    "monologue": (0, "later than 900 ms"),
    "late-ack": (0, "spoken before the ACK"),
}
PLANS: dict[str, dict[str, Any]] = {
    "default": {},
    "local": {"barge_in": {"detector": "local"}},
    "duck": {"barge_in": {"detector": "duck"}},
    "own": {"agent": {"turn_detection": {"type": "none"}}},
    "before": {"barge_in": {"backchannels": "interrupt", "echo": "hear"}, "turn_end": {"patience": None}},
}


async def echo(calls: Calls, aside: bool) -> list[Outcome]:
    return await calls.each([partial(calls.echo, ANNOUNCES, *one) for one in callers.echoes(aside=aside)])


async def double_talk(calls: Calls, aside: bool) -> list[Outcome]:
    said = callers.spoken("Excuse me, I have a question.", callers.voices(aside=aside)[0])
    echoes = callers.echoes(aside=aside)
    return await calls.each([partial(calls.echo, ANNOUNCES, *one, said) for one in echoes])


def _over(sounds: Callable[..., list[Any]]) -> Kind:
    async def kind(calls: Calls, aside: bool) -> list[Outcome]:
        await calls.whole(ANNOUNCES)
        return await calls.each([partial(calls.over_it, ANNOUNCES, *one) for one in sounds(aside=aside)])

    return kind


async def interruptions(calls: Calls, aside: bool) -> list[Outcome]:
    await calls.whole(ANNOUNCES)
    chosen = callers.interruptions(aside=aside)
    return await calls.each([partial(calls.interrupt, ANNOUNCES, *each) for each in chosen])


async def pauses(calls: Calls, aside: bool) -> list[Outcome]:
    return await calls.each([partial(calls.pause, LISTENS, each) for each in callers.pauses(aside=aside)])


async def questions(calls: Calls, aside: bool) -> list[Outcome]:
    asked = callers.questions(aside=aside)
    return await calls.each([partial(calls.ask, LISTENS, *each, 1000) for each in asked])


async def unfinished(calls: Calls, aside: bool) -> list[Outcome]:
    said = callers.unfinished(aside=aside)
    return await calls.each([partial(calls.ask, LISTENS, *each, 1200) for each in said])


async def monologue(calls: Calls, aside: bool) -> list[Outcome]:
    said = callers.monologue(aside=aside)
    once = partial(calls.ask, LISTENS, f"monologue of {len(said) / 8000:.0f} s", said, 900)
    return await calls.each([once, once])


async def late_ack(calls: Calls, aside: bool) -> list[Outcome]:
    await calls.whole(ANNOUNCES)
    return await calls.each([partial(calls.late_ack, ANNOUNCES, ms) for ms in (0, *range(50, 283, 13), 600)])


KINDS: dict[str, Kind] = {
    "echo": echo,
    "double-talk": double_talk,
    "backchannels": _over(callers.backchannels),
    "pauses": pauses,
    "noises": _over(callers.all_noises),
    "television": _over(callers.television),
    "interruptions": interruptions,
    "questions": questions,
    "unfinished": unfinished,
    "monologue": monologue,
    "late-ack": late_ack,
}


def plans(keys: dict[str, Any]) -> dict[str, Plan]:
    """Return a plan that announces, and one that waits for its caller."""
    instructions = "You are the assistant of a museum. It is open Monday to Friday, 9:00 to 17:00."
    agent = {"provider": "local", "voice": "heart", "instructions": instructions, **keys.get("agent", {})}
    more = {key: value for key, value in keys.items() if key != "agent"}
    return {
        "announces": {
            "numbers": [ANNOUNCES],
            "agent": agent,
            "answer": {"greeting": WORDS, "greeting_cached": True},
            **more,
        },
        "listens": {"numbers": [LISTENS], "agent": agent, "answer": {"speaks_first": "caller"}, **more},
    }


async def run(given: argparse.Namespace) -> dict[str, list[Outcome]]:
    """Make the calls."""
    with Gateway(plans(PLANS[given.plan])) as gateway, Pump() as pump:
        async with Phone(gateway.sip, pump) as phone:
            calls = Calls(gateway, phone, given.at_once, given.pictures)
            found = {}
            for kind in given.kinds or KINDS:
                found[kind] = await KINDS[kind](calls, given.aside)
                sys.stdout.write(report(kind, found[kind], verbose=given.verbose))
                sys.stdout.flush()
            return found


def report(kind: str, outcomes: list[Outcome], *, verbose: bool) -> str:
    """Return the line of a kind, and those of the calls that went wrong."""
    bad = [one for one in outcomes if one.bad]
    line = f"{kind:14} {len(bad):3} of {len(outcomes):3} {BARS[kind][1]} (bar {BARS[kind][0]})"
    for name in ("gap_ms", "silent_after_ms", "silent_ms", "after_ack_ms", "after_200_ms"):
        if values := sorted(one.figures[name] for one in outcomes if name in one.figures):
            p95 = values[min(len(values) - 1, round(0.95 * len(values)))]
            line += f"; {name} median {statistics.median(values):.0f}, p95 {p95:.0f}"
            line += f", {values[0]:.0f}-{values[-1]:.0f}"
    shown = outcomes if verbose else bad
    return (
        "\n".join([line, *(f"    {'!' if one.bad else ' '} {one.what}: {_figures(one)}" for one in shown)])
        + "\n"
    )


def _figures(one: Outcome) -> str:
    return ", ".join(f"{name} {value:.0f}" for name, value in one.figures.items())


def main() -> int:
    """Read the command line; make the calls; say what holds."""
    parser = argparse.ArgumentParser()
    parser.add_argument("kinds", nargs="*", choices=[*KINDS, []])
    parser.add_argument("--plan", choices=PLANS, default="default")
    parser.add_argument("--aside", action="store_true")
    parser.add_argument("--at-once", type=int, default=3)
    parser.add_argument("--verbose", action="store_true")
    parser.add_argument("--json", type=Path)
    parser.add_argument("--pictures", type=Path, help="a folder: every call is drawn")
    given = parser.parse_args()
    found = asyncio.run(run(given))
    if given.json:
        told = {kind: [one.__dict__ for one in outcomes] for kind, outcomes in found.items()}
        given.json.write_text(json.dumps(told, indent=1), encoding="utf-8")
    return int(any(sum(one.bad for one in outcomes) > BARS[kind][0] for kind, outcomes in found.items()))


if __name__ == "__main__":
    sys.exit(main())
