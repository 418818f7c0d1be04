"""A real PostgreSQL server of one's own, in a folder, reached by a Unix socket alone."""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg

from tests.equipment import patience


def programs() -> Path | None:
    """Return where the server's programs are, which Debian keeps away from the path; None if nowhere."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
    return found[-1].parent if found else None


class Postgres:
    """A server; `url` is that of its database, `stop` and `start` as an operator may."""

    def __init__(self, folder: Path, bin_folder: Path) -> None:
        self._folder = folder
        self._bin = bin_folder
        self.url = f"postgresql://postgres@/postgres?host={folder}"
        # It refuses to run as root.
        self._user = "postgres" if os.geteuid() == 0 else None
        if self._user is not None:
            shutil.chown(folder, self._user)
        self._run("initdb", "--username=postgres", "--auth=trust", "--no-sync", "--pgdata", self._data)
        self.start()

    @property
    def _data(self) -> str:
        return str(self._folder / "data")

    def start(self) -> None:
        """Run it; returns when it answers."""
        options = f"-c listen_addresses='' -c unix_socket_directories='{self._folder}' -c fsync=off"
        wait = ("--wait", "--timeout", str(round(patience.seconds(20))))
        log = str(self._folder / "log")
        self._run("pg_ctl", "start", "--pgdata", self._data, "--log", log, *wait, "--options", options)

    def stop(self) -> None:
        """Stop it at once, whoever is connected."""
        self._run("pg_ctl", "stop", "--pgdata", self._data, "--mode", "immediate", "--wait")

    def empty(self) -> None:
        """Drop all tables, for the next test."""
        with psycopg.connect(self.url, autocommit=True) as connection:
            connection.execute("DROP SCHEMA public CASCADE")
            connection.execute("CREATE SCHEMA public")

    def _run(self, program: str, *arguments: str) -> None:
        subprocess.run(
            [self._bin / program, *arguments],
            check=True,
            cwd=self._folder,
            user=self._user,
            group=None if self._user is None else pwd.getpwnam(self._user).pw_gid,
            extra_groups=None if self._user is None else [],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            timeout=patience.seconds(60),
        )


@contextmanager
def running(bin_folder: Path) -> Iterator[Postgres]:
    """Run a server as long as the block lasts."""
    # A socket's name has 107 bytes, too few for a folder of pytest's.
    with tempfile.TemporaryDirectory(prefix="pg-") as name:
        Path(name).chmod(0o755)
        server = Postgres(Path(name), bin_folder)
        try:
            yield server
        finally:
            server.stop()
