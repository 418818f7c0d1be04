"""Files of SIP messages (`sip_messages`), from which a number can be taken out again.

A gateway may be writing to the newest of them: a line is overwritten with blanks where it stands, so that
nothing that is appended meanwhile is lost. Readers pass over blank lines.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from pathlib import Path

import orjson


def erase(folder: Path, call_ids: Collection[str], numbers: Collection[str]) -> int:
    """Overwrite messages of these calls, and with one of the numbers in an address; return how many.

    Reads and writes whole files. Raises OSError.
    """
    ways = b"|".join(re.escape(number.encode()) for number in numbers if number)
    named = re.compile(rb"(?:sips?:|tel:)(?:" + ways + rb")(?![0-9A-Za-z])" if ways else rb"(?!)")
    calls = frozenset(call_ids)
    return sum(_erase(file, calls, named) for file in sorted(folder.glob("sip-*.jsonl")))


def _erase(path: Path, call_ids: frozenset[str], named: re.Pattern[bytes]) -> int:
    erased, at = 0, 0
    with path.open("r+b") as file:
        for line in iter(file.readline, b""):
            if named.search(line) or _call_id(line) in call_ids:
                file.seek(at)
                file.write(b" " * len(line.rstrip(b"\n")))
                file.seek(at + len(line))
                erased += 1
            at += len(line)
    return erased


def _call_id(line: bytes) -> str | None:
    try:
        told = orjson.loads(line)
    except orjson.JSONDecodeError:  # torn, by a disk that was full, or erased before
        return None
    return str(told.get("call_id")) if isinstance(told, dict) else None
