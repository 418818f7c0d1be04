"""The Debian packages the build needs: installed where we are root, named where we are not."""

import os
import shutil
import subprocess
import sys
import sysconfig
from collections.abc import Sequence
from pathlib import Path

from . import CannotBuildError
from .progress import Progress

TLS = "libssl-dev"
"""SIP over TLS, SRTP keyed by DTLS, and digests of SHA-256: the rest works without."""
BUILD = (
    "g++",
    "make",
    "patch",
    "swig",
    TLS,
    "libsrtp2-dev",  # Debian's pjproject comes without third_party/, so the system's libraries
    "libspeex-dev",
    "libspeexdsp-dev",  # the resampler
    "libgsm1-dev",
    "libopus-dev",
    "uuid-dev",  # globally unique Call-IDs
)


def missing() -> list[str]:
    """Return the packages that are not installed; nothing where dpkg is not the judge."""
    wanted = [*BUILD, *_python_headers()]
    if not shutil.which("dpkg-query"):
        return []
    answer = subprocess.run(  # noqa: S603 - names from this file
        ["dpkg-query", "-W", "-f", "${Package} ${db:Status-Status}\n", *wanted],  # noqa: S607
        capture_output=True,
        text=True,
        check=False,  # ends with 1 as soon as one name is unknown to it
    )
    return absent(wanted, answer.stdout)


def absent(wanted: Sequence[str], dpkg: str) -> list[str]:
    """Return which of `wanted` are not `installed` in dpkg's lines of name and status."""
    installed = {line.split()[0] for line in dpkg.splitlines() if line.endswith(" installed")}
    return [name for name in wanted if name not in installed]


def install(names: Sequence[str], progress: Progress, *, root: bool) -> None:
    """Install `names` with apt-get, or say in one line how to."""
    if not root:
        raise CannotBuildError(f"packages are missing: sudo apt-get install {' '.join(names)}")
    env = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    with progress.step(f"installing {' '.join(names)}"):
        progress.run(["apt-get", "update"], env=env)
        progress.run(["apt-get", "install", "-y", "--no-install-recommends", *names], env=env)


def _python_headers() -> list[str]:
    """Return the package of this interpreter's headers, if Debian's interpreter lacks them."""
    if Path(sysconfig.get_path("include"), "Python.h").is_file():
        return []
    if sys.base_prefix != "/usr":
        raise CannotBuildError(f"the headers of {sys.base_prefix}'s Python are missing (Python.h)")
    return [f"libpython{sys.version_info.major}.{sys.version_info.minor}-dev"]
