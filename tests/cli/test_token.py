"""`gateway token`: made, listed, revoked; and a way in for a browser."""

from __future__ import annotations

from pathlib import Path

from gateway.node.api_tokens import Role, TokenFile
from tests.cli.conftest import Run


def test_from_made_to_revoked(gateway: Run) -> None:
    """It is printed alone, so that it can be piped; the list has names and roles, no token."""
    told = gateway("token", "new", "ops", "--role", "operate")
    token = told.out.strip()
    found = TokenFile(Path("var/api-tokens.json")).read().find(token)
    assert (told.code, found and found.role) == (0, Role.OPERATE)
    listed = gateway("token", "list").out
    assert listed.split()[:2] == ["ops", "operate"]
    assert token not in listed
    assert gateway("token", "revoke", "ops").code == 0
    assert gateway("token", "list").out == ""


def test_mistakes(gateway: Run) -> None:
    """One line each, with the cure."""
    assert "read, operate, admin" in gateway("token", "new", "ops", "--role", "king").err
    assert "there are: none" in gateway("token", "revoke", "ops").err
    assert gateway("token", "new", "1").code == 1


def test_a_link_for_a_browser(gateway: Run, tmp_path: Path) -> None:
    """To the address of the settings, with a code that holds once."""
    Path("gateway.yaml").write_text("api: {listen: '127.0.0.1:9999', tokens: here.json}\n", encoding="utf-8")
    link = gateway("token", "link").out.strip()
    address, _, code = link.partition("/enter?code=")
    assert address == "http://127.0.0.1:9999"
    assert TokenFile(tmp_path / "here.json").use_code(code)
