"""The Debian mirror this machine already uses, read from its own apt sources.

Formats: sources.list(5), one line a source, and deb822, stanzas of fields.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ALWAYS = frozenset({"stable", "oldstable", "testing", "unstable", "sid"})


@dataclass(frozen=True)
class Entry:
    """One archive of the machine's sources, as far as it matters here."""

    uri: str
    suites: tuple[str, ...]
    components: tuple[str, ...]


def debian_mirrors(apt: Path, codename: str) -> list[str]:
    """Return the addresses of full Debian archives named below `apt` (/etc/apt), likeliest first.

    `codename` is the machine's release. Security archives carry no full release, and strangers'
    archives have no component `main` of it.
    """
    suites = ALWAYS | {codename}
    found = [
        entry.uri.rstrip("/")
        for entry in entries(apt)
        if "main" in entry.components and suites.intersection(entry.suites)
    ]
    return list(dict.fromkeys(found))


def entries(apt: Path) -> Iterator[Entry]:
    """Yield every archive named below `apt`; apt itself reads these files and no others."""
    listed = [apt / "sources.list", *sorted(apt.glob("sources.list.d/*.list"))]
    for path in listed:
        if path.is_file():
            yield from one_line(path.read_text(errors="replace"))
    for path in sorted(apt.glob("sources.list.d/*.sources")):
        yield from deb822(path.read_text(errors="replace"))


def one_line(text: str) -> Iterator[Entry]:
    """Parse `deb [options] uri suite component...` lines."""
    for line in text.splitlines():
        bare = re.sub(r"\[.*?\]", "", line.partition("#")[0])
        match bare.split():
            case ["deb" | "deb-src", uri, suite, *components]:
                yield Entry(uri, (suite,), tuple(components))


def deb822(text: str) -> Iterator[Entry]:
    """Parse stanzas of `Field: value`, where an indented line goes on with the value above."""
    lines = "\n".join(line for line in text.splitlines() if not line.startswith("#"))
    for stanza in re.split(r"\n\s*\n", lines):
        fields = {
            name.lower(): value.split()
            for name, value in re.findall(r"^([\w-]+):((?:.*)(?:\n[ \t].*)*)", stanza, re.MULTILINE)
        }
        if fields.get("enabled", ["yes"])[0].lower() in {"no", "false", "0"}:
            continue
        for uri in fields.get("uris", []):
            yield Entry(uri, tuple(fields.get("suites", [])), tuple(fields.get("components", [])))
