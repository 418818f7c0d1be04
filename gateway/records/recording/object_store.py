"""Object storage that speaks S3, as recordings use it: obstore, our time-outs, no retries of its own."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import obstore
from obstore.exceptions import BaseError, PermissionDeniedError, UnauthenticatedError
from obstore.store import S3Store

from gateway.records.settings import UploadSettings

CONNECT_S = 5
ANSWER_S = 60
"""Seconds that one request may take, a part of a file in it."""
PART_BYTES = 5 * 1024 * 1024
"""Of a large file: the least that S3 takes."""
PARTS_AT_ONCE = 2
MOST_WORDS = 200


class StoreFault(Exception):
    """The storage did not do it: why, in a line."""


class StoreRefused(StoreFault):
    """The storage does not let us: the keys are wrong, or may not do it."""


class NoSuchBucket(StoreFault):
    """There is no such bucket."""


class ObjectStore:
    """What lies in a bucket below a prefix. Raises StoreFault, and BadInput for a missing secret."""

    def __init__(self, settings: UploadSettings, answer_s: int = ANSWER_S) -> None:
        config = {
            "aws_access_key_id": settings.access_key.reveal(),
            "aws_secret_access_key": settings.secret_key.reveal(),
            "aws_region": settings.region,
        }
        if settings.endpoint:
            config["aws_endpoint"] = settings.endpoint
        clear = settings.endpoint.startswith("http://")
        self._store = S3Store(
            settings.bucket,
            prefix=settings.prefix or None,
            config=config,  # type: ignore[arg-type]
            client_options={
                "allow_http": clear,
                "connect_timeout": f"{CONNECT_S}s",
                "timeout": f"{answer_s}s",
            },
            retry_config={"max_retries": 0, "retry_timeout": timedelta(seconds=answer_s)},
        )

    def try_out(self) -> None:
        """Put a file of a few bytes there, and delete it: all that recordings need."""
        name = f"gateway-doctor-{secrets.token_hex(4)}"
        try:
            obstore.put(self._store, name, b"gateway doctor")
            obstore.delete(self._store, name)
        except (BaseError, OSError) as error:
            raise _fault(error) from None

    def put(self, name: str, file: Path) -> None:
        """Put a file there, in parts if it is large; one of the same name is replaced."""
        try:
            obstore.put(self._store, name, file, chunk_size=PART_BYTES, max_concurrency=PARTS_AT_ONCE)
        except (BaseError, OSError) as error:
            raise _fault(error) from None

    def has(self, name: str) -> bool:
        """Return whether there is such a file."""
        try:
            obstore.head(self._store, name)
        except FileNotFoundError:
            return False
        except (BaseError, OSError) as error:
            raise _fault(error) from None
        return True

    def get(self, name: str) -> Iterator[bytes]:
        """Yield a file's bytes."""
        try:
            for chunk in obstore.get(self._store, name).stream():
                yield bytes(chunk)
        except (BaseError, OSError) as error:
            raise _fault(error) from None

    def delete(self, name: str) -> None:
        """Delete a file; nothing if there is none."""
        try:
            obstore.delete(self._store, name)
        except FileNotFoundError:
            return
        except (BaseError, OSError) as error:
            raise _fault(error) from None


def _fault(error: Exception) -> StoreFault:
    words = _words(error)
    if isinstance(error, PermissionDeniedError | UnauthenticatedError | PermissionError):
        return StoreRefused(words)
    return NoSuchBucket(words) if isinstance(error, FileNotFoundError) else StoreFault(words)


def _words(error: Exception) -> str:
    """Return the first line of what obstore says: what follows is for its developers."""
    line = str(error).partition("\n")[0]
    return line[:MOST_WORDS] or type(error).__name__
