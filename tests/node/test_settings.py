"""Settings of a process: where they come from, and what is said of bad ones."""

from pathlib import Path

import pytest

from gateway.errors import BadInput
from gateway.node.settings import address, load, port_range


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
        ("spi: 127.0.0.1:5060\n", "spi", "is sip meant"),
        ("colour: red\n", "colour", "docs/settings.md"),
        ("region: de\n", "region", "such as DE"),
        ("max_calls: many\n", "max_calls", "whole number"),
        ("limits: {sources: {unacked: 0}}\n", "limits.sources.unacked", "must be 1 or more"),
        ("limits: {sources: {unackd: 5}}\n", "limits.sources.unackd", "docs/settings.md"),
        ("limits: {sources: {exempt: [192.0.2.7/24]}}\n", "limits.sources.exempt.0", "192.0.2.0/24"),
        ("limits: {sources: {exempt: proxy.example}}\n", "limits.sources.exempt", "list"),
        ("- a list\n", "file", "KEY: VALUE"),
        ("a: [\n", "syntax", "never closed"),
    ],
)
def test_a_bad_file_is_named_with_its_key_and_cure(tmp_path: Path, text: str, key: str, cure: str) -> None:
    """The message says where, what, and what to write instead."""
    file = tmp_path / "gateway.yaml"
    file.write_text(text)
    with pytest.raises(BadInput, match=cure) as raised:
        load(file)
    assert raised.value.where.startswith(str(file))
    assert raised.value.key == key


def test_a_bad_variable_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    """The environment is a place like any other."""
    monkeypatch.setenv("GATEWAY_SIP", "nowhere")
    with pytest.raises(BadInput) as raised:
        load()
    assert (raised.value.where, raised.value.key) == ("environment", "GATEWAY_SIP")


def test_what_is_nested_is_filled_in(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """One limit in the environment leaves the others of the file as they are."""
    file = tmp_path / "gateway.yaml"
    file.write_text("limits: {sources: {unacked: 20, exempt: [192.0.2.7, '2001:db8::/64']}}\n")
    monkeypatch.setenv("GATEWAY_LIMITS__SOURCES__UNACKED", "30")
    sources = load(file).limits.sources
    assert (sources.unacked, [str(one) for one in sources.exempt]) == (30, ["192.0.2.7/32", "2001:db8::/64"])


@pytest.mark.parametrize(
    ("name", "value", "key", "cure"),
    [
        ("GATEWAY_LIMITS__SOURCES__UNACKED", "many", "GATEWAY_LIMITS__SOURCES__UNACKED", "whole number"),
        (
            "GATEWAY_LIMITS",
            '{"sources": {"refusals": 0}}',
            "GATEWAY_LIMITS__SOURCES__REFUSALS",
            "or more",
        ),
        ("GATEWAY_LIMITS__SOURCES__EXEMPT", '["proxy"]', "GATEWAY_LIMITS__SOURCES__EXEMPT__0", "192.0.2.7"),
        ("GATEWAY_LIMITS", "unacked=5", "GATEWAY_LIMITS", "JSON"),
        ("GATEWAY_PROVIDERS", "acme", "GATEWAY_PROVIDERS", "JSON"),
    ],
)
def test_a_bad_nested_variable_is_named(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str, key: str, cure: str
) -> None:
    """With its whole path, and what to write instead."""
    monkeypatch.setenv(name, value)
    with pytest.raises(BadInput, match=cure) as raised:
        load()
    assert (raised.value.where, raised.value.key) == ("environment", key)


def test_addresses_and_ranges_are_read() -> None:
    """IPv6 in brackets too."""
    assert address("[::1]:5060") == ("::1", 5060)
    assert port_range("10000-20000") == (10000, 20000)
