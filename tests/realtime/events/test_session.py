from __future__ import annotations

from gateway.realtime.events import plain
from gateway.realtime.events.session import FunctionTool, McpTool, Session, TurnDetection
from tests.realtime.events.samples import SESSION


def test_a_whole_session_is_typed_and_comes_back() -> None:
    """Every field of the documented session has its place."""
    session = Session.model_validate(SESSION)
    assert session.model_extra == {}
    assert session.audio is not None
    assert session.audio.input is not None
    assert isinstance(session.audio.input.turn_detection, TurnDetection)
    assert session.audio.input.turn_detection.silence_duration_ms == 500
    assert plain(session) == SESSION


def test_tools_are_known_by_their_kind() -> None:
    """Functions and MCP servers are typed; a vendor's own tools stay as they are."""
    tools = [
        {"type": "function", "name": "f"},
        {"type": "mcp", "server_label": "crm", "server_url": "https://x"},
        {"type": "web_search"},
    ]
    session = Session.model_validate({"tools": tools})
    assert session.tools is not None
    assert [type(tool) for tool in session.tools] == [FunctionTool, McpTool, dict]
    assert plain(session) == {"tools": tools}


def test_a_custom_voice_is_an_object() -> None:
    """A voice is a name or an id in an object."""
    data = {"audio": {"output": {"voice": {"id": "voice_1"}}}}
    assert plain(Session.model_validate(data)) == data
