"""A heavy part of an engine: loaded in a thread, once, by whoever needs it first."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Generic, TypeVar

T = TypeVar("T")


class Part(Generic[T]):
    """What `load` makes. Used on the asyncio thread only."""

    def __init__(self, load: Callable[[], T]) -> None:
        self._load = load
        self._loading: asyncio.Future[T] | None = None

    @property
    def loaded(self) -> T | None:
        """The part, if it is there already."""
        done = self._loading is not None and self._loading.done() and not self._loading.exception()
        return self._loading.result() if done and self._loading is not None else None

    async def get(self) -> T:
        """Return it as soon as it is there. Raises what `load` raises, each time anew."""
        if self._loading is None or (self._loading.done() and self._loading.exception()):
            self._loading = asyncio.get_running_loop().run_in_executor(None, self._load)
        return await asyncio.shield(self._loading)  # whoever leaves does not stop it for the others
