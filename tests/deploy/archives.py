"""Small source archives, whole and broken."""

import io
import tarfile
from pathlib import Path

VERSION_MAK = """\
# Don't change the "export PJ_VERSION_xxx" style, they are parsed by setup.py
export PJ_VERSION_MAJOR  := {major}
export PJ_VERSION_MINOR  := {minor}
export PJ_VERSION_REV    := {rev}
export PJ_VERSION_SUFFIX := {suffix}
export PJ_VERSION := $(PJ_VERSION_MAJOR).$(PJ_VERSION_MINOR)
"""


def version_mak(major: str = "2", minor: str = "17", rev: str = "", suffix: str = "") -> str:
    return VERSION_MAK.format(major=major, minor=minor, rev=rev, suffix=suffix)


def archive(path: Path, files: dict[str, str]) -> Path:
    with tarfile.open(path, "w:xz") as tar:
        for name, text in files.items():
            member = tarfile.TarInfo(name)
            member.size = len(text.encode())
            tar.addfile(member, io.BytesIO(text.encode()))
    return path


def pjproject(path: Path, **release: str) -> Path:
    """Write what looks like a release from outside."""
    return archive(
        path,
        {
            "pjproject-x/pjlib/include/pj/types.h": "/* */\n",
            "pjproject-x/pjmedia/src/pjmedia-audiodev/audiodev.c": "/* */\n",
            "pjproject-x/version.mak": version_mak(**release),
        },
    )
