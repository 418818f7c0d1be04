"""What the plans of a folder offer beside functions in Python: requests, and what tool servers have."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from gateway.dialplan import Agent, Dialplan, Plan, check
from gateway.dialplan.model import McpServer
from gateway.dialplan.problems import Mark, Problem, did_you_mean
from gateway.http_client import HttpClient
from gateway.tools.mcp.connection import McpConnection
from gateway.tools.mcp.offered import MOST_TOOLS, allowed
from gateway.tools.mcp.servers import McpServers, agents_of
from gateway.tools.mcp.spec import ServerSpec, spec_of
from gateway.tools.webhook import webhook_arguments

ANSWER_WITHIN = 15.0
"""Seconds for a tool server to start and to say what it offers."""


@dataclass(frozen=True, slots=True)
class Listing:
    """What was found: a line for each function, and what is wrong with tool servers."""

    lines: tuple[str, ...]
    problems: tuple[Problem, ...]


def functions_of(plans: Dialplan) -> Iterator[tuple[Plan, Agent]]:
    """Yield each agent of the plans that has functions on servers, with its plan."""
    for plan in plans.plans.values():
        yield from ((plan, agent) for agent in agents_of(plan.action) if agent.webhooks or agent.mcp)


async def listing(folder: Path, region: str | None) -> Listing:
    """Connect to all tool servers of the plans, and list what there is. Plans with mistakes have none."""
    plans = check(folder, region=region).dialplan
    found = list(functions_of(plans)) if plans is not None else []
    lines: list[str] = []
    problems: list[Problem] = []
    async with HttpClient() as http, McpServers(http) as servers:
        specs = {_spec(plan, one) for plan, agent in found for one in _ours(agent).values()}
        servers.want(specs)
        known = await asyncio.gather(*(_known(servers, spec) for spec in specs))
        connections = dict(zip(specs, known, strict=True))
        for plan, agent in found:
            assert plans is not None
            lines += _hooks(agent)
            for label, server in _ours(agent).items():
                connection = connections[_spec(plan, server)]
                lines += _offered(label, server, connection)
                problems += _wrong(plans, plan, label, server, connection)
    return Listing(tuple(dict.fromkeys(lines)), tuple(dict.fromkeys(problems)))


def shown(name: str, schema: Mapping[str, Any], description: str) -> str:
    """Return a function in one line: its name, its arguments, what it does."""
    required = schema.get("required", ())
    parts = [
        f"{key}: {about.get('type', 'any')}" + ("" if key in required else f" = {about.get('default')!r}")
        for key, about in schema.get("properties", {}).items()
        if isinstance(about, dict)
    ]
    does = description.strip().partition("\n")[0] or "no docstring: the model is not told what it does"
    return f"{name}({', '.join(parts)})  {does}"


def _ours(agent: Agent) -> dict[str, McpServer]:
    return {label: one for label, one in agent.mcp.items() if one.mode == "gateway"}


def _spec(plan: Plan, server: McpServer) -> ServerSpec:
    return spec_of(server, plan.folder)


async def _known(servers: McpServers, spec: ServerSpec) -> McpConnection:
    async with servers.connected(spec, shared=True) as connection:
        await connection.known(ANSWER_WITHIN, tries=1)
        return connection


def _hooks(agent: Agent) -> Iterator[str]:
    for name, hook in agent.webhooks.items():
        yield shown(name, webhook_arguments(name, hook).schema(), hook.description)


def _offered(label: str, server: McpServer, connection: McpConnection) -> Iterator[str]:
    for one in allowed(connection.tools or (), server.tools):
        yield shown(one.name_at(label), one.schema, one.description)


def _wrong(
    plans: Dialplan, plan: Plan, label: str, server: McpServer, connection: McpConnection
) -> Iterator[Problem]:
    source = plans.sources[plan.name]

    def problem(key: str, value: object, cure: str) -> Problem:
        path = ("agent", "mcp", label, *([key] if key else []))
        mark = source.marks.get(path) or source.marks.get(path[:3]) or Mark(source.file)
        return Problem(mark, ".".join(path), value, cure, unready=True)

    if connection.tools is None:
        yield problem("", None, f"the tool server cannot be reached: {connection.fault}")
        return
    there = {one.tool for one in connection.tools}
    if not server.tools and len(there) > MOST_TOOLS:
        cure = f"the server has {len(there)} functions, and an agent can call {MOST_TOOLS}: name those here"
        yield problem("tools", None, cure)
    asked = server.approval if not isinstance(server.approval, str) else ()
    for key, names in (("tools", server.tools), ("approval", tuple(asked))):
        for name in names:
            if name not in there:
                yield problem(key, name, f"the server has no such function; {did_you_mean(name, there)}")
