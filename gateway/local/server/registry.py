"""Which engine stands behind a model name, each loaded at its first use."""

from __future__ import annotations

import asyncio
from contextlib import ExitStack
from typing import TYPE_CHECKING

from gateway.errors import BadInput
from gateway.local.engines.simple import EchoEngine, ToneEngine
from gateway.local.server.settings import ENGINES, LocalSettings
from gateway.local.vocabulary import Engine

if TYPE_CHECKING:
    from gateway.local.engines.scripted import ScriptEngines

NAMES = {name: name for name in ENGINES} | {"local": "agent"}
"""Model names that choose their engine themselves; any other gets the server's default engine."""


def engine_for(model: str, default: str) -> str:
    """Return which engine stands behind `?model=`."""
    return NAMES.get(model, default)


class Engines:
    """The engines of one server."""

    def __init__(self, settings: LocalSettings) -> None:
        if settings.engine not in ENGINES:
            raise BadInput("--engine", "engine", settings.engine, f"use one of: {', '.join(ENGINES)}")
        if settings.engine == "script" and settings.script is None:
            raise BadInput("--engine", "script", None, "say --script FILE")
        self._settings = settings
        self._loaded: dict[str, Engine] = {}
        self._scripted: ScriptEngines | None = None
        self._loading = asyncio.Lock()
        self._closing = ExitStack()

    async def get(self, model: str) -> Engine:
        """Return the engine behind a model name. Raises SpeechError, BadInput."""
        name = engine_for(model, self._settings.engine)
        if name == "script":
            return self._script().get(model)
        async with self._loading:
            if name not in self._loaded:
                self._loaded[name] = await self._load(name)
        return self._loaded[name]

    def close(self) -> None:
        """Let go of the engines' threads."""
        self._closing.close()

    async def _load(self, name: str) -> Engine:
        match name:
            case "tone":
                return ToneEngine()
            case "echo":
                return EchoEngine()
        from gateway.local.engines.agent import AgentEngine  # noqa: PLC0415 - needs the speech packages

        agent = AgentEngine(self._settings.workers)
        await agent.load()
        self._closing.callback(agent.close)
        return agent

    def _script(self) -> ScriptEngines:
        if self._scripted is None:
            from gateway.local.engines.script import Script, read_script  # noqa: PLC0415 - tests are its users
            from gateway.local.engines.scripted import ScriptEngines  # noqa: PLC0415

            given = self._settings.script
            self._scripted = ScriptEngines(read_script(given) if given is not None else Script())
        return self._scripted
