"""Short calls of every kind by seed, and whether what is kept of them is what the model's server has counted.

The server is the embedded one, which says at the end of each session what it has told of tokens. All prices
are whole dollars a token, so that no sum is rounded.
"""

from __future__ import annotations

import asyncio
import random
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import yaml

from gateway.records.call_record import CallRecord
from tests.equipment import patience, tone
from tests.equipment.process import Line
from tests.equipment.programs import Gateway, LocalServer, Plan, agent
from tests.equipment.wire_phone import Phone
from tests.equipment.wire_rtp import Pump

READ, CACHED, WRITTEN, HEARD, TRANSCRIBED = 3, 1, 7, 2, 5
"""Dollars a token."""
MILLION = 1_000_000
AT_ONCE = 20
PROVIDER = "counted"


def plans() -> Mapping[str, Plan]:
    """Return the plan of these calls."""
    own = {"url": None, "provider": PROVIDER, "transcription": {"model": "ear"}}
    return {"short": agent("100", "", voice="tone-440-400ms", agent=own)}


def settings(url: str, folder: Path) -> Path:
    """Write the settings that say what a server's tokens cost; return their file."""
    price = [dollars * MILLION for dollars in (READ, CACHED, WRITTEN)]
    prices = {
        "models": {"tone": {"text": price, "audio": price}},
        "transcription": {"ear": {"read": HEARD * MILLION, "written": TRANSCRIBED * MILLION}},
    }
    file = folder / "gateway.yaml"
    file.write_text(yaml.safe_dump({"providers": {PROVIDER: {"url": url, "prices": prices}}}))
    return file


async def ring(phone: Phone, kind: str) -> None:
    """Make one call: `gone` leaves while it rings, `deaf` at once, `hears` the greeting, `talks` a turn."""
    call = phone.call("100")
    if kind == "gone":
        await call.progress(180)
        await call.cancel()
        return
    await call.answered(30)
    if kind != "deaf":
        await call.hears_sound(patient_seconds=20)
    if kind in {"hears", "talks"}:
        await call.hears_silence(200)
    if kind == "talks":
        said = await call.said(call.media.say(tone.sine(300, 400)))
        await call.hears_sound(since=said.ended_at, patient_seconds=20)
    if kind == "turns":
        await call.said(call.media.say(tone.sine(300, 300)))
    await call.hang_up()


KINDS = ("gone", "deaf", "starts", "hears", "talks", "turns")


async def ring_all(gateway: Gateway, calls: int, seed: int) -> Counter[str]:
    """Make so many calls, a few at once; return how many of each kind."""
    kinds = random.Random(seed).choices(KINDS, k=calls)
    waiting = list(kinds)
    with Pump() as pump:
        async with Phone(gateway.sip, pump) as phone:

            async def one_after_another() -> None:
                while waiting:
                    await ring(phone, waiting.pop())

            async with asyncio.TaskGroup() as tasks:
                for _ in range(min(AT_ONCE, calls)):
                    tasks.create_task(one_after_another())
    return Counter(kinds)


@dataclass(frozen=True, slots=True)
class Spent:
    """Tokens and dollars."""

    tokens_in: int
    tokens_out: int
    dollars: int


NOTHING = Spent(0, 0, 0)


def counted(line: Line) -> Spent:
    """Return what the server says of one session."""
    read, cached, written = (int(line[name]) for name in ("tokens_in", "tokens_cached", "tokens_out"))
    dollars = (read - cached) * READ + cached * CACHED + written * WRITTEN
    dollars += int(line["transcribed_in"]) * HEARD + int(line["transcribed_out"]) * TRANSCRIBED
    return Spent(read, written, dollars)


def used_up(record: CallRecord) -> Spent:
    """Return what a record says of its call."""
    told = record.figures
    return Spent(int(told["tokens_in"]), int(told["tokens_out"]), round(record.cost_usd or 0))


def added(spent: list[Spent]) -> Spent:
    """Return the sum."""
    return Spent(*(sum(getattr(one, name) for one in spent) for name in Spent.__slots__))


async def all_over(gateway: Gateway, server: LocalServer, calls: int, sessions: int = 0) -> None:
    """Wait until every record is closed, and every session over, so many at least."""
    async with patience.within(20):
        while len([one for one in gateway.records() if not one.open]) < calls:  # noqa: ASYNC110
            await asyncio.sleep(0.1)
        while len(server.events("client.gone")) < max(sessions, len(server.events("client.connected"))):  # noqa: ASYNC110
            await asyncio.sleep(0.1)


def differences(records: list[CallRecord], sessions: list[Line]) -> tuple[list[Spent], list[Spent]]:
    """Return what only records say that calls have used up, and what only the server says."""
    of_calls = Counter(spent for record in records if (spent := used_up(record)) != NOTHING)
    of_sessions = Counter(spent for line in sessions if (spent := counted(line)) != NOTHING)
    return list((of_calls - of_sessions).elements()), list((of_sessions - of_calls).elements())
