"""A campaign files every outcome rightly, goes on after any end, and keeps its pace.

`python -m tests.proofs.campaign [NUMBERS] [RATE]`

1. So many numbers (200) are called at RATE (10) calls a second. Whoever is called is SIPp
   (tests/sipp/outcomes.xml): answers, is busy, rings on, is unknown, has moved to where we may call and
   where we may not, plays something and is busy, is a machine that beeps, hangs up at once. In the middle
   the campaign is killed (SIGKILL), and started again. Each outcome is filed rightly, everybody was called
   once, and the pace was within 5 % of what was asked.
2. 50 people are called, one after another: the agent's first packet comes 20 ms after the ACK, at most.
"""

from __future__ import annotations

import asyncio
import csv
import itertools
import json
import signal
import subprocess
import sys
import tempfile
import wave
from collections import Counter
from datetime import datetime
from pathlib import Path

import numpy as np
import yaml

from tests.bench.figures import percentile
from tests.equipment import ports, tone
from tests.equipment.control import control
from tests.equipment.model import RATE as MODEL_RATE
from tests.equipment.model import Model
from tests.equipment.process import python
from tests.equipment.programs import Gateway, LocalServer, agent
from tests.equipment.wire_phone import Phone
from tests.equipment.wire_rtp import MS, Pump
from tests.proofs import NOT_HERE
from tests.sipp import runner
from tests.sounds import speech

NUMBERS, RATE, PEOPLE = 200, 10.0, 50
OUTCOMES = {
    1: "answered",
    2: "busy",
    3: "no_answer",
    4: "unreachable",
    5: "answered",
    6: "redirected",
    7: "busy",
    8: "machine",
    9: "answered",
}
FIRST_PACKET_MS = 20.0
SCENARIO = Path(runner.__file__).with_name("outcomes.xml")


