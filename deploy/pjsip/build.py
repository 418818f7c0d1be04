"""Compiles an unpacked source tree with our configuration."""

import os
import re
import shutil
import subprocess
import sys
import sysconfig
from pathlib import Path

from . import CannotBuildError
from .progress import Progress

HERE = Path(__file__).parent
FLAGS = "-O2 -fPIC -DNDEBUG"
# For a proof: every read and write outside of what was allocated, or of what was freed, ends the process.
# PJSIP's pools would hide both, so each allocation of theirs becomes one of malloc's.
WATCHED = "-g -fno-omit-frame-pointer -fsanitize=address -DPJ_POOL_DEBUG=1"
CONFIGURE = (
    "--enable-shared",  # the Python module and the gateway's extension share one set of globals
    "--enable-epoll",  # thousands of sockets; stock: select() and 64
    "--disable-video",
    "--disable-sound",  # a server has no sound card; the clock comes from the null device
    "--with-external-srtp",
    "--with-external-speex",
    "--with-external-gsm",
    "--enable-speex-resample",
    "--disable-libyuv",
    "--disable-libwebrtc",
    "--disable-upnp",
    "--disable-g7221-codec",
    "--disable-ilbc-codec",
)
HAS_TLS = re.compile(r"^#define PJ_HAS_SSL_SOCK 1", re.MULTILINE)
# Ours alone knows its limit: a module that says 4 was not built with our configuration.
# (`config` has a name because a part of it would not keep the whole alive.)
TRY = """
import pjsua2
config = pjsua2.EpConfig()
calls = config.uaConfig.maxCalls
assert calls > 4, f"{calls} calls"
"""


def configure(tree: Path, progress: Progress, *, watched: bool, tls: bool) -> None:
    """Run PJSIP's configure with our settings; `watched` builds with AddressSanitizer, `tls` with OpenSSL."""
    shutil.copy(HERE / "config_site.h", tree / "pjlib/include/pj/config_site.h")
    flags = f"{FLAGS} {WATCHED}" if watched else FLAGS
    options = CONFIGURE if tls else (*CONFIGURE, "--disable-ssl")
    with progress.step("configuring"):
        progress.run(
            ["./configure", *options, f"CFLAGS={flags}", f"CXXFLAGS={flags}"],
            cwd=tree,
            env=clean_environment(),
        )
    if tls and not HAS_TLS.search((tree / "pjlib/include/pj/compat/os_auto.h").read_text()):
        raise CannotBuildError("configure has found no OpenSSL: are its headers whole?")


def compile_all(tree: Path, out: Path, progress: Progress, *, watched: bool) -> None:
    """Build the libraries and the Python module at the same time, and drop their debugging symbols.

    `watched`: they stay, so that a report has names and lines.
    """
    out.mkdir()
    jobs = len(os.sched_getaffinity(0))
    with progress.step(f"compiling, {jobs} at a time"):
        progress.run([*_make(tree, out), f"-j{jobs}"], env=clean_environment())
        if not watched:
            built = [*out.glob("_pjsua2*.so"), *tree.glob("*/lib/lib*.so.*")]
            progress.run(["strip", "--strip-unneeded", *map(str, built)])


def definitions(tree: Path, out: Path) -> list[str]:
    """Return the compiler flags (-DX=1) that PJSIP's headers need."""
    answer = subprocess.run(  # noqa: S603
        [*_make(tree, out), "-s", "definitions"],
        env=clean_environment(),
        capture_output=True,
        text=True,
        check=True,
    )
    return answer.stdout.split()


def attempt(wheel: Path, work: Path, progress: Progress, *, watched: bool) -> None:
    """Import the wheel's module in a fresh interpreter; raise CannotBuildError if it does not load."""
    shutil.unpack_archive(wheel, work / "try", "zip")
    env = {**os.environ, **(watching() if watched else {}), "PYTHONPATH": str(work / "try")}
    progress.run([sys.executable, "-c", TRY], cwd=work, env=env)


def watching() -> dict[str, str]:
    """Return the environment in which an interpreter can load what was built `watched`."""
    gcc = shutil.which("gcc")
    if not gcc:
        raise CannotBuildError("gcc is not installed")
    libraries = []
    # The second because the first looks for what C++ throws with, of which the interpreter has none.
    for name in ("libasan.so", "libstdc++.so.6"):
        command = [gcc, f"-print-file-name={name}"]
        answer = subprocess.run(command, capture_output=True, text=True, check=True)  # noqa: S603 - no shell
        libraries.append(answer.stdout.strip())
    # Python itself keeps what it allocated until the end: not what is looked for.
    return {"LD_PRELOAD": " ".join(libraries), "ASAN_OPTIONS": "detect_leaks=0"}


def clean_environment() -> dict[str, str]:
    """Return the environment without what an outer make or a foreign build would slip in."""
    strange = {
        "MAKEFLAGS",
        "MFLAGS",
        "MAKELEVEL",
        "MAKEFILES",
        "CFLAGS",
        "CXXFLAGS",
        "CPPFLAGS",
        "LD_RUN_PATH",
    }
    return {name: value for name, value in os.environ.items() if name not in strange}


def _make(tree: Path, out: Path) -> list[str]:
    make = shutil.which("make")
    if not make:
        raise CannotBuildError("make is not installed")
    return [
        make,
        "-f",
        str(HERE / "native.mk"),
        f"SRC={tree}",
        f"OUT={out}",
        f"PYTHON_INCLUDE={sysconfig.get_path('include')}",
        f"EXT_SUFFIX={sysconfig.get_config_var('EXT_SUFFIX')}",
    ]
