"""Recordings encrypted at rest: AES-256-GCM in pieces, so that a file is written as the call goes on.

A file is a head (`MAGIC`, the id of the key, a salt) and sealed pieces, each behind its length. Each has a
key of its own, derived from the operator's and the salt (HKDF, RFC 5869). The nonce numbers the pieces, and
says which is the last: nothing can be changed, left out or put in another order unnoticed. That the end is
missing, as where a gateway was killed, is known (STREAM of Hoang, Reyhanitabar, Rogaway and Vizar, 2015).
"""

from __future__ import annotations

import os
import struct
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import BinaryIO

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from gateway.records.recording.append_file import AppendFile
from gateway.records.recording.keys import KEY_BYTES

MAGIC = b"SVGREC\x00\x01"
ID_BYTES = 8
SALT_BYTES = 32
HEAD_BYTES = len(MAGIC) + ID_BYTES + SALT_BYTES
LENGTH = struct.Struct(">I")
PIECE_BYTES = 1 << 16
"""Of sound, at most, in one piece: nothing longer is believed when a file is read."""
TAG_BYTES = 16


class SealedFault(Exception):
    """A file cannot be opened: of another key, changed, or none of ours. Says which, in words."""


def key_id(key: bytes) -> bytes:
    """Return what a file says of its key: from it nobody finds out the key."""
    return HKDF(SHA256(), ID_BYTES, None, b"sip-voice-gateway recording key id").derive(key)


def _cipher(key: bytes, salt: bytes) -> AESGCM:
    return AESGCM(HKDF(SHA256(), KEY_BYTES, salt, b"sip-voice-gateway recording").derive(key))


def _nonce(number: int, *, last: bool) -> bytes:
    return number.to_bytes(11, "big") + bytes([last])


class SealedFile:
    """One file, made new, which only its owner may read. Keeps the contract of `append_file.Appended`."""

    def __init__(self, path: Path, key: bytes) -> None:
        salt = os.urandom(SALT_BYTES)
        self._cipher = _cipher(key, salt)
        self._number = 0
        self._file = AppendFile(path)
        self._file.write(MAGIC + key_id(key) + salt)

    def write(self, data: bytes) -> None:
        """See `Appended`. A piece is sealed once, and the same bytes tried again: no nonce is used twice."""
        pieces = (data[at : at + PIECE_BYTES] for at in range(0, len(data), PIECE_BYTES))
        self._file.write(b"".join(self._sealed(piece) for piece in pieces))

    def settle(self) -> None:
        """See `Appended`."""
        self._file.settle()

    def close(self) -> None:
        """See `Appended`."""
        try:
            self._file.write(self._sealed(b"", last=True))
        finally:
            self._file.close()

    def _sealed(self, piece: bytes, *, last: bool = False) -> bytes:
        sealed = self._cipher.encrypt(_nonce(self._number, last=last), piece, None)
        self._number += 1
        return LENGTH.pack(len(sealed)) + sealed


class OpenedFile:
    """Reads a sealed file whose key is among `keys`, by their ids. Raises SealedFault, and OSError."""

    def __init__(self, file: BinaryIO, keys: Mapping[bytes, bytes]) -> None:
        head = file.read(HEAD_BYTES)
        if not head.startswith(MAGIC) or len(head) < HEAD_BYTES:
            raise SealedFault("is no recording that a gateway has encrypted, or only its beginning")
        known = head[len(MAGIC) : len(MAGIC) + ID_BYTES]
        if known not in keys:
            raise SealedFault(
                f"its key ({known.hex()}) is not among recording.keys: add it behind the others"
            )
        self._cipher = _cipher(keys[known], head[-SALT_BYTES:])
        self._file = file
        self.size, self._pieces, self.whole = self._measured()
        """Bytes of sound, and whether the file was ended."""

    def _measured(self) -> tuple[int, int, bool]:
        """Count what is there by the lengths; a piece that was not written to its end does not count."""
        end = self._file.seek(0, os.SEEK_END)
        at, size, pieces, last = HEAD_BYTES, 0, 0, 0
        while at + LENGTH.size <= end:
            self._file.seek(at)
            (length,) = LENGTH.unpack(self._file.read(LENGTH.size))
            if not TAG_BYTES <= length <= PIECE_BYTES + TAG_BYTES:
                raise SealedFault(f"was changed, or is damaged, at byte {at}")
            at += LENGTH.size + length
            if at > end:
                break
            size, pieces, last = size + length - TAG_BYTES, pieces + 1, length
        return size, pieces, last == TAG_BYTES

    def pieces(self) -> Iterator[bytes]:
        """Yield the sound, each piece only when it was found to be what was written."""
        self._file.seek(HEAD_BYTES)
        for number in range(self._pieces):
            (length,) = LENGTH.unpack(self._file.read(LENGTH.size))
            last = self.whole and number == self._pieces - 1
            try:
                yield self._cipher.decrypt(_nonce(number, last=last), self._file.read(length), None)
            except InvalidTag:
                raise SealedFault(f"was changed, or is damaged, in its piece {number + 1}") from None
