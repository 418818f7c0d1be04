"""Settings of one gateway process: command line over environment over `gateway.yaml` over the defaults here.

Every field can be given as `GATEWAY_<NAME>` in the environment. What concerns one number is not here but in
its dialplan.
"""

from __future__ import annotations

import difflib
import os
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

from pydantic import AfterValidator, Field, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict, SettingsError

from gateway.errors import BadInput
from gateway.source_limits import ProcessLimits
from gateway.validation_words import plain_words
from gateway.yaml_mistakes import load as load_yaml


def address(text: str) -> tuple[str, int]:
    """Read `HOST:PORT`; an IPv6 host stands in brackets. Raises ValueError with the cure."""
    host, colon, port = text.rpartition(":")
    if not colon or not port.isdigit() or not host or int(port) > 65535:
        raise ValueError("write HOST:PORT, such as 127.0.0.1:5060")
    return host.strip("[]"), int(port)


def port_range(text: str) -> tuple[int, int]:
    """Read `LOW-HIGH`, both included. Raises ValueError with the cure."""
    low, dash, high = text.partition("-")
    if not dash or not low.isdigit() or not high.isdigit() or not 1024 <= int(low) < int(high) <= 65535:
        raise ValueError("write LOW-HIGH between 1024 and 65535, such as 10000-20000")
    return int(low), int(high)


def _checked_address(text: str) -> str:
    address(text)
    return text


def _checked_range(text: str) -> str:
    port_range(text)
    return text


def _checked_region(text: str | None) -> str | None:
    if text is not None and not re.fullmatch("[A-Z]{2}", text):
        raise ValueError("write the two capitals of a country (ISO 3166), such as DE or US")
    return text


class Settings(BaseSettings):
    """What a process needs to know before the first call."""

    model_config = SettingsConfigDict(
        env_prefix="GATEWAY_",
        env_nested_delimiter="__",
        frozen=True,
        extra="forbid",
        use_attribute_docstrings=True,
    )

    sip: Annotated[str, AfterValidator(_checked_address)] = "127.0.0.1:5060"
    """HOST:PORT where calls are answered, UDP and TCP; 0.0.0.0 for all interfaces, behind a firewall."""

    rtp: Annotated[str, AfterValidator(_checked_range)] = "10000-20000"
    """LOW-HIGH ports for audio; a call takes two (RTP and RTCP)."""

    public_address: str = ""
    """The address that callers reach when a router hides ours; put into SDP and Contact. Default: our own."""

    learn_source: bool = False
    """Take audio from callers behind a router, whose address is not the one that they announce: once, after
    five packets in a row. Off: a caller's audio comes from the host that he announces, or not at all."""

    caller_audio_ms: int = Field(default=20, ge=20, le=100, multiple_of=20)
    """Caller audio in a message to the model, in ms: 40 takes a fifth off the CPU of a call, and the model
    hears the caller up to 20 ms later."""

    dialplans: Path = Path("dialplans")
    """Folder of the dialplan files."""

    local: bool | None = None
    """Start the embedded agent: yes, no, or (default) when a dialplan asks for it."""

    local_listen: Annotated[str, AfterValidator(_checked_address)] = "127.0.0.1:8090"
    """HOST:PORT of the embedded agent's server, on this machine."""

    max_calls: int = Field(default=1000, ge=1, le=1024)
    """Calls at once; one more gets 503 with Retry-After, so that a proxy tries the next gateway."""

    limits: ProcessLimits = ProcessLimits()
    """What strangers are held to; see docs/limits.md."""

    native: bool | None = None
    """C++ media plane: yes, no (portable, four calls), or (default) where it is built."""

    drain_seconds: float = Field(default=30.0, ge=0)
    """How long running calls may go on after a stop was asked for."""

    region: Annotated[str | None, AfterValidator(_checked_region)] = None
    """Country whose national numbers your trunk sends, by its two letters, such as US: 0... is completed to
    +... Default: none, numbers are read as they come."""

    log_level: str = Field(default="info", pattern="^(debug|info|warning|error)$")
    """The least important lines that are logged: debug, info, warning or error."""

    journal: Path | None = None
    """File for every fact and order of every call, a JSON line each, also what was said; what is in it stays.
    Default: none."""

    prices: Path | None = None
    """A price list of your own, in the form of gateway/realtime/prices.yaml. Default: the shipped one."""

    log_transcripts: bool = False
    """Log what was said in each call, as it was heard, at its end. Off: it is your callers' business."""

    providers: dict[str, dict[str, Any]] = Field(default_factory=dict)
    """Further realtime providers by name; see docs/providers.md."""


def load(path: Path | None = None, **given: Any) -> Settings:
    """Read the settings; `given` are the command line's, None meaning not given.

    Without `path`, `gateway.yaml` in the working directory is used if it exists.
    Raises BadInput naming the place, the key, the value and the cure.
    """
    file = path or Path("gateway.yaml")
    values: dict[str, Any] = {}
    if path is not None or file.exists():
        values = _read(file)
    environment = _from_environment()
    spoken = {key: value for key, value in given.items() if value is not None}
    try:
        return Settings(**_over(values, environment) | spoken)
    except ValidationError as error:
        problem = error.errors()[0]
        where = (
            "command line" if problem["loc"][0] in spoken else file
        )  # the environment was looked at before
        key = ".".join(map(str, problem["loc"]))
        cure = _nearest(key) if problem["type"] == "extra_forbidden" else plain_words(problem)
        raise BadInput(str(where), key, problem.get("input"), cure) from None


def _over(weak: Mapping[str, Any], strong: Mapping[str, Any]) -> dict[str, Any]:
    """Lay settings over others; what is nested is filled in, not replaced."""
    both = dict(weak) | dict(strong)
    for key in weak.keys() & strong.keys():
        if isinstance(weak[key], Mapping) and isinstance(strong[key], Mapping):
            both[key] = _over(weak[key], strong[key])
    return both


def _from_environment() -> dict[str, Any]:
    """Only what the environment really says, so that it can stand between file and command line."""
    try:
        return Settings().model_dump(exclude_unset=True)
    except ValidationError as error:
        problem = error.errors()[0]
        key = "GATEWAY_" + "__".join(map(str, problem["loc"])).upper()
        raise BadInput("environment", key, problem.get("input"), plain_words(problem)) from None
    except SettingsError as error:  # it is no JSON; the name of the field is in the message alone
        field = re.search(r'"(\w+)"', str(error))
        key = "GATEWAY_" + (field[1] if field else "").upper()
        raise BadInput("environment", key, os.environ.get(key, ""), "write it as JSON") from None


def _read(file: Path) -> dict[str, Any]:
    values = load_yaml(file) or {}
    if not isinstance(values, dict):
        raise BadInput(str(file), "file", type(values).__name__, "write KEY: VALUE lines")
    return values


def _nearest(key: str) -> str:
    """Return what to write instead of a key that there is not."""
    near = difflib.get_close_matches(key, Settings.model_fields, 1)
    return f"no such key: {f'is {near[0]} meant?' if near else 'docs/settings.md has all'}"
