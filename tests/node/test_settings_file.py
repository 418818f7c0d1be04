"""gateway.yaml: every mistake at once, with its place, its value and what to write instead."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from gateway.node.settings_file import BadSettings, SettingsFileKeys, read, read_providers
from gateway.realtime.custom_provider import CustomProvider
from tests.equipment.wrong_values import JARGON, VALUES, keys, written


@pytest.mark.parametrize(
    ("text", "where", "key", "cure"),
    [
        ("sip: localhost\n", ":1:1", "sip", "HOST:PORT"),
        ("\nrtp: 1-2\n", ":2:1", "rtp", "LOW-HIGH"),
        ("spi: 127.0.0.1:5060\n", ":1:1", "spi", "did you mean 'sip'"),
        ("colour: red\n", ":1:1", "colour", "unknown key; use one of: api, browser, "),
        ("unacked: 5\n", ":1:1", "unacked", "belongs under limits"),
        ("region: de\n", ":1:1", "region", "such as DE"),
        ("max_calls: many\n", ":1:1", "max_calls", "a whole number"),
        ("max_calls: 1\nmax_calls: 2\n", ":2:1", "max_calls", "written twice, first in line 1"),
        ("log_level: loud\n", ":1:1", "log_level", "one of debug, info, warning, error"),
        ("learn_source: maybe\n", ":1:1", "learn_source", "true or false"),
        ("drain_seconds: -1\n", ":1:1", "drain_seconds", "0 or more"),
        ("caller_audio_ms: 30\n", ":1:1", "caller_audio_ms", "a multiple of 20"),
        ("limits: {sources: {unacked: 0}}\n", ":1:20", "limits.sources.unacked", "1 or more"),
        ("limits: {sources: {unackd: 5}}\n", ":1:20", "limits.sources.unackd", "did you mean 'unacked'"),
        (
            "limits: {sources: {exempt: [192.0.2.7/24]}}\n",
            ":1:29",
            "limits.sources.exempt.0",
            "192.0.2.0/24",
        ),
        ("limits: {sources: {exempt: proxy.example}}\n", ":1:20", "limits.sources.exempt", "must be a list"),
        ("providers: [lab]\n", ":1:1", "providers", "a mapping of keys"),
        ("providers:\n  lab: {url: https://x}\n", ":2:9", "providers.lab.url", "begins with ws:// or wss://"),
        ("providers:\n  lab: {url: 'ws://x:99999'}\n", ":2:9", "providers.lab.url", "up to 65535"),
        ("providers:\n  lab: {lik: openai}\n", ":2:9", "providers.lab.lik", "did you mean 'like'"),
        ("providers:\n  lab: {like: openay}\n", ":2:9", "providers.lab.like", "did you mean 'openai'"),
        ("providers:\n  lab: {model: x}\n", ":2:3", "providers.lab", "url is missing"),
        ("providers:\n  a: {like: openai, input_rate: 22050}\n", ":2:21", "providers.a.input_rate", "24000"),
        ("providers:\n  a: {like: openai, tls: {key: k}}\n", ":2:21", "providers.a.tls", "to a certificate"),
        ("providers:\n  a: {url: 'ws://x', tls: {ca: c}}\n", ":2:3", "providers.a", "tls is for wss://"),
        ("- a list\n", "", "", "mapping of keys"),
        ("a: [\n", ":1:4", "", "never closed"),
        ("sip:127.0.0.1:5060\n", "", "", "write sip: 127.0.0.1:5060"),
    ],
)
def test_a_mistake_is_told_with_its_place(tmp_path: Path, text: str, where: str, key: str, cure: str) -> None:
    """Line, column, key, and what to write instead."""
    file = tmp_path / "gateway.yaml"
    file.write_text(text)
    with pytest.raises(BadSettings) as raised:
        read(file)
    (problem,) = raised.value.problems
    assert (str(problem.mark), problem.key) == (f"{file}{where}", key)
    assert cure in problem.cure


def test_all_mistakes_are_told_at_once(tmp_path: Path) -> None:
    """In the order of the file."""
    file = tmp_path / "gateway.yaml"
    file.write_text("rtp: 1\nspi: 2\nproviders: {a: {like: b}}\n")
    with pytest.raises(BadSettings) as raised:
        read(file)
    assert [problem.mark.line for problem in raised.value.problems] == [1, 2, 3]
    assert len(str(raised.value).splitlines()) == 3


@pytest.mark.parametrize(
    "written",
    [
        "api_key: canary",
        "headers: {X-Api-Key: canary}",
        "headers: {Authorization: canary}",
        "api-key: canary",
    ],
)
def test_a_key_in_clear_is_refused_and_never_shown(tmp_path: Path, written: str) -> None:
    """Nor is one under a key that there is not."""
    file = tmp_path / "gateway.yaml"
    file.write_text(f"providers: {{lab: {{url: 'wss://x', {written}}}}}\n")
    with pytest.raises(BadSettings) as raised:
        read(file)
    assert "canary" not in str(raised.value)


def test_what_is_right_is_read(tmp_path: Path) -> None:
    """Files are looked for beside the file that names them; an empty file says nothing."""
    file = tmp_path / "gateway.yaml"
    file.write_text("# nothing yet\n")
    assert read(file) == {}
    file.write_text("max_calls: 7\nproviders: {lab: {url: 'wss://x/{model}', tls: {ca: ca.pem}}}\n")
    settings = read(file)
    assert settings["max_calls"] == 7
    assert settings["providers"]["lab"].tls.ca == tmp_path / "ca.pem"


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    """One that was asked for."""
    with pytest.raises(BadSettings, match="No such file"):
        read(tmp_path / "gateway.yaml")


def test_the_environment_fills_in_a_provider() -> None:
    """What the file says of it stays."""
    lab = CustomProvider.model_validate({"url": "ws://lab.example", "truncate": False})
    (made,) = read_providers({"lab": {"model": "m"}}, {"lab": lab}).values()
    assert (made.model, made.truncate, made.url) == ("m", False, lab.url)


@pytest.mark.parametrize("value", VALUES, ids=repr)
def test_no_value_of_any_key_is_told_of_in_a_librarys_words(tmp_path: Path, value: object) -> None:
    """Each mistake is one line, with its place; nothing that can be written breaks the reading."""
    file = tmp_path / "gateway.yaml"
    for path in keys(SettingsFileKeys):
        file.write_text(yaml.safe_dump(written(path, value), allow_unicode=True), encoding="utf-8")
        try:
            read(file)
        except BadSettings as bad:
            for problem in bad.problems:
                assert "\n" not in str(problem), path
                assert problem.mark.line, path
                assert not JARGON.search(problem.cure), (path, problem.cure)
