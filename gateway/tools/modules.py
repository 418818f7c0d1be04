"""Where functions of a plan's author come from: files in `tools/` beside the plans, or installed packages.

Each load takes the files anew, as a package of its own, so that a call keeps the functions with which it
began, as it keeps its plan. A module elsewhere is read again when its file has changed.
"""

from __future__ import annotations

import importlib
import importlib.util
import inspect
import itertools
import re
import sys
import types
from collections.abc import Callable
from pathlib import Path
from typing import Any, cast

from gateway.errors import GatewayError

FOLDER = "tools"
"""Beside the plan files."""
NAME = re.compile(r"([A-Za-z_]\w*(?:\.[A-Za-z_]\w*)*):([A-Za-z_]\w*)")
"""`module:function`, or `package.module:function`."""
KEPT_LOADS = 4
"""Loads whose modules can still import each other; functions of older ones go on with what they have."""

_numbers = itertools.count(1)
_loads: list[str] = []
_seen: dict[str, tuple[int, int]] = {}  # module elsewhere -> its file when it was read


class NoFunction(GatewayError):
    """A name leads to no function; the message says what to do about it."""


class Modules:
    """One load of the functions that plans name."""

    def __init__(self, folder: Path | None) -> None:
        self._folder = None if folder is None else folder / FOLDER
        self._package = ""

    def function(self, name: str) -> Callable[..., Any]:
        """Return the function that a plan names. Raises NoFunction."""
        found = NAME.fullmatch(name)
        if found is None:
            raise NoFunction("write MODULE:FUNCTION, such as weather:get_weather")
        module = self._module(found[1])
        try:
            function = getattr(module, found[2], None)
        except Exception as error:
            raise NoFunction(f"{found[2]} of {found[1]} cannot be had: {_told(error)}") from error
        if function is None:
            own = sorted(key for key, one in vars(module).items() if inspect.isfunction(one))
            raise NoFunction(f"{found[1]} has no {found[2]!r}; its functions are: {', '.join(own) or 'none'}")
        if not (callable(function) and inspect.isfunction(inspect.unwrap(function))):
            raise NoFunction(f"{found[2]!r} in {found[1]} is no function: write `def {found[2]}(...)`")
        return cast(Callable[..., Any], function)

    def _module(self, name: str) -> types.ModuleType:
        dont_write = sys.dont_write_bytecode
        # A compiled file beside its source would be a change in the folder, and stale within a second.
        sys.dont_write_bytecode = True
        try:
            return self._own(name) if self._is_own(name) else self._elsewhere(name)
        except NoFunction:
            raise
        except BaseException as error:
            if isinstance(error, KeyboardInterrupt):  # whoever waits for a long import
                raise
            raise NoFunction(f"{name} cannot be imported: {_told(error)}") from error
        finally:
            sys.dont_write_bytecode = dont_write

    def _is_own(self, name: str) -> bool:
        if self._folder is None:
            return False
        place = self._folder.joinpath(*name.split("."))
        return place.with_suffix(".py").is_file() or (place / "__init__.py").is_file()

    def _own(self, name: str) -> types.ModuleType:
        if not self._package:
            self._package = f"gateway_tools_{next(_numbers)}"
            package = types.ModuleType(self._package, "Functions that dialplans name.")
            package.__path__ = [str(self._folder)]
            sys.modules[self._package] = package
            _loads.append(self._package)
            while len(_loads) > KEPT_LOADS:
                _forget(_loads.pop(0))
        importlib.invalidate_caches()
        return importlib.import_module(f"{self._package}.{name}")

    def _elsewhere(self, name: str) -> types.ModuleType:
        known = sys.modules.get(name)
        if known is None:
            try:
                there = importlib.util.find_spec(name) is not None
            except ModuleNotFoundError:  # not even the package
                there = False
            if not there:
                place = "tools/ beside the plans" if self._folder is None else self._folder
                raise NoFunction(f"no module {name!r}: put {name}.py into {place}, or install it")
        module = importlib.import_module(name)
        state = _state(module)
        if known is not None and _seen.get(name, state) != state:
            module = importlib.reload(module)
        _seen[name] = state
        return module


def _forget(package: str) -> None:
    for name in [one for one in sys.modules if one == package or one.startswith(f"{package}.")]:
        del sys.modules[name]


def _state(module: types.ModuleType) -> tuple[int, int]:
    try:
        there = Path(module.__file__ or "").stat()
    except OSError:
        return 0, 0
    return there.st_mtime_ns, there.st_size


def _told(error: BaseException) -> str:
    """Return an error in one line, with the place in the author's own file, if it has one."""
    if isinstance(error, SyntaxError):
        return f"{error.msg} ({error.filename}:{error.lineno})"
    trace, place = error.__traceback__, ""
    while trace is not None:
        file = trace.tb_frame.f_code.co_filename
        if file != __file__ and not file.startswith("<frozen"):
            place = f" ({file}:{trace.tb_lineno})"
        trace = trace.tb_next
    words = " ".join(str(error).split())
    return f"{type(error).__name__}: {words}{place}" if words else f"{type(error).__name__}{place}"