def machine() -> bytes:
    """Return what an answering machine says, in G.711 mu-law: whole packets."""
    said = [speech("sum")[1000:9000]] * 5
    pcm = np.concatenate((*said, np.zeros(4000, np.int16), tone.sine(1000, 400), np.zeros(160_000, np.int16)))
    return tone.ulaw_encode(pcm[: len(pcm) // 160 * 160].astype(np.int16))


def far_side(folder: Path, gateway: tuple[str, int], port: int, calls: int) -> subprocess.Popen[bytes]:
    """Start whoever is called."""
    (folder / "machine.ul").write_bytes(machine())
    command = ["sipp", f"{gateway[0]}:{gateway[1]}", "-i", "127.0.0.1", "-mi", "127.0.0.1", "-p", str(port)]
    command += ["-sf", str(SCENARIO), "-m", str(calls), "-nostdin", "-deadcall_wait", "0"]
    command += ["-min_rtp_port", str(ports.free_port())] if runner_has_ports() else []
    return subprocess.Popen(
        command,
        cwd=folder,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        env={"TERM": "dumb", "PATH": "/usr/bin"},
    )


def runner_has_ports() -> bool:
    """Return whether this SIPp gives each call an RTP port (3.7 and newer)."""
    return b"-min_rtp_port" in subprocess.run(["sipp", "-h"], capture_output=True, check=False).stdout


def settings(folder: Path, port: int) -> Path:
    """Write the gateway's settings: one trunk, at which the far side is."""
    trunk = {
        "peers": ["127.0.0.1"],
        "address": f"127.0.0.1:{port}",
        "dial": ["+49"],
        "region": "DE",
        "redirects": "follow",
        "keepalive": "off",
    }
    file = folder / "gateway.yaml"
    file.write_text(yaml.safe_dump({"trunks": {"carrier": trunk}, "region": "DE"}), encoding="utf-8")
    return file


def people(folder: Path, numbers: int) -> Path:
    """Write the list; a number says what becomes of its call."""
    kinds = itertools.islice(itertools.cycle(OUTCOMES), numbers)
    file = folder / "people.csv"
    lines = (f"+4930{kind}{number:05d},n{number}" for number, kind in enumerate(kinds))
    file.write_text("\n".join(("number,name", *lines)) + "\n", encoding="utf-8")
    return file


def outcomes(folder: Path, numbers: int, rate: float) -> bool:
    """Call them all, with a kill in the middle; say what came of it."""
    port = ports.free_port()
    with wave.open(str(folder / "message.wav"), "wb") as file:
        file.setparams((1, 2, 8000, 0, "NONE", ""))
        file.writeframes(tone.sine(700, 600).tobytes())
    told = {"on_machine": "leave_message", "play": str(folder / "message.wav")}
    with LocalServer() as model:
        more = {"answer": {"speaks_first": "caller"}, "outbound": told, "variables": {"name": "you"}}
        plans = {"reminder": agent("500", model.url, **more)}
        with Gateway(plans, "--no-local", "--config", str(settings(folder, port))) as gateway:
            sipp = far_side(folder, gateway.sip, port, 2 * numbers)
            try:
                return _campaign(folder, gateway, people(folder, numbers), rate)
            finally:
                sipp.kill()
                sipp.wait()


def _campaign(folder: Path, gateway: Gateway, listed: Path, rate: float) -> bool:
    command = python("-m", "gateway", "campaign", str(listed), "--plan", "reminder", "--rate", str(rate))
    command += ["--concurrency", "200", "--ring", "3s", "--socket", str(gateway.control)]
    command += ["--config", str(folder / "gateway.yaml")]
    steps = listed.with_name("people.csv.progress.jsonl")
    total = len(listed.read_text(encoding="utf-8").splitlines()) - 1
    first = subprocess.Popen(command, stderr=subprocess.DEVNULL)
    while len(_begun(steps)) < total // 2:
        if first.poll() is not None:
            raise SystemExit("the campaign ended before it could be killed")
        asyncio.run(asyncio.sleep(0.05))
    first.send_signal(signal.SIGKILL)
    first.wait()
    before = _begun(steps)
    subprocess.run(command, check=False, stderr=subprocess.DEVNULL, timeout=30 + 4 * total / rate)
    return _filed(listed, total) and _once(gateway, total) and _even(before, rate)


def _begun(steps: Path) -> list[float]:
    """Return when calls were begun, in seconds."""
    if not steps.exists():
        return []
    lines = [
        json.loads(line)
        for line in steps.read_text(encoding="utf-8").splitlines(keepends=True)
        if line.endswith("\n")
    ]
    return [datetime.fromisoformat(line["at"]).timestamp() for line in lines if "call" in line]


def _filed(listed: Path, total: int) -> bool:
    with listed.with_name("people.csv.result.csv").open(encoding="utf-8", newline="") as lines:
        rows = list(csv.DictReader(lines))
    wrong = [row for row in rows if row["outcome"] != OUTCOMES[int(row["number"][5])]]
    for row in wrong[:10]:
        sys.stdout.write(f"filed wrongly: {row}\n")
    kinds = Counter(row["outcome"] for row in rows)
    sys.stdout.write(f"{total - len(wrong)} of {total} outcomes filed rightly: {dict(kinds)}\n")
    return not wrong and len(rows) == total


def _once(gateway: Gateway, total: int) -> bool:
    called = Counter(line["called"] for line in gateway.events("call.started"))
    twice = [number for number, times in called.items() if times > 1]
    sys.stdout.write(f"killed and started again: {len(called)} of {total} called, {len(twice)} twice\n")
    return len(called) == total and not twice


def _even(begun: list[float], rate: float) -> bool:
    pace = (len(begun) - 1) / (begun[-1] - begun[0])
    sys.stdout.write(f"pace: {pace:.2f} a second of {rate:g} that were asked\n")
    return abs(pace / rate - 1) <= 0.05


async def first_packets(count: int) -> bool:
    """Measure how soon after the ACK the agent is heard."""
    waits = []
    async with Model() as model:
        model.says = tone.sine(660, 1000, rate=MODEL_RATE, fade_ms=0)
        plans = {"reminder": agent("500", model.url, model="scripted")}
        with Gateway(plans, "--no-local") as gateway, Pump() as pump:
            async with (
                Phone(gateway.sip, pump, user="desk") as phone,
                control(gateway) as asked,
            ):
                number = f"sip:desk@{phone.local[0]}:{phone.local[1]}"
                for _ in range(count):
                    await asked.ask("originate", number=number, plan="reminder")
                    call = await phone.incoming()
                    call.ring()
                    await asyncio.sleep(0.4)
                    await call.accept()
                    first = await call.hears_sound(call.times["ACK"])
                    waits.append((first - call.times["ACK"]) / MS)
                    await call.hang_up()
    soon = sum(wait <= FIRST_PACKET_MS for wait in waits)
    p50, worst = percentile(waits, 50), max(waits)
    sys.stdout.write(
        f"first packet of the agent after the ACK: p50 {p50:.1f}, worst {worst:.1f} ms;"
        f" {soon} of {count} within {FIRST_PACKET_MS:g} ms\n"
    )
    return soon == count


def main() -> int:
    """Show both."""
    if not runner.available():
        sys.stdout.write("needs sipp: apt-get install sip-tester\n")
        return NOT_HERE
    numbers = int(sys.argv[1]) if len(sys.argv) > 1 else NUMBERS
    rate = float(sys.argv[2]) if len(sys.argv) > 2 else RATE
    with tempfile.TemporaryDirectory(prefix="campaign-") as folder:
        filed = outcomes(Path(folder), numbers, rate)
    return 0 if asyncio.run(first_packets(PEOPLE)) and filed else 1


if __name__ == "__main__":
    sys.exit(main())
