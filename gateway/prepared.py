"""What follows from unchanging objects alone, such as a plan, made once for all calls and not in each."""

from __future__ import annotations

import functools
import weakref
from collections.abc import Callable
from typing import Any, ParamSpec, TypeVar

P = ParamSpec("P")
T = TypeVar("T")


def prepared(objects: int = 1) -> Callable[[Callable[P, T]], Callable[P, T]]:
    """Have a function's results kept for as long as its first `objects` arguments live; they never change.

    The same ones are meant, not equal ones: to compare two plans takes longer than what is made of them. All
    other arguments have a hash. What is kept must not lead back to them, or they would live for ever.
    """

    def decorate(make: Callable[P, T]) -> Callable[P, T]:
        kept: dict[tuple[Any, ...], T] = {}

        @functools.wraps(make)
        def given(*args: P.args, **kwargs: P.kwargs) -> T:
            key = (*map(id, args[:objects]), *args[objects:], *kwargs.items())
            try:
                return kept[key]
            except KeyError:
                made = kept[key] = make(*args, **kwargs)
            for one in args[:objects]:
                weakref.finalize(one, kept.pop, key, None).atexit = False
            return made

        return given

    return decorate
