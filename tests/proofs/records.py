"""What is kept of calls outlives the gateway and its disk: `python -m tests.proofs.records [CALLS]`.

The gateway is killed with -9 while it records CALLS calls. The next one finds each once, as lost, and its
recording can be played to within a second of the end, every sample as it was sent; calls that were over
stay as they were. Then calls are recorded onto a disk of 1 MB, which is soon full: they go on, the operator
is told once, and what has been written can be played.
"""

from __future__ import annotations

import asyncio
import collections
import os
import signal
import subprocess
import sys
import tempfile
import wave
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np

from gateway.dialplan.model import OnFailure
from gateway.records.call_record import CallRecord
from tests.equipment import tone
from tests.equipment.programs import Gateway, LocalServer, agent
from tests.equipment.wire_call import Call
from tests.equipment.wire_phone import Phone
from tests.equipment.wire_rtp import Pump
from tests.proofs import NOT_HERE
from tests.whole_calls.test_recording import as_sent

CALLS, OVER, FULL = 50, 10, 5
MOST_MISSING_S = 1.0
TALKS_S = 6.0


def plan(url: str) -> dict[str, object]:
    """Return a plan that records, and whose words are recorded as well: nobody has to speak them."""
    record = {"consent": "announce", "say": OnFailure().hold}
    return dict(agent("100", url, voice="tone-440-60s", record=record))


async def killed(calls: int) -> bool:
    """Kill a gateway that records calls, and look at what is left of them."""
    with tempfile.TemporaryDirectory() as name, LocalServer() as server, Pump() as pump:
        folder, plans = Path(name), {"told": plan(server.url)}
        with Gateway(plans, "--no-local", env={"GATEWAY_RECORDING__FOLDER": name}, rtp_ports=400) as gateway:
            async with Phone(gateway.sip, pump) as phone:
                for _ in range(OVER):
                    call = phone.call("100")
                    await call.answered(30)
                    await call.hang_up()
                up = [phone.call("100") for _ in range(calls)]
                for call in up:
                    await call.answered(60)
                await asyncio.sleep(TALKS_S)
                before = {record.call: record.result for record in gateway.records()}
                gateway.popen.send_signal(signal.SIGKILL)
                gateway.wait()
            own = {"GATEWAY_RECORDS__DATABASE": str(gateway.database)}
            with Gateway(plans, "--no-local", env=own):
                await asyncio.sleep(2)
            return _found(gateway.records(), before, up, folder)


def _found(records: list[CallRecord], before: dict[str, str | None], up: list[Call], folder: Path) -> bool:
    results = collections.Counter(record.result for record in records)
    lost = {record.sip_call_id: record for record in records if record.result == "lost"}
    missing = [_missing_s(call, lost.get(call.call_id), folder) for call in up]
    kept = all(one.result == (before[one.call] or "lost") for one in records)
    holds = (
        len(records) == len(before) == len({record.call for record in records})
        and results["lost"] == len(up)
        and kept
        and max(missing) <= MOST_MISSING_S
    )
    sys.stdout.write(
        f"killed amid {len(up)} calls: {dict(results)}, {len(records)} records of {len(before)} calls;"
        f" of the recordings the last {max(missing):.2f} s are missing at most\n"
    )
    return holds


def _missing_s(call: Call, record: CallRecord | None, folder: Path) -> float:
    """Return how much of what a phone heard is not in its recording; infinite if that is another sound."""
    if record is None or record.recording is None:
        return float("inf")
    with wave.open(str(folder / record.recording["file"]), "rb") as file:
        samples = np.frombuffer(file.readframes(file.getnframes()), "<i2").reshape(-1, 2)
    sent = b"".join(packet.payload for packet in call.media.audio())
    place = sent.find(as_sent(samples[:, 1]))
    return (len(sent) - place - len(samples)) / 8000 if place >= 0 and len(samples) else float("inf")


@contextmanager
def small_disk() -> Iterator[Path]:
    """Mount a disk of 1 MB. Raises CalledProcessError where that is not allowed."""
    with tempfile.TemporaryDirectory() as name:
        subprocess.run(["mount", "-t", "tmpfs", "-o", "size=1m", "none", name], check=True)
        try:
            yield Path(name)
        finally:
            subprocess.run(["umount", name], check=True)


async def full() -> bool:
    """Record calls until the disk is full, and on."""
    with small_disk() as folder, LocalServer() as server, Pump() as pump:
        env = {"GATEWAY_RECORDING__FOLDER": str(folder)}
        with Gateway({"told": plan(server.url)}, "--no-local", env=env) as gateway:
            async with Phone(gateway.sip, pump) as phone:
                calls = [phone.call("100") for _ in range(FULL)]
                for call in calls:
                    await call.answered(30)
                await gateway.said("recording.unwritable")
                await calls[0].listens(3000)
                talking = [tone.share(call.media.heard()[-8000:], 440) > 0.9 for call in calls]
                for call in calls:
                    await call.hang_up()
                for call in calls:
                    await gateway.said("call.ended", sip_call_id=call.call_id)
                await asyncio.sleep(2)
            told = len(gateway.events("recording.unwritable"))
            records = gateway.records()
        playable = [_seconds(folder / str((one.recording or {}).get("file"))) for one in records]
        told_gaps = [(one.recording or {}).get("gaps", ()) for one in records]
        gaps = [any(gap["why"] == "unwritable" for gap in one) for one in told_gaps]
    sys.stdout.write(
        f"disk full: {sum(talking)} of {FULL} calls go on, told {told} times, recordings of {playable} s\n"
    )
    return all(talking) and told == 1 and all(gaps) and min(playable) > 3 and len(records) == FULL


def _seconds(path: Path) -> float:
    with wave.open(str(path), "rb") as file:
        return round(file.getnframes() / file.getframerate(), 1)


def main() -> int:
    """Show both."""
    if os.geteuid() != 0:
        sys.stdout.write("mounting a small disk is root's\n")
        return NOT_HERE
    calls = int(sys.argv[1]) if len(sys.argv) > 1 else CALLS
    survived = asyncio.run(killed(calls))
    return 0 if asyncio.run(full()) and survived else 1


if __name__ == "__main__":
    sys.exit(main())
