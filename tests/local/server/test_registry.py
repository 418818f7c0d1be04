from __future__ import annotations

import pytest

from gateway.errors import BadInput
from gateway.local.engines.scripted import ScriptEngine
from gateway.local.engines.simple import EchoEngine, ToneEngine
from gateway.local.server.registry import Engines, engine_for
from gateway.local.server.settings import LocalSettings


def test_names() -> None:
    """Engines can be asked for by name; other models get the default."""
    assert engine_for("tone", "agent") == "tone"
    assert engine_for("local", "tone") == "agent"
    assert engine_for("gpt-realtime-2.1", "echo") == "echo"


async def test_loaded_once() -> None:
    """Two sessions share an engine."""
    engines = Engines(LocalSettings(engine="tone"))
    assert await engines.get("x") is await engines.get("tone")
    assert isinstance(await engines.get("tone"), ToneEngine)
    assert isinstance(await engines.get("echo"), EchoEngine)
    assert isinstance(await engines.get("script"), ScriptEngine)
    engines.close()


@pytest.mark.parametrize("engine", ["piano", "script"])
def test_refused(engine: str) -> None:
    """An engine that does not exist, and a script without its file."""
    with pytest.raises(BadInput):
        Engines(LocalSettings(engine=engine))
