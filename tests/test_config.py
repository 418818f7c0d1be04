"""Settings of a process: where they come from, and what is said of bad ones."""

from pathlib import Path

import pytest

from gateway.config import address, load, port_range
from gateway.errors import BadInput


def test_the_command_line_beats_the_environment_beats_the_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each source fills in what the stronger one left open."""
    file = tmp_path / "gateway.yaml"
    file.write_text("sip: 127.0.0.1:1000\nmax_calls: 7\nlog_level: debug\n")
    monkeypatch.setenv("GATEWAY_SIP", "127.0.0.1:2000")
    monkeypatch.setenv("GATEWAY_MAX_CALLS", "8")
    settings = load(file, sip="127.0.0.1:3000", rtp=None)
    assert (settings.sip, settings.max_calls, settings.log_level) == ("127.0.0.1:3000", 8, "debug")


@pytest.mark.parametrize(
    ("text", "key", "cure"),
    [
        ("sip: localhost\n", "sip", "HOST:PORT"),
        ("rtp: 1-2\n", "rtp", "LOW-HIGH"),
        ("spi: 127.0.0.1:5060\n", "spi", "Extra inputs"),
        ("max_calls: many\n", "max_calls", "integer"),
        ("- a list\n", "file", "KEY: VALUE"),
        ("a: [\n", "syntax", "expected"),
    ],
)
def test_a_bad_file_is_named_with_its_key_and_cure(tmp_path: Path, text: str, key: str, cure: str) -> None:
    """The message says where, what, and what to write instead."""
    file = tmp_path / "gateway.yaml"
    file.write_text(text)
    with pytest.raises(BadInput, match=cure) as raised:
        load(file)
    assert raised.value.where == str(file)
    assert raised.value.key == key


def test_a_bad_variable_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    """The environment is a place like any other."""
    monkeypatch.setenv("GATEWAY_SIP", "nowhere")
    with pytest.raises(BadInput) as raised:
        load()
    assert (raised.value.where, raised.value.key) == ("environment", "GATEWAY_SIP")


def test_addresses_and_ranges_are_read() -> None:
    """IPv6 in brackets too."""
    assert address("[::1]:5060") == ("::1", 5060)
    assert port_range("10000-20000") == (10000, 20000)
