"""Settings of a process: where they come from, and what is said of bad ones."""

import re
from pathlib import Path

import pytest

from gateway.errors import BadInput, GatewayError
from gateway.node.settings import load


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


def test_a_text_with_a_secret_in_it_is_written_as_it_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also where it stands in a section: it is no JSON. What is an object there, is."""
    monkeypatch.chdir(tmp_path)
    for name, value in {
        "TRACES__OTLP": "http://${HOST}:4318",
        "TRACES__HEADERS": '{"authorization": "${TOKEN}"}',
        "HEP__TO": "homer:9060",
        "HEP__PASSWORD": "${WORD}",
        "WEBHOOK__URL": "https://a.example",
        "WEBHOOK__SECRET": "${KEY}",
    }.items():
        monkeypatch.setenv(f"GATEWAY_{name}", value)
    settings = load()
    assert settings.traces is not None
    assert settings.hep is not None
    assert settings.webhook is not None
    assert (settings.traces.otlp.text, settings.traces.headers["authorization"].text) == (
        "http://${HOST}:4318",
        "${TOKEN}",
    )
    assert (str(settings.hep.password), settings.webhook.url.text) == ("${WORD}", "https://a.example")


def test_a_bad_option_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The command line, too, even where the file has the same key."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "gateway.yaml").write_text("max_calls: 7\n")
    with pytest.raises(BadInput, match="1024 or less") as raised:
        load(max_calls=5000)
    assert (raised.value.where, raised.value.key) == ("command line", "max_calls")


def test_a_provider_may_be_in_the_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its keys are laid over those of the file; a key in clear is in its place there."""
    file = tmp_path / "gateway.yaml"
    file.write_text("providers: {lab: {url: 'ws://lab.example/v1', truncate: false}, eu: {like: openai}}\n")
    monkeypatch.setenv("GATEWAY_PROVIDERS__LAB__API_KEY", "sk-1")
    providers = load(file).providers
    assert set(providers) == {"lab", "eu"}
    lab = providers["lab"]
    assert (lab.api_key.text, lab.url.text, lab.truncate) == ("sk-1", "ws://lab.example/v1", False)


@pytest.mark.parametrize(
    ("value", "key", "cure"),
    [
        ('{"lab": {"urll": "ws://x"}}', "GATEWAY_PROVIDERS__LAB__URLL", "unknown key"),
        ('{"lab": {"url": "ws://x", "retreive": true}}', "GATEWAY_PROVIDERS__LAB__RETREIVE", "unknown key"),
        ('{"lab": {"url": "http://x", "api_key": "canary"}}', "GATEWAY_PROVIDERS__LAB__URL", "ws://"),
        ('{"lab": 5}', "GATEWAY_PROVIDERS__LAB", "mapping of keys"),
    ],
)
def test_a_bad_provider_of_the_environment_is_named(
    monkeypatch: pytest.MonkeyPatch, value: str, key: str, cure: str
) -> None:
    """With its path; its value may be a key and is not shown."""
    monkeypatch.setenv("GATEWAY_PROVIDERS", value)
    with pytest.raises(BadInput, match=cure) as raised:
        load()
    assert raised.value.key.startswith(key)
    assert "canary" not in str(raised.value)


PARTS = (
    ("webhook: {url: https://a.example}\n", {"WEBHOOK__SECRET": "${KEY}"}),
    ("webhook: {secret: '${KEY}'}\n", {"WEBHOOK__URL": "https://a.example"}),
    ("webhook: {url: https://b.example, secret: '${KEY}'}\n", {"WEBHOOK__URL": "https://a.example"}),
    ("", {"WEBHOOK__URL": "https://a.example", "WEBHOOK__SECRET": "${KEY}"}),
)


@pytest.mark.parametrize(("text", "variables"), PARTS)
def test_a_section_may_be_partly_in_the_environment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, text: str, variables: dict[str, str]
) -> None:
    """Such as its secret: each place alone would not be enough."""
    file = tmp_path / "gateway.yaml"
    file.write_text(text)
    for name, value in variables.items():
        monkeypatch.setenv(f"GATEWAY_{name}", value)
    webhook = load(file).webhook
    assert webhook is not None
    assert (webhook.url.text, webhook.secret.text) == ("https://a.example", "${KEY}")


def test_at_any_depth_and_as_one_text(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Also where a section is written as an address alone, here or there."""
    file = tmp_path / "gateway.yaml"
    file.write_text(
        "recording: {upload: {url: s3://calls, access_key: '${A}'}}\n"
        "hep: {password: '${WORD}'}\napi: 127.0.0.1:8080\ntraces: {headers: {authorization: '${TOKEN}'}}\n"
    )
    for name, value in {
        "RECORDING__UPLOAD__SECRET_KEY": "${S}",
        "HEP": "homer:9060",
        "API__TOKENS": "/run/tokens.json",
        "TRACES__OTLP": "http://127.0.0.1:4318",
    }.items():
        monkeypatch.setenv(f"GATEWAY_{name}", value)
    settings = load(file)
    upload, hep, api, traces = settings.recording.upload, settings.hep, settings.api, settings.traces
    assert (upload and upload.secret_key.text, hep and hep.to) == ("${S}", "homer:9060")
    assert (api and str(api.tokens), traces and traces.otlp.text) == (
        "/run/tokens.json",
        "http://127.0.0.1:4318",
    )


@pytest.mark.parametrize(
    ("text", "value", "told"),
    [
        ("webhook: {url: https://a.example}\n", None, "webhook.secret"),
        ("webhook: {url: ftp://a.example}\n", "${KEY}", "webhook.url: 'ftp://a.example'"),
        ("webhook: {url: https://a.example}\n", "in clear", "GATEWAY_WEBHOOK__SECRET"),
        ("", "${KEY}", "GATEWAY_WEBHOOK__URL"),
    ],
)
def test_what_is_wrong_or_missing_is_told_where_it_belongs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, text: str, value: str | None, told: str
) -> None:
    """In the file, or in the environment."""
    file = tmp_path / "gateway.yaml"
    file.write_text(text)
    if value is not None:
        monkeypatch.setenv("GATEWAY_WEBHOOK__SECRET", value)
    with pytest.raises(GatewayError, match=re.escape(told)):
        load(file)
