"""What a port costs a tick, and how punctual the clock stays when Python is busy: no calls, no network.

The clock part runs in a process of its own (`python -m tests.bench.micro_media PORTS busy|idle`). What a tick
costs with calls is `load`'s to say.
"""

from __future__ import annotations

import asyncio
import json
import sys
import threading
import time
from collections.abc import Callable

import pjsua2 as pj

from gateway.media.media_port import TICK_SAMPLES, MediaPort
from gateway.media.plane import media_plane, native_available
from gateway.media.resample import ItemResampler
from tests.bench.figures import Figure
from tests.equipment import tone
from tests.media.echo import endpoint_config

SECONDS = 5
TICKS = 20_000
CALLER = tone.sine(300, 20, level_db=-10).tobytes()


async def run(ports: int = 100) -> list[Figure]:
    """Measure what can be had here."""
    figures = [Figure("media", "24k -> 8k of agent audio, 20 ms", _microseconds(_agent_resampler()), "us")]
    for native in (True, False)[not native_available() :]:
        name = f"media, {'native' if native else 'portable'}"
        port = media_plane(native=native).port()
        figures.append(Figure(name, "a port's tick with play and read", _microseconds(_talk(port)), "us"))
    if native_available():
        for what in ("idle", "busy"):
            figures += await _clock(ports, what)
    return figures


def _microseconds(step: Callable[[], object], count: int = TICKS) -> float:
    """Time one step, the mean of many."""
    begin = time.perf_counter()
    for _ in range(count):
        step()
    return (time.perf_counter() - begin) / count * 1e6


def _agent_resampler() -> Callable[[], object]:
    """Bursts of 200 ms; a tenth of one is 20 ms."""
    resampler, burst = ItemResampler(), tone.sine(440, 200, rate=24_000).tobytes()
    pending = iter([0])

    def step() -> None:
        nonlocal pending
        if next(pending, None) is None:
            pending = iter(range(9))
            resampler.feed(burst)

    return step


def _talk(port: MediaPort) -> Callable[[], object]:
    """Both directions of one call for 20 ms, and the reports."""
    agent = tone.sine(300, 20, rate=24_000, level_db=-10).tobytes()

    def step() -> None:
        port.play(1, agent)
        port.exchange(CALLER)
        port.read()
        port.events()

    return step


async def _clock(ports: int, what: str) -> list[Figure]:
    command = (sys.executable, "-m", "tests.bench.micro_media", str(ports), what)
    process = await asyncio.create_subprocess_exec(*command, stdout=asyncio.subprocess.PIPE)
    output, _ = await process.communicate()
    clock = json.loads(output.splitlines()[-1])
    name = f"media clock, {ports} ports, Python {what}"
    return [
        Figure(name, "ticks begin late, p99", clock["p99_late_us"] / 1000, "ms", 2),
        Figure(name, "ticks begin late, max", clock["max_late_us"] / 1000, "ms", 20),
    ]


# --- the process that ticks -------------------------------------------------------------------------------


def _burn(stop: threading.Event) -> None:
    while not stop.is_set():
        sum(number * number for number in range(1000))


def _child(count: int, busy: bool) -> None:
    endpoint = pj.Endpoint()
    endpoint.libCreate()
    config = endpoint_config()
    config.medConfig.maxMediaPorts = count + 8
    config.logConfig.level = config.logConfig.consoleLevel = 0
    endpoint.libInit(config)
    endpoint.libStart()
    plane = media_plane(native=True)
    plane.start()
    ports = [plane.port() for _ in range(count)]
    stop = threading.Event()
    burner = threading.Thread(target=_burn, args=(stop,))
    if busy:
        burner.start()
    _listen(ports)
    clock = plane.clock()
    stop.set()
    plane.stop()
    for port in ports:
        port.close()
    endpoint.libDestroy()
    result = {"p99_late_us": clock.p99_late_us, "max_late_us": clock.max_late_us}
    sys.stdout.write(json.dumps(result) + "\n")


def _listen(ports: list[MediaPort]) -> None:
    """Be the asyncio side for a while: play a second at a time, read every tick."""
    second = tone.sine(440, 1000, rate=24_000, level_db=-12).tobytes()
    until = time.monotonic() + SECONDS
    pause = threading.Event()
    while time.monotonic() < until:
        for port in ports:
            if port.counters().queued_samples < TICK_SAMPLES * 10:
                port.play(1, second)
            port.read()
            port.events()
        pause.wait(0.02)


if __name__ == "__main__":
    _child(int(sys.argv[1]), sys.argv[2] == "busy")
