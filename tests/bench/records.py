"""What a call's record costs, and its recording: processor time of all threads together."""

from __future__ import annotations

import tempfile
import time
from pathlib import Path

from gateway.records.recording.recording import TapRecording
from gateway.records.recording.sound_file import Storage
from gateway.records.store.opening import open_records
from gateway.records.store.question import Question
from gateway.records.store.sqlite import SQLITE_ERRORS
from gateway.records.store.writer import RecordWriter
from tests.bench.figures import Figure
from tests.records.recording.scripted_tap import ScriptedTap, block
from tests.records.store.made_records import ended, record

CALLS = 1000
MOST_US = 1000.0
"""Microseconds that keeping one call's record may take of any thread."""
SECONDS = 60
ROUND_TICKS = 25


async def run() -> list[Figure]:
    """Keep a thousand records, each opened and closed by itself; write a minute of a call."""
    with tempfile.TemporaryDirectory() as name:
        writer = RecordWriter("run", lambda: open_records(Path(name, "r.db")), None, SQLITE_ERRORS)
        begin = time.process_time()
        for number in range(CALLS):
            for one in (record(f"c{number}"), ended(f"c{number}")):
                writer.put(one)
                writer.flush()
        spent = time.process_time() - begin
        writer.close()
        with open_records(Path(name, "r.db")) as records:
            kept = sum(1 for _ in records.find(Question(over=True, most=2 * CALLS)))
        tap = ScriptedTap()
        recording = TapRecording(tap, Storage(Path(name)), "a.wav", 0, "key")
        began = time.process_time()
        for tick in range(0, SECONDS * 50, ROUND_TICKS):
            tap.waiting = [block(tick, ROUND_TICKS)]
            recording.drain()
        written = time.process_time() - began
        recording.end()
    return [
        Figure("records", "processor time a call, opened and closed", spent / CALLS * 1e6, "us", MOST_US),
        Figure("records", "records missing of a thousand", CALLS - kept, "", 0),
        Figure("records", "processor time to write a second of a recording", written / SECONDS * 1e6, "us"),
    ]
