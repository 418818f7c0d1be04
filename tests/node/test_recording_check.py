"""Whether recordings can be written as the settings want it."""

from __future__ import annotations

import base64
import importlib.util
from typing import Any

import pytest

from gateway.node.recording_check import findings
from gateway.node.settings import Settings

KEY = base64.b64encode(bytes(32)).decode()
UPLOAD = {"url": "s3://bucket/calls", "access_key": "${A}", "secret_key": "${B}"}


@pytest.mark.parametrize(
    ("recording", "environment", "told"),
    [
        ({}, {}, []),
        ({"format": "ogg", "keys": ["${KEY}"]}, {"KEY": KEY}, []),
        ({"keys": ["${KEY}"]}, {}, [("recording.keys.0", "nothing is recorded", True)]),
        ({"keys": ["${KEY}", "${OLD}"]}, {"KEY": KEY}, [("recording.keys.1", "cannot be read", True)]),
        ({"keys": ["${KEY}"]}, {"KEY": "short"}, [("recording.keys.0", "openssl rand", False)]),
        ({"upload": UPLOAD}, {"A": "a", "B": "b"}, []),
        ({"upload": UPLOAD}, {"A": "a"}, [("recording.upload.secret_key", "B is not set", True)]),
    ],
)
def test_what_is_told(
    recording: dict[str, Any], environment: dict[str, str], told: list[tuple[str, str, bool]]
) -> None:
    """With its place and its cure; what may be set later is a warning."""
    found = list(findings(Settings(recording=recording), environment))
    assert [(".".join(map(str, key)), warning) for key, _, _, warning in found] == [
        (key, warning) for key, _, warning in told
    ]
    assert all(words in one[2] for one, (_, words, _) in zip(found, told, strict=True))


def test_an_upload_without_records() -> None:
    """Nothing would remember it."""
    settings = Settings(recording={"upload": UPLOAD}, records={"database": "off"})
    (found,) = findings(settings, {"A": "a", "B": "b"})
    assert (found[0], found[3]) == (("recording", "upload"), False)


@pytest.mark.parametrize(
    ("recording", "extra"),
    [({"format": "ogg"}, "ogg"), ({"keys": ["${K}"]}, "encryption"), ({"upload": UPLOAD}, "s3")],
)
def test_a_library_that_is_not_there(
    monkeypatch: pytest.MonkeyPatch, recording: dict[str, Any], extra: str
) -> None:
    """The extra is named that brings it."""
    monkeypatch.setattr(importlib.util, "find_spec", lambda _name: None)
    found = list(findings(Settings(recording=recording), {"K": KEY, "A": "a", "B": "b"}))
    assert [f"[{extra}]" in cure for _, _, cure, _ in found] == [True]


@pytest.mark.parametrize(
    "recording",
    [
        {"format": "mp3"},
        {"keys": [KEY]},
        {"upload": UPLOAD | {"url": "https://bucket"}},
        {"upload": UPLOAD | {"endpoint": "localhost:9000"}},
        {"upload": UPLOAD | {"secret_key": "in clear"}},
    ],
)
def test_what_cannot_be_meant(recording: dict[str, Any]) -> None:
    """Is refused at once; a secret in clear, too."""
    with pytest.raises(ValueError, match="recording"):
        Settings(recording=recording)
