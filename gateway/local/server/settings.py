"""What `gateway local` can be told, and what its help tells. The defaults serve everybody on this machine."""

from __future__ import annotations

from pathlib import Path

from pydantic import ConfigDict
from pydantic.dataclasses import dataclass

BACKLOG = 1024
"""Connections that wait to be taken: after a crash all calls come back in the same moment."""
READY = b"ready\n"
"""What a server that was started with a socket says on its standard output when it is warm."""
ENGINES = ("agent", "tone", "echo", "script")


@dataclass(frozen=True, slots=True, config=ConfigDict(use_attribute_docstrings=True))
class LocalSettings:
    """The settings of one embedded realtime server."""

    host: str = "127.0.0.1"
    """Address to listen on. Loopback: the server asks for no key unless `api_key` is set."""
    port: int = 8090
    """TCP port; 0 takes a free one (tests)."""
    descriptor: int | None = None
    """An open socket that listens there already: it belongs to whoever started us, and outlives us."""
    engine: str = "agent"
    """Who answers clients whose `?model=` names no engine: an agent that listens and speaks, a tone, the
    caller's own words, or a script."""
    ga_only: bool = False
    """Refuse clients that speak the older, flat dialect, as the hosted service does: an error, then close
    code 4000."""
    script: Path | None = None
    """What the script engine says, and how it fails (YAML, see docs/script.md)."""
    tls_cert: Path | None = None
    """Certificate chain (PEM): serve wss:// and https:// only."""
    tls_key: Path | None = None
    """Private key (PEM) of the certificate."""
    api_key: str = ""
    """What clients have to show (`Authorization: Bearer`, `api-key`, or the browser's subprotocol). Default:
    none is asked for."""
    origins: str = ""
    """Sites whose web pages may ask, beside those of this machine: `https://app.example.com`, several with
    commas. Programs may always."""
    workers: int = 1
    """Threads for the agent's recognition, and as many for its voice; one of each does for 16 calls on two
    cores."""
    silence_ms: int = 400
    """Silence that ends a caller's turn unless the session says otherwise; the hosted default is 500. On
    telephone speech 400 ms cut no turn short in 175, and each millisecond is one of the caller's waiting."""
    session_seconds: float = 3600
    """How long a session may last; then it expires (`session_expired`), as hosted ones do after an hour."""
