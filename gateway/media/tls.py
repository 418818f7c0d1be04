"""TLS towards models in C++ (`tls.hpp`), so that callers' audio is encrypted without Python.

There is none in portable mode, nor where OpenSSL was not there to build with: TLS is Python's then.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from enum import Enum
from typing import Any, Protocol


class TlsState(Enum):
    """How far something has come: the names are those of the C++ enumeration."""

    DONE = 0
    WANTS_READ = 1
    WANTS_WRITE = 2
    CLOSED = 3
    FAILED = 4


class TlsSocket(Protocol):
    """A connected socket under TLS, a client's end; any thread."""

    @property
    def socket(self) -> int:
        """Its descriptor, which is nobody else's; -1 once it is closed."""

    def handshake(self) -> Any:
        """Go on with the handshake; return a state with the name of a `TlsState`."""

    def send(self, data: bytes) -> int:
        """Write; return how many bytes the socket took, -1 if it failed.

        What it did not take has to come first in what is written next.
        """

    def receive(self) -> bytes | None:
        """Read what is there; b"" at the end, or if it failed; None if there is nothing now."""

    def close(self, tell: bool = False) -> None:
        """Close the socket; `tell` the far side first. Idempotent."""

    def trouble(self) -> tuple[int, str, str, int]:
        """Return why it failed.

        OpenSSL's number of what is wrong with the certificate (0: nothing) and its words for that; its words
        for anything else; the system's number of an error.
        """


class TlsContext(Protocol):
    """Whom we trust, and who we are; for any number of connections."""

    def client(self, socket: int, host: str) -> TlsSocket:
        """Take a connected socket that does not block; `host` has to be in the server's certificate."""


MakeTlsContext = Callable[..., TlsContext]
"""With `authorities`, `folder` (of authorities), `certificate` and `key`: files, "" for none; and the
`verify_flags` of an `ssl.SSLContext`. Reads files: not for the event loop. Raises RuntimeError."""


def native_tls() -> MakeTlsContext | None:
    """Return what makes contexts, once a native plane is there; None if there is nothing."""
    return getattr(sys.modules.get("gateway.media._port"), "TlsContext", None)
