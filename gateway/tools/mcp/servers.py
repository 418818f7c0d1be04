"""The tool servers of a process: one connection for all calls, or one for each, as the plans want it."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterable, Iterator
from contextlib import asynccontextmanager
from functools import partial
from typing import Self

from gateway.dialplan import Agent, Dialplan, Menu
from gateway.dialplan.model import Action, Inline
from gateway.http_client import HttpClient
from gateway.tasks import TaskGroup, until_next_look
from gateway.tools.mcp.connection import McpConnection
from gateway.tools.mcp.spec import ServerSpec, spec_of
from gateway.tools.mcp.transport import opened

NOTICE_CHANGES_S = 1.0
"""Seconds after a reload within which the servers of new plans are connected to."""


class McpServers:
    """An async context, within which connections live."""

    def __init__(self, http: HttpClient) -> None:
        self._http = http
        self._tasks = TaskGroup()
        self._shared: dict[ServerSpec, tuple[McpConnection, asyncio.Task[None]]] = {}
        self._users: Counter[ServerSpec] = Counter()
        self._wanted: frozenset[ServerSpec] = frozenset()
        self._running: set[asyncio.Task[None]] = set()

    async def __aenter__(self) -> Self:
        await self._tasks.__aenter__()
        return self

    async def __aexit__(self, *_: object) -> None:
        for task in list(self._running):
            task.cancel()
        await self._tasks.__aexit__(None, None, None)

    async def keep(self, plans: Callable[[], Dialplan]) -> None:
        """Keep connected to what the plans in force want, until cancelled."""
        known: Dialplan | None = None
        while True:
            if (current := plans()) is not known:
                self.want(shared_specs(current))
                known = current
            await until_next_look(NOTICE_CHANGES_S)

    def want(self, specs: Iterable[ServerSpec]) -> None:
        """Connect to these and to no others; who is still used by a call is let go of after it."""
        self._wanted = frozenset(specs)
        for spec in self._wanted:
            self._share(spec)
        for spec in [one for one in self._shared if not self._users[one]]:
            self._let_go(spec)

    @asynccontextmanager
    async def connected(self, spec: ServerSpec, *, shared: bool) -> AsyncIterator[McpConnection]:
        """Give a connection for as long as the block lasts: that of all calls, or one of its own."""
        if not shared:
            connection, task = self._connect(spec)
            try:
                yield connection
            finally:
                task.cancel()
            return
        connection = self._share(spec)
        self._users[spec] += 1
        try:
            yield connection
        finally:
            self._users[spec] -= 1
            if not self._users[spec]:
                del self._users[spec]
                self._let_go(spec)

    def _share(self, spec: ServerSpec) -> McpConnection:
        if spec not in self._shared:
            self._shared[spec] = self._connect(spec)
        return self._shared[spec][0]

    def _let_go(self, spec: ServerSpec) -> None:
        if spec not in self._wanted and spec in self._shared:
            self._shared.pop(spec)[1].cancel()

    def _connect(self, spec: ServerSpec) -> tuple[McpConnection, asyncio.Task[None]]:
        connection = McpConnection(spec.shown, partial(opened, spec, self._http))
        task = self._tasks.create_task(connection.run())
        self._running.add(task)
        task.add_done_callback(self._running.discard)
        return connection, task


def shared_specs(plans: Dialplan) -> Iterator[ServerSpec]:
    """Yield the servers to which one connection serves the calls of all plans."""
    for plan in plans.plans.values():
        for agent in agents_of(plan.action):
            for server in agent.mcp.values():
                if server.mode == "gateway" and server.session == "shared":
                    yield spec_of(server, plan.folder)


def agents_of(action: Action) -> Iterator[Agent]:
    """Yield the agents of an action: itself, or those behind the keys of a menu."""
    match action:
        case Agent():
            yield action
        case Menu():
            for target in (*action.options.values(), action.otherwise):
                if isinstance(target, Inline):
                    yield from agents_of(target.action)
        case _:
            pass
