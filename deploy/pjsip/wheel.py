"""Turns a built source tree into the wheel `pjsua2`."""

import base64
import hashlib
import re
import sys
import sysconfig
import zipfile
from collections.abc import Iterable, Iterator
from pathlib import Path

HERE = Path(__file__).parent
PARTS = ("pjlib", "pjlib-util", "pjnath", "pjmedia", "pjsip")
# Zip files cannot say "no time"; a fixed one keeps equal builds equal.
EPOCH = (1980, 1, 1, 0, 0, 0)

METADATA = """\
Metadata-Version: 2.1
Name: pjsua2
Version: {version}
Summary: PJSIP {pjsip} and its Python module, configured for the SIP voice gateway
License: GPL-2.0-or-later
Requires-Python: >={python}
Description-Content-Type: text/plain

{about}"""

WHEEL = """\
Wheel-Version: 1.0
Generator: deploy.pjsip
Root-Is-Purelib: false
Tag: {tag}
"""


def tag() -> str:
    """Return the compatibility tag of the running interpreter, such as cp311-cp311-linux_x86_64."""
    python = f"cp{sys.version_info.major}{sys.version_info.minor}"
    return f"{python}-{python}-{re.sub('[^a-z0-9]', '_', sysconfig.get_platform())}"


def name(version: str) -> str:
    """Return the file name of the wheel of that version."""
    return f"pjsua2-{version}-{tag()}.whl"


def description(mended: Iterable[str], left_out: Iterable[str]) -> str:
    """Return what METADATA says in full: the fixes that are in this wheel, and those that are not."""
    lines = ["Fixes made after the release that are in this build:", "", *mended]
    if absent := list(left_out):
        lines += ["", "Fixes that did not fit this release, which is newer:", "", *absent]
    return "\n".join([*lines, ""])


def assemble(source: Path, out: Path, version: str, about: str, definitions: list[str], target: Path) -> None:
    """Write the wheel `target` from the built tree `source` and the Python module in `out`."""
    pjsip = version.partition("+")[0]
    info = f"pjsua2-{version}.dist-info"
    python = f"{sys.version_info.major}.{sys.version_info.minor}"
    generated = {
        "pjsua2/cmake/PjsipConfig.cmake": cmake_config(pjsip, definitions),
        f"{info}/METADATA": METADATA.format(version=version, pjsip=pjsip, python=python, about=about),
        f"{info}/WHEEL": WHEEL.format(tag=tag()),
    }
    record = []
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED, compresslevel=6) as archive:
        for path, content in [*_files(source, out, info), *((p, t.encode()) for p, t in generated.items())]:
            archive.writestr(_entry(path), content)
            record.append(f"{path},sha256={_digest(content)},{len(content)}\n")
        record.append(f"{info}/RECORD,,\n")
        archive.writestr(_entry(f"{info}/RECORD"), "".join(record))


def cmake_config(pjsip: str, definitions: list[str]) -> str:
    """Return the CMake package that offers Pjsip::pjsua; `definitions` are compiler flags (-DX=1)."""
    names = ";".join(flag.removeprefix("-D") for flag in dict.fromkeys(definitions))
    text = (HERE / "PjsipConfig.cmake").read_text()
    return text.replace("@VERSION@", pjsip).replace("@DEFINITIONS@", names)


def _files(source: Path, out: Path, info: str) -> Iterator[tuple[str, bytes]]:
    """Yield what the compilers left: path in the wheel and content."""
    yield "pjsua2/__init__.py", (out / "pjsua2.py").read_bytes()
    for module in sorted(out.glob("_pjsua2*.so")):
        yield f"pjsua2/{module.name}", module.read_bytes()
    for part in PARTS:
        for library in sorted((source / part / "lib").glob("lib*.so.*")):
            yield f"pjsua2/lib/{library.name}", library.read_bytes()
        include = source / part / "include"
        for header in sorted(path for path in include.rglob("*.h*") if path.is_file()):
            yield f"pjsua2/include/{header.relative_to(include)}", header.read_bytes()
    yield f"{info}/licenses/COPYING", (source / "COPYING").read_bytes()


def _entry(path: str) -> zipfile.ZipInfo:
    entry = zipfile.ZipInfo(path, EPOCH)
    entry.compress_type = zipfile.ZIP_DEFLATED
    entry.external_attr = (0o100755 if ".so" in path else 0o100644) << 16
    return entry


def _digest(content: bytes) -> str:
    """Return the digest as RECORD wants it (PEP 427: urlsafe base64, no padding)."""
    return base64.urlsafe_b64encode(hashlib.sha256(content).digest()).rstrip(b"=").decode()
