"""Who may ask the control API: tokens with a role each, in a file that holds no token, only what proves one.

A token is 256 random bits, so its plain SHA-256 can be kept: there is nothing to guess from it. One-time
codes are kept in the same way, for ten minutes: whoever opens an address with one in a browser is given a
cookie.
"""

from __future__ import annotations

import fcntl
import hashlib
import hmac
import os
import re
import secrets
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import IntEnum
from pathlib import Path
from typing import Any

import orjson

from gateway.errors import BadInput
from gateway.private_folder import make_private

PREFIX = "gw_"
"""Tokens begin so: whoever finds one in a repository, or scans for them, sees what it is."""
CODE_SECONDS = 600.0
MOST_TOKENS = 200
NAME = re.compile(r"[A-Za-z][A-Za-z0-9._-]{0,39}")


class Role(IntEnum):
    """What a token is good for; each may do what those below it may."""

    READ = 1
    """See calls, what is said in them, and what became of them."""
    OPERATE = 2
    """Speak into calls, move and end them, place them."""
    ADMIN = 3
    """Reload, drain, change the log level."""

    @property
    def word(self) -> str:
        """The role as it is written."""
        return self.name.lower()


ROLES = {role.word: role for role in Role}


@dataclass(frozen=True, slots=True)
class ApiToken:
    """What is known of a token: whose it is, what for, since when (ISO 8601), and its digest."""

    name: str
    role: Role
    sha256: str
    made: str


@dataclass(frozen=True, slots=True)
class TokenList:
    """All tokens and one-time codes at one moment."""

    tokens: tuple[ApiToken, ...] = ()
    codes: Mapping[str, float] = field(default_factory=dict)
    """Digests of codes that were not used yet, with the time (Unix seconds) until which they hold."""

    def find(self, token: str) -> ApiToken | None:
        """Return whose token this is. Takes as long whichever it is, or none."""
        digest, found = _digest(token), None
        for one in self.tokens:
            if hmac.compare_digest(one.sha256, digest):
                found = one
        return found


class TokenFile:
    """The file. Raises BadInput where it cannot be read, or written."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._known: tuple[int, int] | None = None
        self._list = TokenList()

    def read(self) -> TokenList:
        """Return what it says now; it is read again only when it has changed. No file is no token."""
        try:
            state = self._path.stat()
            if (state.st_mtime_ns, state.st_ino) != self._known:
                self._list = self._parse(self._path.read_bytes())
                self._known = (state.st_mtime_ns, state.st_ino)
        except FileNotFoundError:
            self._list, self._known = TokenList(), None
        except OSError as error:
            raise self._bad(error.strerror or str(error)) from None
        return self._list

    def add(self, name: str, role: Role) -> str:
        """Make a token for somebody, and return it: it can never be shown again. Raises BadInput."""
        if not NAME.fullmatch(name):
            raise BadInput("gateway token", "name", name, "a letter, then up to 39 letters, digits and . _ -")
        token = PREFIX + secrets.token_urlsafe(32)
        made = datetime.now(UTC).isoformat(timespec="seconds")
        with self._changing() as (tokens, _codes):
            if any(one.name == name for one in tokens):
                cure = f"there is one of that name: `gateway token revoke {name}` first, or choose another"
                raise BadInput("gateway token", "name", name, cure)
            if len(tokens) >= MOST_TOKENS:
                raise BadInput("gateway token", "name", name, f"there are {MOST_TOKENS} already: revoke some")
            tokens.append(ApiToken(name, role, _digest(token), made))
        return token

    def revoke(self, name: str) -> None:
        """Make somebody's token worthless at once. Raises BadInput if there is none."""
        with self._changing() as (tokens, _codes):
            left = [one for one in tokens if one.name != name]
            if len(left) == len(tokens):
                known = ", ".join(one.name for one in tokens) or "none"
                raise BadInput("gateway token", "name", name, f"there is no such token; there are: {known}")
            tokens[:] = left

    def add_code(self) -> str:
        """Make a one-time code, and return it."""
        code = secrets.token_urlsafe(24)
        with self._changing() as (_tokens, codes):
            codes[_digest(code)] = time.time() + CODE_SECONDS
        return code

    def use_code(self, code: str) -> bool:
        """Return whether a code holds; it does so once."""
        digest = _digest(code)
        if digest not in self.read().codes:  # no lock and no write for whoever tries codes out
            return False
        with self._changing() as (_tokens, codes):
            return codes.pop(digest, 0.0) > time.time()

    @contextmanager
    def _changing(self) -> Iterator[tuple[list[ApiToken], dict[str, float]]]:
        """Change the lists inside; written whole, so that nobody reads half of it."""
        try:
            make_private(self._path.parent)
            lock = os.open(f"{self._path}.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        except OSError as error:
            raise self._bad(error.strerror or str(error)) from None
        try:
            fcntl.flock(lock, fcntl.LOCK_EX)
            before = self.read()
            now = time.time()
            tokens = list(before.tokens)
            codes = {code: until for code, until in before.codes.items() if until > now}
            yield tokens, codes
            self._write(TokenList(tuple(tokens), codes))
        finally:
            os.close(lock)

    def _write(self, whole: TokenList) -> None:
        tokens = {
            one.name: {"role": one.role.word, "sha256": one.sha256, "made": one.made} for one in whole.tokens
        }
        text = orjson.dumps({"tokens": tokens, "codes": whole.codes}, option=orjson.OPT_INDENT_2)
        beside = self._path.with_name(f"{self._path.name}.new")
        try:
            descriptor = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
            with os.fdopen(descriptor, "wb") as file:
                file.write(text + b"\n")
                file.flush()
                os.fsync(file.fileno())
            beside.replace(self._path)
        except OSError as error:
            raise self._bad(error.strerror or str(error)) from None

    def _parse(self, text: bytes) -> TokenList:
        try:
            told: dict[str, Any] = orjson.loads(text)
            tokens = tuple(
                ApiToken(name, ROLES[one["role"]], str(one["sha256"]), str(one.get("made", "")))
                for name, one in told["tokens"].items()
            )
            codes = {str(code): float(until) for code, until in told.get("codes", {}).items()}
        except (ValueError, KeyError, TypeError, AttributeError):
            raise self._bad(
                "it is not as `gateway token` writes it: move it away, and make new tokens"
            ) from None
        return TokenList(tokens, codes)

    def _bad(self, cure: str) -> BadInput:
        return BadInput("gateway.yaml", "api.tokens", str(self._path), cure)


def _digest(secret: str) -> str:
    return hashlib.sha256(secret.encode("utf-8", "surrogateescape")).hexdigest()
