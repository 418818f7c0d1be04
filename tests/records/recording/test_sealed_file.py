"""Recordings that are encrypted at rest."""

from __future__ import annotations

import io
import itertools
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.records.recording.sealed_file import (
    HEAD_BYTES,
    PIECE_BYTES,
    OpenedFile,
    SealedFault,
    SealedFile,
    key_id,
)

KEY, OTHER = bytes(range(32)), bytes(32)
KEYS = {key_id(key): key for key in (OTHER, KEY)}
NUMBERS = itertools.count()


def sealed(folder: Path, *pieces: bytes, end: bool = True) -> bytes:
    """Return the file that these make."""
    path = folder / f"{next(NUMBERS)}.sealed"
    file = SealedFile(path, KEY)
    for piece in pieces:
        file.write(piece)
    if end:
        file.close()
    return path.read_bytes()


def opened(text: bytes) -> tuple[bytes, bool]:
    """Return what is in a file, and whether it is whole."""
    file = OpenedFile(io.BytesIO(text), KEYS)
    sound = b"".join(file.pieces())
    assert len(sound) == file.size
    return sound, file.whole


def test_what_was_written_is_read(tmp_path: Path) -> None:
    """By whoever has the key, however it was cut into pieces; in the file nothing of it can be seen."""
    sounds = [b"", b"a" * 44, b"b" * (2 * PIECE_BYTES + 1), b"the caller's card"]
    text = sealed(tmp_path, *sounds)
    assert opened(text) == (b"".join(sounds), True)
    assert b"card" not in text
    assert b"aaaa" not in text


def test_two_files_of_the_same_sound(tmp_path: Path) -> None:
    """Have nothing in common: each has a key of its own."""
    one, two = (sealed(tmp_path, b"x" * 100)[HEAD_BYTES:] for _ in range(2))
    assert not [at for at in range(4, 120) if one[at : at + 4] == two[at : at + 4]]


def test_a_file_that_was_not_ended(tmp_path: Path) -> None:
    """As by a kill: all whole pieces are read, and that its end is missing is known."""
    text = sealed(tmp_path, b"a" * 100, b"b" * 100, end=False)
    assert opened(text) == (b"a" * 100 + b"b" * 100, False)
    for cut in range(1, 120):
        assert opened(text[:-cut]) == (b"a" * 100, False)
    assert opened(text[:HEAD_BYTES]) == (b"", False)


@given(st.data())
def test_what_was_changed_is_never_heard(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    """A bit, a piece left out, doubled or elsewhere: only the end can be missing, and that is known."""
    text = sealed(tmp_path_factory.getbasetemp(), b"a" * 30, b"b" * 30, b"c" * 30)
    head, piece = text[:HEAD_BYTES], 4 + 30 + 16
    rest = [text[HEAD_BYTES + at * piece :][:piece] for at in range(4)]
    match data.draw(st.sampled_from(["bit", "order", "cut"])):
        case "bit":
            at = data.draw(st.integers(0, len(text) - 1))
            changed = bytearray(text)
            changed[at] ^= 1 << data.draw(st.integers(0, 7))
            made = bytes(changed)
        case "order":
            made = head + b"".join(data.draw(st.lists(st.sampled_from(rest), max_size=5)))
        case _:
            made = text[: data.draw(st.integers(0, len(text)))]
    try:
        sound, whole = opened(made)
    except SealedFault:
        return
    assert (b"a" * 30 + b"b" * 30 + b"c" * 30).startswith(sound)
    assert not whole or made == text


def test_a_key_that_is_not_there(tmp_path: Path) -> None:
    """Is named by its id, which is not the key."""
    text = sealed(tmp_path, b"a")
    with pytest.raises(SealedFault, match=key_id(KEY).hex()):
        OpenedFile(io.BytesIO(text), {key_id(OTHER): OTHER})
    with pytest.raises(SealedFault, match="no recording"):
        OpenedFile(io.BytesIO(b"RIFF" + bytes(100)), KEYS)
