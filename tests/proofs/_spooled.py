"""A gateway that dies while PostgreSQL is away: the next one on its machine tells of its calls."""

from __future__ import annotations

import asyncio
import collections
import tempfile

from gateway.records.call_record import CallRecord
from gateway.records.settings import place_of
from gateway.records.store.opening import open_records
from gateway.records.store.question import Question
from tests.equipment import patience, postgres
from tests.equipment.postgres import Postgres
from tests.equipment.programs import Gateway, LocalServer, agent
from tests.equipment.wire_call import Call
from tests.equipment.wire_phone import Phone
from tests.equipment.wire_rtp import Pump
from tests.proofs._three_gateways import NewCalls

UP, A_SECOND, RING_S = 5, 5.0, 6.0
ON_DISK_S = 1.0
"""Seconds after which a record is on disk: it waits 0.1 s for others."""
BROUGHT_S = 40.0
"""Seconds until the next gateway has told it all: others' records are let wait for 10 s."""


async def spooled() -> tuple[bool, str]:
    """Return whether each call has one row that says how it ended, and what was seen."""
    programs = postgres.programs()
    assert programs is not None
    with (
        postgres.running(programs) as database,
        LocalServer() as local,
        Pump() as pump,
        tempfile.TemporaryDirectory(prefix="spool-") as folder,
    ):
        env = {"GATEWAY_RECORDS__DATABASE": database.url, "GATEWAY_RECORDS__SPOOL": folder}
        plans = {"tone": agent("100", local.url, voice="tone-440-60s")}
        with Gateway(plans, "--no-local", env=env) as dies:
            async with Phone(dies.sip, pump) as phone:
                new = NewCalls(phone, A_SECOND)
                await new.ring(RING_S / 2)
                up = await _rung(phone)
                await asyncio.sleep(ON_DISK_S)
                database.stop()
                await new.ring(RING_S)
                up += await _rung(phone)
                await asyncio.sleep(ON_DISK_S)
                dies.popen.kill()
                await asyncio.to_thread(dies.popen.wait)
        database.start()
        lost = {call.call_id for call in up}
        with Gateway(plans, "--no-local", env=env):
            async with patience.within(BROUGHT_S):
                while not _right(rows := _rows(database), new.made, lost):  # noqa: ASYNC110
                    await asyncio.sleep(0.5)
    twice = [one for one, times in collections.Counter(row.sip_call_id for row in rows).items() if times > 1]
    ended = collections.Counter(row.result for row in rows)
    seen = f"{len(new.made)} calls over and {len(lost)} up when it died: {len(rows)} rows, {dict(ended)}"
    return not twice and not new.failed, f"spooled: {seen}, {len(twice)} twice, {len(new.failed)} failed"


async def _rung(phone: Phone) -> list[Call]:
    calls = [phone.call("100") for _ in range(UP)]
    for call in calls:
        await call.answered(30)
    return calls


def _right(rows: list[CallRecord], over: set[str], lost: set[str]) -> bool:
    results = {row.sip_call_id: row.result for row in rows}
    return results == dict.fromkeys(over, "completed") | dict.fromkeys(lost, "lost")


def _rows(database: Postgres) -> list[CallRecord]:
    with open_records(place_of(database.url), only_read=True) as records:
        return list(records.find(Question(most=10_000)))
