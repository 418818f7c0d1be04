"""`python -m tests.equipment.under_etc FOLDER serve ...`: a gateway that looks names up otherwise than we do.

The files in FOLDER, such as resolv.conf and hosts, lie over those of /etc in a mount namespace of its
own (mount_namespaces(7)), which takes root. What follows is the command line of `gateway`.
"""

from __future__ import annotations

import ctypes
import os
import runpy
import sys
from pathlib import Path

from tests.equipment.skips import NOT_ON_THIS_MACHINE

CLONE_NEWNS = 0x00020000
MS_REC, MS_PRIVATE, MS_BIND = 0x4000, 0x40000, 0x1000
ETC = Path("/etc")


def write(folder: Path, name_server: str) -> None:
    """Have names asked for there alone, our own included; the C library asks for as long as it ever does."""
    (folder / "resolv.conf").write_text(f"nameserver {name_server}\noptions timeout:30 attempts:5\n")
    (folder / "hosts").write_text("127.0.0.1 localhost\n")


def refusal() -> str:
    """Return why it cannot be done here, or nothing."""
    if os.geteuid() != 0:
        return f"{NOT_ON_THIS_MACHINE}root, for a mount namespace and port 53"
    pid = os.fork()
    if pid == 0:  # what is tried must not change the tests' own process
        try:
            lay_over(ETC)
        except OSError:
            os._exit(1)
        os._exit(0)
    # A chroot whose root is no mount point has none of its own to lay anything over (mount_namespaces(7)).
    return "" if os.waitpid(pid, 0)[1] == 0 else f"{NOT_ON_THIS_MACHINE}a mount namespace"


def lay_over(folder: Path) -> None:
    """Have this process, and no other, see the files of that folder in /etc. Raises OSError."""
    libc = ctypes.CDLL(None, use_errno=True)
    _check(libc.unshare(CLONE_NEWNS))
    _check(libc.mount(b"none", b"/", None, MS_REC | MS_PRIVATE, None))
    for file in (folder / "resolv.conf", folder / "hosts"):
        if file.exists():
            _check(libc.mount(bytes(file), bytes(ETC / file.name), None, MS_BIND, None))


def _check(result: int) -> None:
    if result != 0:
        error = ctypes.get_errno()
        raise OSError(error, os.strerror(error))


if __name__ == "__main__":
    lay_over(Path(sys.argv[1]))
    sys.argv[:2] = ["gateway"]
    runpy.run_module("gateway", run_name="__main__")
