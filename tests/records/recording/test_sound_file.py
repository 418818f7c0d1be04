"""Which file a recording goes to."""

from __future__ import annotations

from pathlib import Path

import pytest

from gateway.records.recording.ogg_file import OggFile
from gateway.records.recording.sound_file import Storage
from gateway.records.recording.wav_file import WavFile, WavStream


@pytest.mark.parametrize(
    ("chosen", "key", "name", "kind"),
    [
        ("wav", None, "day/a.wav", WavFile),
        ("ogg", None, "day/a.ogg", OggFile),
        ("wav", bytes(32), "day/a.wav.sealed", WavStream),
        ("ogg", bytes(32), "day/a.ogg.sealed", OggFile),
    ],
)
def test_as_the_operator_chose(
    tmp_path: Path, chosen: str, key: bytes | None, name: str, kind: type[object]
) -> None:
    """Its name says what it is."""
    storage = Storage(tmp_path, chosen, None if key is None else lambda: key)  # type: ignore[arg-type]
    assert storage.name("day/a") == name
    file = storage.open(name, 8000)
    assert type(file) is kind
    file.write(0, bytes(640))
    file.close(160)
    clear = (tmp_path / name).read_bytes()[:4] in (b"RIFF", b"OggS")
    assert clear is (key is None)


def test_a_key_that_cannot_be_had(tmp_path: Path) -> None:
    """Nothing is written, and nothing stands in the way later."""
    keys: list[bytes] = []

    def key() -> bytes:
        if not keys:
            raise OSError("no key")
        return keys[0]

    storage = Storage(tmp_path, "wav", key)
    with pytest.raises(OSError, match="no key"):
        storage.open("a.wav.sealed", 8000)
    assert list(tmp_path.iterdir()) == []
    keys.append(bytes(32))
    storage.open("a.wav.sealed", 8000).close(0)
