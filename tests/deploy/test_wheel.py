import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from deploy.pjsip import wheel

VERSION = "2.17+gateway.p2.habcdef01"
ABOUT = wheel.description(["0001-a: mends a [x]", "0002-b: mends b [y]"], ["0003-c: mends c [z]"])


@pytest.fixture
def made(tmp_path: Path) -> Path:
    """A wheel of a tree that looks built: one library, two headers, one module."""
    tree, out = tmp_path / "tree", tmp_path / "out"
    files = {
        tree / "COPYING": "GPL",
        tree / "pjlib/lib/libpj.so.2": "elf",
        tree / "pjlib/include/pj/config_site.h": "#define X 1\n",
        tree / "pjsip/include/pjsua-lib/pjsua_internal.h": "",
        out / "pjsua2.py": "ANSWER = 42\n",
        out / "_pjsua2.so": "elf",
        out / "pjsua2_wrap.o": "never shipped",
    }
    for path, text in files.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    (tree / "pjlib/lib/libpj.so").symlink_to("libpj.so.2")
    target = tmp_path / wheel.name(VERSION)
    wheel.assemble(tree, out, VERSION, ABOUT, ["-DPJ_AUTOCONF=1", "-DPJ_AUTOCONF=1"], target)
    return target


def test_wheel_holds_module_libraries_and_headers(made: Path) -> None:
    """Each once: no link, no object file."""
    info = f"pjsua2-{VERSION}.dist-info"
    assert sorted(zipfile.ZipFile(made).namelist()) == [
        f"{info}/METADATA",
        f"{info}/RECORD",
        f"{info}/WHEEL",
        f"{info}/licenses/COPYING",
        "pjsua2/__init__.py",
        "pjsua2/_pjsua2.so",
        "pjsua2/cmake/PjsipConfig.cmake",
        "pjsua2/include/pj/config_site.h",
        "pjsua2/include/pjsua-lib/pjsua_internal.h",
        "pjsua2/lib/libpj.so.2",
    ]


def test_pip_installs_the_wheel(made: Path, tmp_path: Path) -> None:
    """Pip checks name, tag and record, and asks no index."""
    pip = [sys.executable, "-m", "pip", "--isolated", "install", "--no-index", "--no-deps", "--quiet"]
    if subprocess.run([*pip[:3], "--version"], capture_output=True, check=False).returncode:
        pytest.skip("this environment has no pip")
    subprocess.run([*pip, "--target", tmp_path / "site", made], check=True)
    assert (tmp_path / "site/pjsua2/__init__.py").read_text() == "ANSWER = 42\n"


def test_metadata_tells_the_fixes_that_are_inside(made: Path) -> None:
    """Each in one line with what it mends; those that did not fit are told apart."""
    metadata = zipfile.ZipFile(made).read(f"pjsua2-{VERSION}.dist-info/METADATA").decode()
    body = metadata.partition("\n\n")[2]
    inside, _, outside = body.partition("did not fit")
    assert "0001-a: mends a [x]\n0002-b: mends b [y]\n" in inside
    assert "0003-c: mends c [z]\n" in outside
    assert "did not fit" not in wheel.description(["0001-a: mends a [x]"], [])


def test_equal_builds_are_equal_bytes(made: Path, tmp_path: Path) -> None:
    """No time of day gets in."""
    again = tmp_path / "again.whl"
    wheel.assemble(tmp_path / "tree", tmp_path / "out", VERSION, ABOUT, ["-DPJ_AUTOCONF=1"], again)
    assert again.read_bytes() == made.read_bytes()


def test_cmake_package_carries_what_the_headers_need() -> None:
    """Flags become definitions, each once."""
    text = wheel.cmake_config("2.17", ["-DPJ_AUTOCONF=1", "-DPJ_IS_BIG_ENDIAN=0", "-DPJ_AUTOCONF=1"])
    assert 'INTERFACE_COMPILE_DEFINITIONS "PJ_AUTOCONF=1;PJ_IS_BIG_ENDIAN=0"' in text
    assert 'set(Pjsip_VERSION "2.17")' in text
    assert "@" not in text
