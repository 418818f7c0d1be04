"""All that we can send, and the whole vocabulary of the wire, before the official types."""

from __future__ import annotations

from typing import Any

import orjson

from gateway.call import (
    AddText,
    CancelResponse,
    DeleteItem,
    Respond,
    SubmitToolResult,
    Truncate,
)
from gateway.realtime.events import dump, parse_client, parse_server
from gateway.realtime.events.session import Transcription, TurnDetection
from gateway.realtime.events.wire import AudioDeltaFrames, append_frame
from gateway.realtime.orders import aside
from gateway.realtime.protocol import Protocol
from gateway.realtime.providers import AZURE, COMPATIBLE, LOCAL, OPENAI, Provider
from gateway.realtime.settings import SessionSettings
from tests.realtime.conformance.official import judge
from tests.realtime.events import samples

FUNCTION = {
    "type": "function",
    "name": "transfer",
    "description": "Connect the caller to a colleague.",
    "parameters": {"type": "object", "properties": {"to": {"type": "string"}}, "required": ["to"]},
}
MCP = {
    "type": "mcp",
    "server_label": "crm",
    "server_url": "https://mcp.example.com",
    "require_approval": "never",
}
RETENTION = {
    "type": "retention_ratio",
    "retention_ratio": 0.8,
    "token_limits": {"post_instructions": 8000},
}
EVERYTHING = SessionSettings(
    instructions="Be brief.",
    voice="cedar",
    speed=1.1,
    turn_detection=TurnDetection(
        type="server_vad",
        threshold=0.6,
        prefix_padding_ms=300,
        silence_duration_ms=500,
        idle_timeout_ms=6000,
        create_response=True,
        interrupt_response=False,
    ),
    transcription=Transcription(model="gpt-transcribe", language="en", prompt="Acme"),
    noise_reduction="near_field",
    tools=(FUNCTION, MCP),
    tool_choice={"type": "function", "name": "transfer"},
    max_output_tokens=4096,
    truncation=RETENTION,
    reasoning={"effort": "low"},
    parallel_tool_calls=False,
    prompt={"id": "pmpt_1", "version": "2", "variables": {"city": "Paris"}},
    tracing={"workflow_name": "phone", "group_id": "call-1", "metadata": {"k": "v"}},
    extras={"include": ["item.input_audio_transcription.logprobs"]},
)
SETTINGS = {
    "defaults": SessionSettings(),
    "everything": EVERYTHING,
    "nothing": SessionSettings(turn_detection=None, transcription=None),
    "by meaning": SessionSettings(turn_detection=TurnDetection(type="semantic_vad", eagerness="low")),
    "mu-law": SessionSettings(wire="pcmu"),
    "a-law": SessionSettings(wire="pcma"),
    "custom voice": SessionSettings(voice={"id": "voice_1"}),
}


def sent(provider: Provider, settings: SessionSettings) -> list[dict[str, Any]]:
    """Return what goes out in a call that uses everything."""
    protocol = Protocol(provider, settings)
    protocol.received(b'{"type":"session.created","session":{}}')
    protocol.received(b'{"type":"session.updated","session":{}}')
    for order in (
        Respond(),
        Respond("Greet the caller."),
        CancelResponse("resp_1"),
        Truncate("item_1", 180),
        DeleteItem("item_1"),
        SubmitToolResult("call_1", '{"done":true}'),
        AddText("user", "[The caller pressed 5 on the keypad.]"),
        AddText("system", "The call was reconnected."),
        AddText("assistant", "Hello."),
    ):
        protocol.ordered(order)
    protocol.send(aside("summary", "Sum up."))
    protocol.outgoing.append(append_frame(bytes(960)))
    return [orjson.loads(frame) for frame in protocol.outgoing]


def test_everything_we_send_is_valid() -> None:
    """Every client event of ours passes the official types, strictly, without a field they do not know."""
    all_of_it = [
        ("client", event)
        for provider in (OPENAI, AZURE, LOCAL, COMPATIBLE)
        for settings in SETTINGS.values()
        for event in sent(provider, settings)
    ]
    assert len(all_of_it) > 200
    assert judge(all_of_it) == []


def test_our_vocabulary_is_theirs() -> None:
    """Every event as our types write it passes theirs: eleven of the client, forty-six of the server."""
    ours = [("client", dump(parse_client(orjson.dumps(samples.client(kind))))) for kind in samples.CLIENT]
    ours += [("server", dump(parse_server(orjson.dumps(samples.server(kind))))) for kind in samples.SERVER]
    ours.append(("server", AudioDeltaFrames("r", "i").frame("e", b"ab")))
    assert judge((side, orjson.loads(frame)) for side, frame in ours) == []


def test_the_judge_is_strict() -> None:
    """A missing field, a field of another kind, an unknown one and an unknown event are all found."""
    no_type = {"type": "session.update", "session": {"instructions": "x"}}
    wrong = {"type": "conversation.item.truncate", "item_id": "i", "content_index": 0, "audio_end_ms": "5"}
    unknown = {"type": "response.cancel", "reason": "x"}
    problems = judge(("client", event) for event in (no_type, wrong, unknown, {"type": "session.close"}))
    assert len([line for line in problems if line.startswith("client session.update")]) >= 1
    assert [line for line in problems if "truncate: audio_end_ms" in line]
    assert "client response.cancel: reason: unknown field" in problems
    assert "client session.close: there is no such event" in problems


def test_settings_all_differ() -> None:
    """The settings above are not one and the same by mistake."""
    assert len({str(one) for one in SETTINGS.values()}) == len(SETTINGS)
