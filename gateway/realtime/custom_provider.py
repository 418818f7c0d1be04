"""Providers of one's own: the keys under `providers:` of `gateway.yaml`."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Literal
from urllib.parse import urlsplit

from pydantic import AfterValidator, BeforeValidator, Field, ValidationInfo, field_validator, model_validator

from gateway.dialplan.model.section import Section
from gateway.dialplan.values import Secretive, is_secret_name, must_refer, web_address
from gateway.realtime.prices import ModelPrice, TranscriptionPrice
from gateway.realtime.providers import Dialect, TlsFiles

IN_FILE = "in_file"
"""The validation context has it for what stands in a file; the environment is a place for secrets itself."""
_HEADER = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]+")  # RFC 9110 5.6.2, token
_REFERENCE = re.compile(r"\$\{[^}]*\}")


def _file(value: object, info: ValidationInfo) -> object:
    return (info.context or {}).get("folder", Path()) / value if isinstance(value, str) else value


def _referred(value: object, info: ValidationInfo) -> object:
    return must_refer(value) if (info.context or {}).get(IN_FILE) else value


def _header(name: str) -> str:
    if not _HEADER.fullmatch(name):
        raise ValueError("not the name of an HTTP header")
    return name


def _one_line(value: Secretive) -> Secretive:
    if not value.text.isprintable():
        raise ValueError("write it in one line, without control characters")
    return value


PemFile = Annotated[Path, BeforeValidator(_file)]
Rate = Literal[8000, 16000, 24000, 48000]
HeaderText = Annotated[Secretive, AfterValidator(_one_line)]
Header = Annotated[str, AfterValidator(_header)]


class TlsKeys(Section):
    """Whom the gateway trusts at this provider, and who it is there. PEM files, read again when renewed."""

    ca: PemFile | None = None
    """File of the authorities that its certificate may be of, instead of the system's. Default: those."""

    certificate: PemFile | None = None
    """Our own certificate, for a server that asks for one, with what lies between it and its authority.
    Default: none.
    """

    key: PemFile | None = None
    """Its private key, without a password. Default: in the file of the certificate."""

    @model_validator(mode="after")
    def _belong_together(self) -> TlsKeys:
        if self.key is not None and self.certificate is None:
            raise ValueError("key belongs to a certificate: name its file as certificate")
        return self

    def files(self) -> TlsFiles:
        """Return them as a connection wants them."""
        return TlsFiles(self.ca, self.certificate, self.key)


class PriceKeys(Section):
    """Prices at this provider, in the form of gateway/realtime/prices.yaml, before those of the list."""

    models: Mapping[str, ModelPrice] = Field(default_factory=dict)
    """By model or deployment, per million tokens: `text` and `audio` as [read, cached, written], `image` as
    [read, cached]."""

    transcription: Mapping[str, TranscriptionPrice] = Field(default_factory=dict)
    """By transcription model: by the `minute`, or `read` and `written` per million tokens."""


class CustomProvider(Section):
    """A provider of one's own. `${NAME}` is the environment's, `${file:PATH}` a file's content."""

    like: Literal["openai", "azure", "local", "compatible"] = "compatible"
    """The provider it resembles, whose every other property it has."""
    url: Secretive | None = None
    """`ws://` or `wss://`; `{model}` is replaced, else the model is added as `model=`."""
    api_key: Annotated[Secretive, AfterValidator(_one_line), AfterValidator(_referred)] | None = None
    """As `${NAME}` or `${file:PATH}`."""
    key_header: Header | None = None
    """The header that shows the key; Authorization unless `like` has another."""
    key_prefix: str | None = None
    """What stands before the key there, with its blank."""
    headers: Mapping[Header, HeaderText] = Field(default_factory=dict)
    """Sent at connect as they are."""
    tls: TlsKeys | None = None
    """Authority and client certificate of this provider."""
    dialect: Dialect | None = None
    """The shape of sessions and the names of events."""
    model: str | None = None
    """Used where a plan names none, like the next two."""
    voice: str | None = None
    transcription_model: str | None = None
    deployments: Mapping[str, str] = Field(default_factory=dict)
    """What names of your own stand for, as in Azure: `{our-voice: gpt-realtime-2.1}`; for prices, and for
    what a model takes."""
    max_sessions: Annotated[int, Field(ge=1, le=1_000_000)] | None = None
    """Sessions at once in this account, of all gateways that share limits (docs/scaling.md), those that are
    kept warm included. Default: no bound."""
    prices: PriceKeys | None = None
    """What it costs here."""
    truncate: bool | None = None
    """This and the rest: see `Capabilities`."""
    idle_timeout: bool | None = None
    g711: bool | None = None
    input_rate: Rate | None = None
    output_rate: Rate | None = None
    native_mcp: bool | None = None
    retrieve: bool | None = None
    safety_identifier: bool | None = None
    max_session_minutes: float | None = Field(default=None, gt=0)
    voices: frozenset[str] | None = None
    reasoning_models: tuple[str, ...] | None = None

    @field_validator("url")
    @classmethod
    def _websocket(cls, url: Secretive | None) -> Secretive | None:
        if url is None:
            return None
        web_address(url, "ws://", "wss://")
        if url.text.startswith("${"):
            return url  # known when it is looked up
        parts = urlsplit(_REFERENCE.sub("x", url.text).replace("{model}", "x"))
        try:
            ports = parts.port  # reading it is what checks it
        except ValueError:
            raise ValueError("a port is a number up to 65535") from None
        if not parts.hostname and ports is None:
            raise ValueError("the host is missing: write the address as wss://HOST/PATH")
        return url

    @field_validator("headers")
    @classmethod
    def _no_secret_in_clear(
        cls, headers: Mapping[str, Secretive], info: ValidationInfo
    ) -> Mapping[str, Secretive]:
        for name, value in headers.items():
            if is_secret_name(name):
                _referred(value, info)
        return headers

    @model_validator(mode="after")
    def _fits(self) -> CustomProvider:
        if self.like == "compatible" and self.url is None:
            raise ValueError("url is missing: write the WebSocket address, such as wss://host/v1/realtime")
        if self.tls is not None and self.url is not None and self.url.text.startswith("ws:"):
            raise ValueError("tls is for wss:// addresses; this url begins with ws://")
        return self
