"""What signals ask of a gateway process: to drain, to wait no longer, to read its plans again."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import threading
from collections.abc import Callable


def tell(process: asyncio.subprocess.Process, number: signal.Signals) -> None:
    """Send a signal to a process, unless it has ended: that it has may be known to the system before us."""
    if process.returncode is None:
        with contextlib.suppress(ProcessLookupError):
            process.send_signal(number)


class Signals:
    """`stop` is set when calls are to be let finish, `hurry` when they are to be ended.

    SIGINT and SIGTERM set `stop`, and the second one `hurry`. SIGHUP sets `stop` where there is a terminal:
    it was closed then. More than one comes of that, from the kernel and from the shell, so none means hurry.
    Without a terminal, as under systemd, SIGHUP asks for a reload. SIGUSR2 asks for other processes.
    """

    def __init__(self, *, terminal: bool | None = None) -> None:
        self.stop = asyncio.Event()
        self.hurry = asyncio.Event()
        self._loop = asyncio.get_running_loop()
        self._terminal = has_terminal() if terminal is None else terminal
        for number in (signal.SIGINT, signal.SIGTERM):
            self._loop.add_signal_handler(number, self._end)
        if self._terminal:
            self._loop.add_signal_handler(signal.SIGHUP, self.stop.set)
        self.on_restart(lambda: None)  # where there is nothing to restart it would end us

    def on_reload(self, reload: Callable[[], object]) -> None:
        """Call `reload` in a thread on SIGHUP, where that does not mean something else."""
        if not self._terminal:
            self._loop.add_signal_handler(signal.SIGHUP, self._loop.run_in_executor, None, reload)

    def on_restart(self, restart: Callable[[], object]) -> None:
        """Call `restart` on SIGUSR2."""
        self._loop.add_signal_handler(signal.SIGUSR2, restart)

    def _end(self) -> None:
        (self.hurry if self.stop.is_set() else self.stop).set()


def end_with_stdin() -> None:
    """Ask for our own end, as SIGTERM does, when whoever started us is gone: a pipe tells it."""

    def wait() -> None:
        while os.read(0, 1024):
            pass
        os.kill(os.getpid(), signal.SIGTERM)

    threading.Thread(target=wait, name="stdin", daemon=True).start()


def has_terminal() -> bool:
    """Return whether the process goes with a terminal: it has one, and nobody (nohup) said to outlive it."""
    if signal.getsignal(signal.SIGHUP) is signal.SIG_IGN:
        return False
    try:
        os.close(os.open("/dev/tty", os.O_RDONLY | os.O_NOCTTY))
    except OSError:  # ENXIO: there is no controlling terminal
        return False
    return True
