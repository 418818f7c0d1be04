from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.local.reply import ToolCall
from gateway.local.reply.tools import (
    fill,
    forced_call,
    hang_up_call,
    matching_call,
    named,
    say_output,
    spoken_of,
    transfer_call,
)


def tool(name: str, required: tuple[str, ...] = (), **properties: Any) -> dict[str, Any]:
    schema = {"type": "object", "properties": properties, "required": list(required)}
    return {"type": "function", "name": name, "parameters": schema}


WORDS = ("properties", "required", "enum", "type", "city", "error", "message")
HANG_UP = tool("hang_up")
TRANSFER = tool(
    "transfer_call", ("destination",), destination={"type": "string", "enum": ["sales", "support"]}
)
WEATHER = tool("get_weather", ("city",), city={"type": "string"})
TIME = tool("get_current_time")


BOOK = tool("calendar__book", ("day", "time"), day={"type": "string"}, time={"type": "string"})
PUT_THROUGH = tool(
    "transfer",
    ("target",),
    target={"type": "string", "enum": ["sales", "support"]},
    summary={"type": "string"},
)


@pytest.mark.parametrize(
    ("text", "arguments"),
    [
        ("Book Monday at nine, please.", {"day": "Monday", "time": "9:00"}),
        ("Please book me for Friday at 11:30.", {"day": "Friday", "time": "11:30"}),
        ("Book tomorrow at two thirty.", {"day": "Tomorrow", "time": "2:30"}),
    ],
)
def test_days_and_times_are_heard(text: str, arguments: dict[str, str]) -> None:
    """Of a function on a tool server, whose name has that of the server in front."""
    assert matching_call(text, [BOOK]) == ToolCall("calendar__book", arguments)


def test_who_is_put_through_is_summed_up() -> None:
    """For whoever answers."""
    call = transfer_call("Transfer me to support, my phone is broken.", [PUT_THROUGH])
    assert call is not None
    assert call.arguments["target"] == "support"
    assert call.arguments["summary"] == "The caller said: Transfer me to support, my phone is broken."


def test_hanging_up() -> None:
    """The session's own tool is used, with a reason if it takes one."""
    assert hang_up_call([WEATHER, HANG_UP]) == ToolCall("hang_up", {})
    assert hang_up_call([tool("end_call", reason={"type": "string"})]) == ToolCall(
        "end_call", {"reason": "the caller said goodbye"}
    )
    assert hang_up_call([WEATHER]) is None
    assert named([{"type": "mcp", "server_label": "x"}], ["hang_up"]) is None


@pytest.mark.parametrize(
    ("text", "destination"),
    [
        ("Transfer me to sales, please.", "sales"),
        ("I want to talk to a human.", "sales"),
        ("Support please", "support"),
    ],
)
def test_transferring(text: str, destination: str) -> None:
    """A destination named by the caller is taken; without one the first."""
    assert transfer_call(text, [TRANSFER]) == ToolCall("transfer_call", {"destination": destination})


@pytest.mark.parametrize(
    ("text", "call"),
    [
        ("What is the weather in Oslo?", ToolCall("get_weather", {"city": "Oslo"})),
        ("Tell me the current time.", ToolCall("get_current_time", {})),
        ("What is the weather?", None),
        ("Hello.", None),
    ],
)
def test_matching(text: str, call: ToolCall | None) -> None:
    """A tool is called when its subject is spoken of and its parameters are known."""
    assert matching_call(text, [HANG_UP, WEATHER, TIME]) == call


def test_forcing() -> None:
    """`tool_choice` can demand a call; arguments are guessed then."""
    assert forced_call({"type": "function", "name": "get_weather"}, "Hello", [WEATHER]) == ToolCall(
        "get_weather", {"city": "Hello"}
    )
    assert forced_call("required", "Hello", [TIME]) == ToolCall("get_current_time", {})
    assert forced_call("auto", "Hello", [TIME]) is None
    assert forced_call("required", "Hello", []) is None


def test_filling() -> None:
    """Numbers, codes and options are found in what was said."""
    order = tool("order", ("number", "pin"), number={"type": "integer"}, pin={"type": "string"})
    assert fill(order, "4 7 2 9") == {"number": 4729, "pin": "4729"}
    assert fill(order, "hello") is None


@pytest.mark.parametrize(
    ("output", "said"),
    [
        ("It is 14:05.", "It is two oh five p m."),
        ('{"message": "All done!"}', "All done!"),
        ('{"time": "14:05", "zone": "Oslo"}', "The time is two oh five p m, the zone is Oslo."),
        ('{"temperature": 3.5}', "The temperature is three point five."),
        ('{"error": "no such city"}', "Sorry, that did not work: no such city."),
        ('{"ok": true}', "Done."),
        ("[]", "Nothing."),
        ("true", "Yes."),
        ("", "Done."),
        ("[1, 2, null]", "One, two, nothing."),
    ],
)
def test_results_in_words(output: str, said: str) -> None:
    """A tool's JSON becomes a sentence."""
    assert say_output(output) == said


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(WORDS), inner, max_size=3),
    max_leaves=12,
)


@settings(deadline=None)  # a busy machine is no mistake
@given(JSON, st.text(max_size=20))
def test_any_schema_will_do(parameters: Any, text: str) -> None:
    """What strangers write as a tool's parameters cannot break the rules."""
    odd = {"type": "function", "name": "get_weather", "parameters": parameters}
    matching_call(f"the weather in {text}", [odd])
    forced_call("required", text, [odd])
    assert hang_up_call([{**odd, "name": "hang_up"}]) is not None


@settings(deadline=None)  # a busy machine is no mistake
@given(JSON)
def test_any_result_can_be_said(value: Any) -> None:
    """Whatever a tool gives back becomes words."""
    assert say_output(json.dumps(value)).endswith((".", "!", "?"))


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("I would like to look in appointment.", ["book_appointment"]),
        ("I want to cancel my appointment.", []),
        ("What is the weather?", ["get_weather"]),
        ("I have a book.", []),
    ],
)
def test_one_long_word_of_a_name_is_enough(text: str, found: list[str]) -> None:
    """But not for the contrary, nor where another function has it, too."""
    booking = tool("book_appointment", ("day",), day={"type": "string"})
    assert [one["name"] for one in spoken_of(text, [WEATHER, booking])] == found
    other = tool("move_appointment", ("day",), day={"type": "string"})
    assert list(spoken_of("The appointment.", [booking, other])) == []
