"""A call's SIP messages as a ladder: what came, what went, when. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import orjson
from rich.console import Group, RenderableType
from rich.text import Text

from gateway.records.report.listing import plain

WIDTH = 44


def of_call(lines: Iterable[bytes], call_id: str) -> Iterator[dict[str, Any]]:
    """Yield the messages of one call, by its Call-ID, out of the lines of a file."""
    wanted = call_id.encode()
    for line in lines:
        if wanted not in line:  # most lines are of other calls
            continue
        try:
            told = orjson.loads(line)
        except orjson.JSONDecodeError:
            continue  # torn, by a disk that was full
        if told.get("call_id") == call_id:
            yield told


def kept(folder: Path, call_id: str, began: datetime) -> list[dict[str, Any]]:
    """Return the messages of a call that began then (UTC), out of a folder of `gateway.sip.message_log`.

    Reads whole files: not for the event loop. Raises OSError.
    """
    found: list[dict[str, Any]] = []
    for day in (began.date(), began.date() + timedelta(days=1)):
        file = folder / f"sip-{day.isoformat()}.jsonl"
        if file.exists():
            with file.open("rb") as lines:
                found += of_call(lines, call_id)
    return found


def ladder(messages: Sequence[Mapping[str, Any]], *, whole: bool = False) -> RenderableType:
    """Return the ladder, times in seconds after the first message; `whole`: with each message as it was."""
    began = datetime.fromisoformat(messages[0]["at"])
    parts: list[RenderableType] = [Text(f"{'':10}{'peer':<{WIDTH}}gateway", style="bold")]
    for one in messages:
        after = (datetime.fromisoformat(one["at"]) - began).total_seconds()
        parts.append(Text(f"{after:8.3f}  {_arrow(one):<{WIDTH}}{one['peer']} {one['transport']}"))
        if whole:
            lines = one["message"].replace("\r\n", "\n").rstrip().split("\n")
            parts.append(Text("\n".join(map(plain, lines)) + "\n", style="dim"))
    return Group(*parts)


def said(message: Mapping[str, Any]) -> str:
    """Return what a message says in a few words: `INVITE`, `200 OK (INVITE)`, with SDP or without."""
    head, _, body = message["message"].partition("\r\n\r\n")
    first, *headers = str(head).split("\r\n")
    sdp = " SDP" if body.startswith("v=0") else ""
    if not first.startswith("SIP/2.0 "):
        return first.partition(" ")[0] + sdp
    named = (line.partition(":") for line in headers)
    cseq = next((value for name, _, value in named if name.strip().lower() == "cseq"), "")
    method = cseq.split()[-1] if cseq.split() else "?"
    return f"{first.removeprefix('SIP/2.0 ')} ({method}){sdp}"


def _arrow(message: Mapping[str, Any]) -> str:
    words = plain(said(message))[: WIDTH - 8]
    dashes = "-" * max(1, WIDTH - 6 - len(words))
    return f"{words} {dashes}>" if message["in"] else f"<{dashes} {words}"
