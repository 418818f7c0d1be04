"""Progress while it runs: calls and costs, drawn anew twice a second; nothing where there is no terminal."""

from __future__ import annotations

import sys
import time
from types import TracebackType
from typing import Self

from rich.console import Console
from rich.live import Live
from rich.progress_bar import ProgressBar
from rich.table import Table

from gateway.loadtest.meters import Meters
from gateway.loadtest.sipp import Counts


class Progress:
    """Shows one step after the other."""

    def __init__(self) -> None:
        self._console = Console(stderr=True)
        self._live = Live(console=self._console, refresh_per_second=4, transient=True)
        self._title = ""
        self._seconds = 1.0
        self._began = 0.0

    def __enter__(self) -> Self:
        if self._console.is_terminal:
            self._live.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._live.stop()

    def begin(self, title: str, seconds: float) -> None:
        """A step begins that will take about so long."""
        self._title, self._seconds, self._began = title, seconds, time.monotonic()
        if not self._console.is_terminal:
            sys.stderr.write(f"{title}: about {seconds:.0f} s ...\n")

    def watch(self, counts: Counts, meters: Meters) -> None:
        """Show how it goes."""
        if not self._console.is_terminal or len(meters.samples) < 3:
            return
        elapsed = time.monotonic() - self._began
        table = Table.grid(padding=(0, 2))
        table.add_row(
            f"[bold]{self._title}[/]", ProgressBar(self._seconds, min(elapsed, self._seconds), width=40)
        )
        table.add_row("calls", f"{counts.up} up, {counts.made} made, {counts.failed} failed")
        before, now = meters.samples[-3], meters.samples[-1]
        for name in meters.pids:
            cores = (now.cpu[name] - before.cpu[name]) / ((now.at - before.at) / 1e9)
            table.add_row(name, f"{100 * cores:5.1f} % of a core, {now.rss_mb[name]:6.1f} MB")
        self._live.update(table)
