"""Functions are found where their author has put them, and read again when they have changed."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from gateway.tools.modules import KEPT_LOADS, Modules, NoFunction


def write(folder: Path, **files: str) -> Path:
    """Write files into `tools/`; `__` in a name stands for a folder."""
    for name, text in files.items():
        path = folder / "tools" / f"{name.replace('__', '/')}.py"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return folder


def test_a_file_beside_the_plans_is_found(tmp_path: Path) -> None:
    """Also in a folder, and with help from its neighbours; nothing is left in the folder."""
    write(
        tmp_path,
        weather="from .helper import DEGREES\ndef look() -> int:\n    return DEGREES\n",
        helper="DEGREES = 21\n",
        shop__tea="def order() -> str:\n    return 'tea'\n",
    )
    modules = Modules(tmp_path)
    assert modules.function("weather:look")() == 21
    assert modules.function("shop.tea:order")() == "tea"
    assert [path.name for path in tmp_path.rglob("__pycache__")] == []


def test_a_file_of_ones_own_comes_before_what_is_installed(tmp_path: Path) -> None:
    """And is in nobody's way: the library of that name is what it was."""
    write(tmp_path, json="def dumps() -> str:\n    return 'mine'\n")
    assert Modules(tmp_path).function("json:dumps")() == "mine"
    assert Modules(None).function("json:dumps")(1) == "1"


def test_each_load_reads_the_files_again(tmp_path: Path) -> None:
    """Within the same second, too; who has the old function keeps it, and it can still import others."""
    text = (
        "from .helper import WORD\ndef look() -> str:\n    from .more import MORE\n    return WORD + MORE\n"
    )
    write(tmp_path, weather=text, helper="WORD = 'old'\n", more="MORE = '!'\n")
    old = Modules(tmp_path).function("weather:look")
    write(tmp_path, helper="WORD = 'new'\n")
    new = Modules(tmp_path).function("weather:look")
    assert (old(), new()) == ("old!", "new!")


def test_old_loads_are_forgotten(tmp_path: Path) -> None:
    """A folder that changes every minute does not fill the memory."""
    write(tmp_path, weather="def look() -> None: ...\n")
    for _ in range(3 * KEPT_LOADS):
        Modules(tmp_path).function("weather:look")
    kept = [name for name in sys.modules if name.startswith("gateway_tools_")]
    assert len([name for name in kept if name.endswith(".weather")]) <= KEPT_LOADS


def test_a_module_elsewhere_is_read_again_when_it_has_changed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As long as its file is the same it stays what it is, with whatever it has open."""
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.delitem(sys.modules, "elsewhere_once", raising=False)
    file = tmp_path / "elsewhere_once.py"
    file.write_text("def look() -> int:\n    return 1\n")
    first = Modules(tmp_path).function("elsewhere_once:look")
    assert Modules(tmp_path).function("elsewhere_once:look") is first
    file.write_text("def look() -> int:\n    return 2  # changed\n")
    assert Modules(tmp_path).function("elsewhere_once:look")() == 2
    assert first() == 1
    del sys.modules["elsewhere_once"]


BROKEN = "import math\n\nVALUE = math.sqrt(-1)\n\ndef look() -> None: ...\n"


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("weather", "write MODULE:FUNCTION"),
        ("weather:", "write MODULE:FUNCTION"),
        ("../weather:look", "write MODULE:FUNCTION"),
        ("/etc/passwd:look", "write MODULE:FUNCTION"),
        (".weather:look", "write MODULE:FUNCTION"),
        ("nowhere:look", "no module 'nowhere': put nowhere.py into .*tools, or install it"),
        ("nowhere.at.all:look", "no module"),
        ("weather:lock", "weather has no 'lock'; its functions are: look"),
        ("weather:NUMBER", "'NUMBER' in weather is no function"),
        ("weather:Thing", "no function"),
        ("broken:look", r"broken cannot be imported: ValueError: .*broken\.py:3\)"),
        ("unfinished:look", r"unfinished cannot be imported: .*unfinished\.py:1\)"),
        ("needs:look", r"needs cannot be imported: ModuleNotFoundError: .*absent.*needs\.py:1\)"),
        ("leaves:look", "leaves cannot be imported: SystemExit: 3"),
        ("rude:look", "rude cannot be imported: Rude"),
        ("lazy:look", "look of lazy cannot be had: KeyError: 'look'"),
        ("weather:Thing.look", "write MODULE:FUNCTION"),
        ("weather:made", "'made' in weather is no function"),
    ],
)
def test_what_is_wrong_is_said_with_its_place(tmp_path: Path, name: str, told: str) -> None:
    """A mistake in somebody's file is theirs to find; it ends nothing."""
    write(
        tmp_path,
        weather="NUMBER = 1\nclass Thing: ...\ndef look() -> None: ...\nmade = Thing()\n",
        broken=BROKEN,
        unfinished="def look(:\n",
        needs="import absent_package\n",
        leaves="raise SystemExit(3)\n",
        rude="class Rude(BaseException): ...\nraise Rude\n",
        lazy="def __getattr__(name):\n    return {}[name]\n",
    )
    with pytest.raises(NoFunction, match=told):
        Modules(tmp_path).function(name)


def test_a_function_that_remembers_is_one(tmp_path: Path) -> None:
    """As is any that wraps a function and says so."""
    text = "from functools import cache\n@cache\ndef look(a: int) -> int:\n    return a + 1\n"
    assert Modules(write(tmp_path, weather=text)).function("weather:look")(1) == 2


def test_a_file_that_was_mended_is_found(tmp_path: Path) -> None:
    """The next load does not remember the mistake."""
    write(tmp_path, weather="def look(:\n")
    with pytest.raises(NoFunction):
        Modules(tmp_path).function("weather:look")
    write(tmp_path, weather="def look() -> int:\n    return 1\n")
    assert Modules(tmp_path).function("weather:look")() == 1
