"""What the gateway's journal tells of calls: their SIP Call-IDs, and when `speech_started` was received."""

from __future__ import annotations

from collections import defaultdict
from pathlib import Path

import orjson


def names(path: Path) -> dict[str, str]:
    """Return the SIP Call-IDs of calls by the gateway's own names for them; none without a journal."""
    lines = (orjson.loads(text) for text in path.read_bytes().splitlines()) if path.exists() else ()
    return {line["call"]: line["sip_call_id"] for line in lines if "sip_call_id" in line}


def speech_started(path: Path) -> dict[str, list[int]]:
    """Times in ns of CLOCK_MONOTONIC for each SIP Call-ID. Empty where there is no journal.

    The gateway reads the clock when the bridge of the call takes the fact, before it acts.
    """
    names: dict[str, str] = {}
    found: dict[str, list[int]] = defaultdict(list)
    if not path.exists():
        return found
    for text in path.read_bytes().splitlines():
        line = orjson.loads(text)
        if "sip_call_id" in line:
            names[line["call"]] = line["sip_call_id"]
        elif line["what"] == "CallerStartedSpeaking":
            found[names[line["call"]]].append(round(line["at"] * 1e9))
    return found
