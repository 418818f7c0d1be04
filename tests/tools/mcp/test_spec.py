"""How a tool server is reached."""

from pathlib import Path

from gateway.dialplan.model import McpServer
from gateway.tools.mcp.spec import GivenText, spec_of


def test_two_plans_mean_the_same_server() -> None:
    """If they reach it in the same way, whatever else they say of it."""
    one = McpServer.model_validate({"url": "https://x/mcp", "headers": {"X-Key": "${A}"}, "tools": ["a"]})
    two = McpServer.model_validate({"url": "https://x/mcp", "headers": {"X-Key": "${A}"}, "timeout": "9s"})
    other = McpServer.model_validate({"url": "https://x/mcp", "headers": {"X-Key": "${B}"}})
    folder = Path("plans")
    assert spec_of(one, folder) == spec_of(two, folder)
    assert hash(spec_of(one, folder)) == hash(spec_of(two, folder))
    assert spec_of(one, folder) != spec_of(other, folder)


def test_what_somebody_else_gave_is_taken_as_it_is() -> None:
    """Nothing of ours is filled in, and nothing of it is shown."""
    given = GivenText("Bearer ${HOME}")
    assert given.reveal() == "Bearer ${HOME}"
    assert "HOME" not in str(given)


def test_what_is_shown_has_no_secret() -> None:
    """The address as it is written; the program with its arguments."""
    assert spec_of(McpServer.model_validate({"url": "${CRM}/mcp"}), Path()).shown == "${CRM}/mcp"
    program = McpServer.model_validate({"command": "python server.py --all", "env": {"KEY": "${K}"}})
    assert spec_of(program, Path()).shown == "python server.py --all"
