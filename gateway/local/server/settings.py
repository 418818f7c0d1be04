"""What `gateway local` can be told. The defaults serve everybody on this machine."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

BACKLOG = 1024
"""Connections that wait to be taken: after a crash all calls come back in the same moment."""
READY = b"ready\n"
"""What a server that was started with a socket says on its standard output when it is warm."""
ENGINES = ("agent", "tone", "echo", "script")


@dataclass(frozen=True, slots=True)
class LocalSettings:
    """The settings of one embedded realtime server."""

    host: str = "127.0.0.1"
    """Address to listen on. Loopback: the server asks for no key unless `api_key` is set."""
    port: int = 8090
    """TCP port; 0 takes a free one (tests)."""
    descriptor: int | None = None
    """An open socket that listens there already: it belongs to whoever started us, and outlives us."""
    engine: str = "agent"
    """Who answers when `?model=` names no engine: `agent` (or `local`), `tone`, `echo`, `script`."""
    ga_only: bool = False
    """Refuse the retired flat dialect as the hosted service does: an error, then close code 4000."""
    script: Path | None = None
    """The YAML file of the `script` engine: answers, delays and faults."""
    tls_cert: Path | None = None
    """PEM certificate chain; with `tls_key` the server speaks wss and https only."""
    tls_key: Path | None = None
    """PEM private key of `tls_cert`."""
    api_key: str = ""
    """When set, callers must show it (`Authorization: Bearer`, `api-key`, or the browser's subprotocol)."""
    workers: int = 1
    """Threads for recognition, and as many again for synthesis. One of each carries 16 calls on two cores."""
    silence_ms: int = 400
    """Silence that ends a caller's turn unless the session says otherwise; the hosted default is 500. On
    telephone speech 400 ms cut no turn short in 175, and each millisecond is one of the caller's waiting."""
    session_seconds: float = 3600
    """Life of a session before `session_expired`, told in `expires_at`; the hosted service allows an hour."""
