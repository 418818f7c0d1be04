"""Compiles an unpacked source tree with our configuration."""

import os
import shutil
import subprocess
import sys
import sysconfig
from pathlib import Path

from . import CannotBuildError
from .progress import Progress

HERE = Path(__file__).parent
FLAGS = "-O2 -fPIC -DNDEBUG"
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
    f"CFLAGS={FLAGS}",
    f"CXXFLAGS={FLAGS}",
)
# Ours alone knows its limit: a module that says 4 was not built with our configuration.
TRY = "import pjsua2; calls = pjsua2.EpConfig().uaConfig.maxCalls; assert calls > 4, f'{calls} calls'"


def configure(tree: Path, progress: Progress) -> None:
    """Run PJSIP's configure with our settings."""
    shutil.copy(HERE / "config_site.h", tree / "pjlib/include/pj/config_site.h")
    with progress.step("configuring"):
        progress.run(["./configure", *CONFIGURE], cwd=tree, env=clean_environment())


def compile_all(tree: Path, out: Path, progress: Progress) -> None:
    """Build the libraries and the Python module at the same time, and drop their debugging symbols."""
    out.mkdir()
    jobs = len(os.sched_getaffinity(0))
    with progress.step(f"compiling, {jobs} at a time"):
        progress.run([*_make(tree, out), f"-j{jobs}"], env=clean_environment())
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


def attempt(wheel: Path, work: Path, progress: Progress) -> None:
    """Import the wheel's module in a fresh interpreter; raise CannotBuildError if it does not load."""
    shutil.unpack_archive(wheel, work / "try", "zip")
    progress.run([sys.executable, "-c", TRY], cwd=work, env={**os.environ, "PYTHONPATH": str(work / "try")})


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
