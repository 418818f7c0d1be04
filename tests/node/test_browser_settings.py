"""What is said of calls from browsers in `gateway.yaml`."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from gateway.errors import BadInput
from gateway.node.browser_settings import BrowserSettings
from gateway.node.settings import load
from gateway.node.settings_check import problems

TURN = {"url": "turn:x", "username": "u", "credential": "${TURN_PASSWORD}"}
FILE = """
browser:
  calls: 4
  ice:
    - {url: "stun:stun.example.com:3478"}
    - {url: "turn:turn.example.com:3478?transport=tcp", username: gateway, credential: "${TURN_PASSWORD}"}
"""


def test_servers_come_out_of_the_file_and_out_of_the_environment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As they are handed to the process that answers browsers: the password by its reference."""
    file = tmp_path / "gateway.yaml"
    file.write_text(FILE)
    settings = load(file).browser
    assert (settings.calls, [one.url[:5] for one in settings.ice]) == (4, ["stun:", "turn:"])
    monkeypatch.setenv("GATEWAY_BROWSER", settings.model_dump_json())
    assert "${TURN_PASSWORD}" in settings.model_dump_json()
    again = load().browser
    assert [(one.url, str(one.credential)) for one in again.ice] == [
        (one.url, str(one.credential)) for one in settings.ice
    ]
    found = [problem for problem in problems(load(file), file, {}) if problem.key.startswith("browser")]
    assert [(one.key, one.mark.line) for one in found] == [("browser.ice.1.credential", 6)]
    assert "TURN_PASSWORD" in found[0].cure


@pytest.mark.parametrize(
    ("said", "told"),
    [
        ({"ice": [{"url": "http://x"}]}, "url"),
        ({"ice": [{"url": "turn:x"}]}, "username and credential"),
        ({"ice": [{"url": "turn:x", "username": "u", "credential": "secret"}]}, "credential"),
        ({"ice": [{"url": "stun:x"}, {"url": "stun:y"}]}, "one STUN server"),
        ({"ice": [TURN, TURN | {"url": "turns:y"}]}, "one TURN server"),
        ({"ice": [TURN | {"url": "turns:x?transport=udp"}]}, "goes over TCP"),
        ({"calls": 11}, "calls"),
    ],
)
def test_what_cannot_be_used_is_named(said: dict[str, Any], told: str) -> None:
    with pytest.raises((ValueError, BadInput), match=told):
        BrowserSettings.model_validate(said)
