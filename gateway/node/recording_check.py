"""Whether recordings can be written, encrypted and brought away as the settings want it."""

from __future__ import annotations

import importlib.util
from collections.abc import Iterator, Mapping

from gateway.dialplan.source import Path_
from gateway.node.settings import Settings
from gateway.records.recording.keys import read_key
from gateway.records.settings import RecordingSettings

Finding = tuple[Path_, object, str, bool]
"""Key, value, cure, and whether it is a warning only."""


def findings(settings: Settings, environment: Mapping[str, str]) -> Iterator[Finding]:
    """Yield what is missing or wrong in `recording`."""
    yield from _libraries(settings.recording)
    yield from _keys(settings.recording, environment)
    if (upload := settings.recording.upload) is None:
        return
    if settings.records.database is None:
        cure = "needs records.database: what was not uploaded yet waits there"
        yield ("recording", "upload"), None, cure, False
    for key, text in (("access_key", upload.access_key), ("secret_key", upload.secret_key)):
        for one in text.missing(environment):
            yield ("recording", "upload", key), text.text, f"{one}; nothing is uploaded until it is", True


def _libraries(recording: RecordingSettings) -> Iterator[Finding]:
    wanted = (
        ("format", recording.format == "ogg", "av", "ogg"),
        ("keys", bool(recording.keys), "cryptography", "encryption"),
        ("upload", recording.upload is not None, "obstore", "s3"),
    )
    for key, is_set, module, extra in wanted:
        if is_set and importlib.util.find_spec(module) is None:
            cure = f"needs {module}: pip install 'sip-voice-gateway[{extra}]'"
            yield ("recording", key), None, cure, False


def _keys(recording: RecordingSettings, environment: Mapping[str, str]) -> Iterator[Finding]:
    for index, text in enumerate(recording.keys):
        place: Path_ = ("recording", "keys", index)
        missing = text.missing(environment)
        effect = "nothing is recorded until it is" if index == 0 else "what it encrypted cannot be read"
        for one in missing:
            yield place, text.text, f"{one}; {effect}", True
        if not missing:
            try:
                read_key(text.reveal(environment))
            except ValueError as error:
                yield place, text.text, str(error), False
