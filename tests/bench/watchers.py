"""Whether those who watch over the control API cost the calls anything: `python -m tests.bench.watchers`.

A hundred callers speak over their agents, the gateway and its API's process on one processor, all else on
the others. In turns with nobody there, and with a hundred who listen to events, of one call or of all, and
also ask for the list of calls now and then (WATCHERS=20: so many). What counts is the median of the ratios of
the pairs.
"""

from __future__ import annotations

import asyncio
import contextlib
import dataclasses
import os
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import httpx2

from gateway.loadtest.settings import LoadSettings
from gateway.node.api_tokens import Role, TokenFile
from tests.bench.load import ring
from tests.equipment import ports

CALLS, PAIRS, SECONDS = 100, 5, 30
WATCHERS = int(os.environ.get("WATCHERS", "100"))
WATCHED = {"gap_p99": "gap p99", "told_p99": "flush p99", "gateway_per_call": "CPU a call"}
BAR = 1.05
ASK_EVERY_S = 5.0
GATEWAY = (sys.executable, "-m", "gateway")


def measured(calls: int, seconds: int) -> dict[str, float]:
    """Run the load, and return the figures that count."""
    with tempfile.TemporaryDirectory() as folder:
        command = ("env", f"GATEWAY_CONTROL={folder}/control", *GATEWAY)  # which a load test leaves out
        load = LoadSettings(calls=calls, rate=20, duration=seconds, scenario="barge-in", pin=True, light=True)
        settings = dataclasses.replace(load, command=command)
        figures: dict[str, Any] = ring(settings)["steps"][0]["figures"]
    if missing := [told for key, told in WATCHED.items() if key not in figures]:
        raise SystemExit(f"no {', '.join(missing)}: this machine is too busy for {calls} calls")
    return {key: float(figures[key]["value"]) for key in WATCHED} | {"failed": figures["failed"]["value"]}


def watched(calls: int, seconds: int) -> dict[str, float]:
    """Do the same while so many watch."""
    with tempfile.TemporaryDirectory() as folder:
        tokens = Path(folder, "tokens.json")
        token = TokenFile(tokens).add("watcher", Role.READ)
        listen = f"127.0.0.1:{ports.free_port()}"
        own = {"GATEWAY_API__LISTEN": listen, "GATEWAY_API__TOKENS": str(tokens)}
        os.environ.update(own)
        others = ",".join(map(str, sorted(os.sched_getaffinity(0))[1:])) or "0"  # the first is the gateway's
        command = ["taskset", "-c", others, sys.executable, "-m", "tests.bench.watchers", "--watch"]
        command += [f"http://{listen}", token]
        watchers = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        try:
            found = measured(calls, seconds)
        finally:
            for name in own:
                del os.environ[name]
            watchers.terminate()
            heard, _ = watchers.communicate()
        return found | {"heard": float(heard.split()[-1] if heard.split() else 0)}


async def watch(url: str, token: str) -> None:
    """Be a hundred watchers until the end."""
    heard = 0
    headers = {"Authorization": f"Bearer {token}"}
    limits = httpx2.Limits(max_connections=WATCHERS + 5)
    async with httpx2.AsyncClient(base_url=url, headers=headers, limits=limits, timeout=None) as client:

        async def one(number: int) -> None:
            nonlocal heard
            while True:
                with contextlib.suppress(httpx2.HTTPError, LookupError):
                    calls = (await client.get("/v1/calls")).json()["calls"]
                    if not calls:
                        await asyncio.sleep(1)
                        continue
                    path = (
                        "/v1/events"
                        if number % 10 == 0
                        else f"/v1/calls/{calls[number % len(calls)]['id']}/events"
                    )
                    async with client.stream("GET", path) as answer:
                        async for line in answer.aiter_lines():
                            heard += line.startswith("data")
                await asyncio.sleep(ASK_EVERY_S)

        try:
            async with asyncio.TaskGroup() as tasks:
                for number in range(WATCHERS):
                    tasks.create_task(one(number))
        finally:
            sys.stdout.write(f"{heard}\n")
            sys.stdout.flush()


def main(calls: int, pairs: int, seconds: int) -> int:
    """Run the pairs; return 0 if no ratio is above the bar."""
    ratios: dict[str, list[float]] = {key: [] for key in WATCHED}
    for number in range(pairs):
        turns = [measured, watched] if number % 2 == 0 else [watched, measured]
        found = {turn.__name__: turn(calls, seconds) for turn in turns}
        alone, with_watchers = found["measured"], found["watched"]
        sys.stdout.write(f"pair {number + 1}: alone {alone}, watched {with_watchers}\n")
        sys.stdout.flush()
        for key in WATCHED:
            ratios[key].append(with_watchers[key] / alone[key])
    medians = {key: statistics.median(values) for key, values in ratios.items()}
    for key, median in medians.items():
        sys.stdout.write(
            f"{WATCHED[key]:12} x {median:.3f}  (at most {BAR})  {[round(r, 3) for r in ratios[key]]}\n"
        )
    return 0 if max(medians.values()) <= BAR else 1


if __name__ == "__main__":
    if sys.argv[1:2] == ["--watch"]:
        import signal

        def leave(*_: object) -> None:
            raise KeyboardInterrupt

        signal.signal(signal.SIGTERM, leave)
        with contextlib.suppress(KeyboardInterrupt):
            asyncio.run(watch(*sys.argv[2:4]))
        sys.exit(0)
    given = [int(one) for one in sys.argv[1:]]
    sys.exit(main(*(given + [CALLS, PAIRS, SECONDS][len(given) :])))
