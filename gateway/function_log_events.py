"""Log events of the functions that agents call, and of servers that have some. `log_events` has them all."""

from __future__ import annotations

from gateway.log_event import LOOK, STATE, LogEvent

FUNCTIONS: dict[str, LogEvent] = {
    "mcp.connected": LogEvent(STATE, "info", "tool server connected", "it offers so many `tools`"),
    "mcp.lost": LogEvent(LOOK, "warning", "tool server lost", "`why`; it is connected to again `in_seconds`"),
    "mcp.missing": LogEvent(
        LOOK, "warning", "tool server is not there", "the agent of this call does without its functions"
    ),
    "mcp.line_too_long": LogEvent(
        LOOK, "warning", "tool server does not end its line", "after so many `bytes` it is given up"
    ),
    "mcp.not_understood": LogEvent(
        LOOK,
        "warning",
        "tool server writes what is no message",
        "the first such `line` of its standard output, which is for messages alone: print to standard error",
    ),
    "mcp.said": LogEvent(STATE, "info", "tool server says", "a `line` of its standard error"),
    "tool.failed": LogEvent(
        LOOK, "warning", "tool failed", "the model is told so; `why`, or the traceback in the line"
    ),
    "tool.late": LogEvent(
        LOOK,
        "warning",
        "tool took too long",
        "the model is told so; `@tool(timeout=...)`, or its `timeout` in the plan, gives it more `seconds`",
    ),
    "tool.blocks": LogEvent(
        LOOK,
        "error",
        "an async function blocks its event loop",
        "`tool` waits without `await`: make it `def`; calls go on, other functions get another loop",
    ),
    "tool.refused": LogEvent(
        STATE, "info", "the caller did not agree to a tool", "it was not run, and the model is told so"
    ),
    "tool.order_refused": LogEvent(
        LOOK, "info", "what a tool ordered of its call was refused", "`why`: the caller may have left"
    ),
}
