"""Remembers finished wheels, so that the same request costs nothing twice, offline too."""

import hashlib
import os
import platform
import shutil
import sysconfig
from collections.abc import Mapping
from pathlib import Path

HERE = Path(__file__).parent
# What decides what comes out: a change in any of these is another wheel.
RECIPE = ("config_site.h", "native.mk", "build.py", "patching.py", "wheel.py", "PjsipConfig.cmake")


def folder(environment: Mapping[str, str]) -> Path:
    """Return where wheels are kept (XDG base directories: $XDG_CACHE_HOME, else ~/.cache)."""
    base = environment.get("XDG_CACHE_HOME", "")
    # The specification says to ignore a relative path.
    root = Path(base) if base.startswith("/") else Path.home() / ".cache"
    return root / "sip-voice-gateway" / "pjsip"


def recipe(here: Path = HERE, *, watched: bool = False) -> str:
    """Return the hash of everything in this folder that decides what is built, and of how."""
    patches = sorted((here / "patches").glob("*.patch"))
    named = [text for path in patches for text in (path.name.encode(), path.read_bytes())]
    return _hash(*((here / name).read_bytes() for name in RECIPE), *named, *([b"watched"] if watched else []))


def request(recipe: str, asked: str, os_release: Mapping[str, str], *, tls: bool = True) -> str:
    """Name a wheel before its version is known: recipe, source asked for, Python, and machine.

    The system's release counts, because the wheel leans on its libraries; `tls`, because it may lack one.
    """
    return _hash(
        recipe.encode(),
        *([] if tls else [b"without TLS"]),
        asked.encode(),
        str(sysconfig.get_config_var("EXT_SUFFIX")).encode(),
        platform.machine().encode(),
        f"{os_release.get('ID')} {os_release.get('VERSION_ID')}".encode(),
    )[:16]


def version(pjsip: str, mended: int, recipe: str, sha256: str) -> str:
    """Return the wheel's version, in which `mended` later fixes are.

    The letters keep what is digits only from being read as a number.
    """
    return f"{pjsip.replace('-', '')}+gateway.p{mended}.h{_hash(recipe.encode(), sha256.encode())[:8]}"


def find(cache: Path, request: str) -> Path | None:
    """Return the newest finished wheel of that request."""
    wheels = sorted((cache / request).glob("pjsua2-*.whl"), key=lambda path: path.stat().st_mtime)
    return wheels[-1] if wheels else None


def keep(cache: Path, request: str, wheel: Path) -> Path:
    """Put a finished wheel into the cache, whole or not at all."""
    place = cache / request
    place.mkdir(parents=True, exist_ok=True)
    partial = place / f"{wheel.name}.{os.getpid()}"
    shutil.copy(wheel, partial)
    return partial.replace(place / wheel.name)


def _hash(*parts: bytes) -> str:
    """Hash parts so that no two different lists of them run together."""
    whole = hashlib.sha256()
    for part in parts:
        whole.update(hashlib.sha256(part).digest())
    return whole.hexdigest()
