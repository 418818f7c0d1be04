"""On a bare Debian 12, as root: `make run` and `make call` in both modes, `make test` three times.

`python -m tests.proofs.fresh_machine [STEP ...]` does some of it, in the order given: run, portable, test,
again, busy (beside a busy process). All are done on one machine, made with debootstrap below /var/tmp and
removed at the end. It has python3, python3-venv, make, gcc, ca-certificates and git, and what is committed
here; it is told how this machine reaches its package registries. It takes an hour and a half on two cores.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

from deploy.pjsip.mirror import debian_mirrors
from tests.equipment.process import ROOT
from tests.proofs import NOT_HERE

RELEASE = "bookworm"
PACKAGES = ("python3", "python3-venv", "make", "gcc", "ca-certificates", "git")
TOOLS = ("debootstrap", "unshare", "chroot", "ip", "git")
HOME = "root/gateway"
LONGEST_S = 5400
"""No step takes longer: CI ends a run after that."""

# What a machine has to know to reach the registries from here.
FILES = ("etc/resolv.conf", "etc/hosts", "etc/pip.conf", "etc/ssl/certs/ca-certificates.crt")
APT = ("etc/apt/sources.list", "etc/apt/sources.list.d", "etc/apt/apt.conf.d")
VARIABLES = ("PIP_CERT", "PIP_DEFAULT_TIMEOUT", "PIP_INDEX_URL", "SSL_CERT_FILE", "http_proxy", "https_proxy")

TALK = """
make run {mode} >/tmp/run.log 2>&1 &
for second in $(seq 900); do grep -q 'gateway.ready' /tmp/run.log && break; sleep 1; done
tail -n 1 /tmp/run.log
make call {mode} >/tmp/call.log 2>&1 || {{ cat /tmp/run.log /tmp/call.log; exit 1; }}
tail -n 6 /tmp/call.log
grep -q 'Twelve times four is forty eight' /tmp/call.log && test -s call.wav
"""
TEST = "export CI=true GATEWAY_TEST_PATIENCE=3; make test"
BUSY = f"timeout {LONGEST_S} sh -c 'while :; do :; done' & {TEST}"
# What is done, and whether it needs the registries: without them it has a network of its own.
STEPS = {
    "run": (TALK.format(mode=""), True),
    "portable": (TALK.format(mode="PORTABLE=1"), True),
    "test": (TEST, True),
    "again": (TEST, False),
    "busy": (BUSY, False),
}


def main(wanted: Sequence[str]) -> int:
    """Return 0 if all that was wanted succeeded, 1 if something did not."""
    if missing := [tool for tool in TOOLS if not shutil.which(tool)] or os.geteuid() != 0:
        sys.stdout.write(f"needs root and {', '.join(TOOLS)}; missing: {missing}\n")
        return NOT_HERE
    if unknown := set(wanted) - set(STEPS):
        raise SystemExit(f"no such step: {', '.join(unknown)}\n{__doc__}")
    failed = False
    with _machine() as root:
        for name in wanted or STEPS:
            command, registries = STEPS[name]
            began = time.monotonic()
            code = _run(root, command, registries=registries)
            outcome = "succeeded" if code == 0 else f"FAILED ({code})"
            _say(f"{name}: {outcome}, {time.monotonic() - began:.0f} s")
            failed |= code != 0
    return int(failed)


@contextlib.contextmanager
def _machine() -> Iterator[Path]:
    """Make a bare machine with what is committed here."""
    with tempfile.TemporaryDirectory(dir="/var/tmp", prefix="fresh-machine-") as folder:
        root = Path(folder)
        root.chmod(0o755)  # as the root of any machine: other users may enter it
        mirrors = debian_mirrors(Path("/etc/apt"), RELEASE)
        _say(f"making a bare {RELEASE} in {root}")
        packages = f"--include={','.join(PACKAGES)}"
        made = ["debootstrap", "--variant=minbase", packages, RELEASE, folder, *mirrors[:1]]
        subprocess.run(made, check=True, stdout=subprocess.DEVNULL)
        for name in FILES + (APT if mirrors else ()):
            _copy(Path("/", name), root / name)
        subprocess.run(["git", "clone", "--quiet", ROOT, root / HOME], check=True)
        yield root


def _copy(source: Path, target: Path) -> None:
    if source.is_dir():
        shutil.copytree(source, target, dirs_exist_ok=True)
    elif source.exists():
        target.unlink(missing_ok=True)
        shutil.copy(source, target)


def _run(root: Path, command: str, *, registries: bool) -> int:
    """Run a line of shell on that machine; everything that it starts ends with it."""
    own = ["unshare", "--mount", "--pid", "--fork", "--kill-child", *([] if registries else ["--net"])]
    enter = f"""
mount --bind {root} {root}
mount -t proc proc {root}/proc
mount --rbind /dev {root}/dev
ip link set lo up
exec chroot {root} bash -c "$1"
"""
    environment = {name: os.environ[name] for name in VARIABLES if name in os.environ}
    environment |= {"HOME": "/root", "PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "LANG": "C.UTF-8"}
    line = f"cd /{HOME} && {{ {command}\n}}"
    try:
        return subprocess.run(
            [*own, "bash", "-c", enter, "bash", line],
            env=environment,
            stdin=subprocess.DEVNULL,
            timeout=LONGEST_S,
            check=False,
        ).returncode
    except subprocess.TimeoutExpired:
        return -1


def _say(text: str) -> None:
    sys.stdout.write(f"{time.strftime('%H:%M:%S')} {text}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
