"""Functions that take their time cost nobody else anything: `python -m tests.proofs.functions [CALLS]`.

1. In 20 calls the model calls a function of 3 s (a webhook). Each caller hears the plan's filler within its
   `filler_after` and 300 ms more, from the moment at which the model's event is sent.
2. In CALLS (50) calls the agent is interrupted at random moments, while CALLS others are up and silent; then
   again while a function hangs in each of those others; twice each, in turns. How soon the agent is silent,
   and the gateway's processor time, are to be the same.
"""

from __future__ import annotations

import asyncio
import os
import random
import sys
import tempfile
import wave
from pathlib import Path

from tests.bench.barge_in import _interrupt
from tests.bench.figures import percentile
from tests.equipment import tone
from tests.equipment.model import RATE, Model, Session
from tests.equipment.programs import Gateway, agent
from tests.equipment.web_server import Answered, WebServer, web_server
from tests.equipment.wire_call import Call
from tests.equipment.wire_phone import Phone
from tests.equipment.wire_rtp import MS, Pump

FILLERS, FILLER_AFTER_MS, LATE_MS = 20, 500, 300
CALLS = 50
SAME = 1.1
"""How much more processor time still counts as the same: two runs of one kind differ by as much."""
WORSE_MS = 5.0
"""The same for the 99th percentile of the silence."""


def plans(model: Model, web: WebServer, folder: Path) -> dict[str, dict[str, object]]:
    """Return the plan of all calls, and write the sound of its filler."""
    with wave.open(str(folder / "filler.wav"), "wb") as file:
        file.setparams((1, 2, RATE, 0, "NONE", ""))
        file.writeframes(tone.sine(880, 300, rate=RATE, fade_ms=2).tobytes())
    hook = {"description": "Wait.", "url": f"{web.url}/slow", "timeout": "2m"}
    waits = {"filler_after": f"{FILLER_AFTER_MS}ms", "play": str(folder / "filler.wav")}
    quiet = {"on_failure": {"hold": None}, "answer": {"speaks_first": "caller"}}
    return {
        "slow": agent("100", model.url, agent={"webhooks": {"slow": hook}}, on_tool=waits, **quiet),
        "talks": agent("200", model.url),
        "hangs": agent("300", model.url, agent={"webhooks": {"slow": hook}}, **quiet),
    }


async def call_function(session: Session) -> int:
    """Have the model call the function; give when that was sent (CLOCK_MONOTONIC ns)."""
    response = await session.start_response()
    item = {"id": "fc", "type": "function_call", "call_id": "c1", "name": "slow", "arguments": "{}"}
    at = await session.send("response.output_item.done", response_id=response, output_index=0, item=item)
    await session.end_response(response)
    return at


async def fillers() -> list[float]:
    """Return how long each of the callers waited for the filler, in ms."""
    with tempfile.TemporaryDirectory() as folder:
        async with Model() as model, web_server() as web:
            model.says = None
            web.answers["/slow"] = Answered({"done": True}, after_s=3)
            with Gateway(plans(model, web, Path(folder)), "--no-local") as gateway, Pump() as pump:
                async with Phone(gateway.sip, pump) as phone:
                    return [await _filler(phone, model, number) for number in range(1, FILLERS + 1)]


async def _filler(phone: Phone, model: Model, number: int) -> float:
    call = phone.call("100")
    await call.answered(15)
    at = await call_function(await model.session(number))
    first = await call.hears_sound(at, 15)
    await call.hang_up()
    return (first - at) / MS


async def interruptions(calls: int, *, hanging: bool, seed: int) -> tuple[list[float], float]:
    """Return how soon each interrupted agent was silent, in ms, and the gateway's processor time in s."""
    rng = random.Random(seed)
    with tempfile.TemporaryDirectory() as folder:
        async with Model() as model, web_server() as web:
            web.answers["/slow"] = Answered(hangs=True)
            model.says = tone.sine(440, 20_000, rate=RATE, fade_ms=5)
            with Gateway(plans(model, web, Path(folder)), "--no-local") as gateway, Pump() as pump:
                async with Phone(gateway.sip, pump) as phone:
                    others = [await _up(phone, model, "300", n + 1) for n in range(calls)]
                    for _, session in others if hanging else ():
                        await call_function(session)
                    if hanging:
                        await web.got(calls)
                    talking = [await _up(phone, model, "200", calls + n + 1) for n in range(calls)]
                    before = _processor_s(gateway.popen.pid)
                    done = await asyncio.gather(*(_interrupt(*one, rng) for one in talking))
                    spent = _processor_s(gateway.popen.pid) - before
                    await asyncio.gather(*(call.hang_up() for call, _ in (*talking, *others)))
    return [(last - told) / MS for turns in done for told, last, _ in turns], spent


async def _up(phone: Phone, model: Model, number: str, session: int) -> tuple[Call, Session]:
    call = phone.call(number)
    await call.answered(15)
    return call, await model.session(session)


def _processor_s(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(") ")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


async def prove(calls: int) -> bool:
    """Measure both, and say what came of it."""
    waits = await fillers()
    late = [ms for ms in waits if ms > FILLER_AFTER_MS + LATE_MS]
    sys.stdout.write(
        f"filler after {FILLER_AFTER_MS} ms: heard after {min(waits):.0f} to {max(waits):.0f} ms, "
        f"{len(waits) - len(late)} of {len(waits)} within {FILLER_AFTER_MS + LATE_MS} ms\n"
    )
    found: dict[bool, list[tuple[float, float]]] = {False: [], True: []}
    for seed in (1, 2):
        for hanging in (False, True):
            silence, spent = await interruptions(calls, hanging=hanging, seed=seed)
            p50, p99 = percentile(silence, 50), percentile(silence, 99)
            found[hanging].append((p99, spent))
            sys.stdout.write(
                f"{calls} calls interrupted, {calls if hanging else 0} functions hang: silent "
                f"p50 {p50:.1f}, p99 {p99:.1f} ms; {spent:.2f} s of processor time\n"
            )
    worse_ms = _least(found, 0, True) - _least(found, 0, False)
    times = _least(found, 1, True) / _least(found, 1, False)
    sys.stdout.write(f"with functions that hang: p99 {worse_ms:+.1f} ms, processor time x {times:.2f}\n")
    return not late and times <= SAME and worse_ms <= WORSE_MS


def _least(found: dict[bool, list[tuple[float, float]]], at: int, hanging: bool) -> float:
    return min(run[at] for run in found[hanging])


if __name__ == "__main__":
    wanted = int(sys.argv[1]) if len(sys.argv) > 1 else CALLS
    sys.exit(0 if asyncio.run(prove(wanted)) else 1)
