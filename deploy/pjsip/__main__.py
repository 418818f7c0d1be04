"""`python -m deploy.pjsip` prints the path of a wheel built for the Python it runs with."""

import argparse
import os
import platform
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from . import CannotBuildError, build, cache, packages, patching, source, wheel
from .progress import Progress

APT = Path("/etc/apt")
STEPS = 4


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the wheel's path; return 1, after one line that says why, where it cannot be built."""
    options = _options(arguments)
    try:
        found = obtain(options.source, options.sha256, refresh=options.refresh, watched=options.watched)
    except (CannotBuildError, OSError, subprocess.CalledProcessError) as error:
        sys.stderr.write(f"pjsip: cannot be built here: {error}\n")
        return 1
    except KeyboardInterrupt:
        sys.stderr.write("\npjsip: interrupted\n")
        return 130
    sys.stdout.write(f"{found}\n")
    return 0


def obtain(asked: str, sha256: str, *, refresh: bool, watched: bool) -> Path:
    """Return the wheel for this machine, from the cache or freshly built."""
    store = cache.folder(os.environ)
    local = Path(asked).expanduser()
    identity = source.digest(local) if local.is_file() else asked or "debian"
    recipe = cache.recipe(watched=watched)
    lacking, root = packages.missing(), os.geteuid() == 0
    tls = root or packages.TLS not in lacking
    request = cache.request(recipe, identity, _os_release(), tls=tls)
    ready = cache.find(store, request)
    if ready and not refresh:
        progress = Progress("pjsip", 1, store / f"{request}.log")
        progress.say(f"{ready.name} is ready, built earlier")
        # A cache may outlive its machine. Without root, what is missing shows when it is used.
        if root and lacking:
            packages.install(lacking, progress, root=True)
        return ready
    store.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="pjsip-") as work:
        log = store / f"{request}.log"
        built, has_tls = _build(Path(work), asked, sha256, log, lacking, watched=watched)
        return cache.keep(store, cache.request(recipe, identity, _os_release(), tls=has_tls), built)


def _build(
    work: Path, asked: str, sha256: str, log: Path, lacking: list[str], *, watched: bool
) -> tuple[Path, bool]:
    """Return a wheel, and whether TLS is in it."""
    work.chmod(0o755)  # apt downloads as a user of its own
    log.write_bytes(b"")
    progress = Progress("pjsip", STEPS + bool(lacking), log)
    tls = _prepare(lacking, progress)
    progress.say("building PJSIP with room for many calls, once; about a minute on two cores")
    if asked:
        origin = source.given(asked, work, progress, sha256)
    else:
        origin = source.from_debian(work, APT, _os_release(), progress)
    progress.say(f"{origin.archive.name}: PJSIP {origin.version}, SHA-256 {origin.sha256}")
    tree, out = source.unpack(origin, work / "tree"), work / "out"
    progress.say(f"what PJSIP's authors mended after {patching.WRITTEN_FOR}, and we:")
    mended, left_out = patching.apply(patching.listed(), tree, origin.version, progress)
    build.configure(tree, progress, watched=watched, tls=tls)
    build.compile_all(tree, out, progress, watched=watched)
    version = cache.version(origin.version, len(mended), cache.recipe(watched=watched), origin.sha256)
    target = work / wheel.name(version)
    with progress.step(f"packing {target.name} and trying it"):
        about = wheel.description(map(str, mended), map(str, left_out))
        wheel.assemble(tree, out, version, about, build.definitions(tree, out), target)
        build.attempt(target, work, progress, watched=watched)
    progress.say(f"done in {progress.total()}")
    return target, tls


def _prepare(lacking: list[str], progress: Progress) -> bool:
    """Install what is missing; return whether PJSIP can have TLS, without which it is still of use."""
    root = os.geteuid() == 0
    needed = [name for name in lacking if name != packages.TLS]
    if root and lacking:
        try:
            packages.install(lacking, progress, root=True)
        except CannotBuildError:
            if len(needed) == len(lacking):
                raise
            if needed:
                packages.install(needed, progress, root=True)
        else:
            return True
    elif needed:
        packages.install(lacking, progress, root=False)  # says in one line how to
    if packages.TLS in lacking:
        progress.say(
            "without TLS and without SRTP keyed by DTLS, because OpenSSL's headers are missing: "
            f"sudo apt-get install {packages.TLS}, then make native"
        )
    return packages.TLS not in lacking


def _os_release() -> dict[str, str]:
    try:
        return platform.freedesktop_os_release()
    except OSError:
        return {}


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m deploy.pjsip", description=__doc__)
    parser.add_argument(
        "--source",
        default=os.environ.get("PJPROJECT", ""),
        help="path or URL of a pjproject release (tar); default: $PJPROJECT, else Debian's archive",
    )
    parser.add_argument(
        "--sha256",
        default=os.environ.get("PJPROJECT_SHA256", ""),
        help="what that release must hash to; default: $PJPROJECT_SHA256",
    )
    parser.add_argument("--refresh", action="store_true", help="build again from the newest source there is")
    parser.add_argument(
        "--watched", action="store_true", help="with AddressSanitizer: slow, to find what is broken"
    )
    return parser.parse_args(arguments)


if __name__ == "__main__":
    sys.exit(main())
