"""Where traces go: `traces` of `gateway.yaml`."""

from __future__ import annotations

import importlib.util
from typing import Annotated
from urllib.parse import urlsplit

from pydantic import AfterValidator, BaseModel, ConfigDict, field_validator

from gateway.dialplan.values import Secretive, is_secret_name, must_refer, web_address

PATH = "/v1/traces"
"""Where a collector takes traces (OTLP/HTTP), unless the address names another path."""


def tracing_installed() -> bool:
    """Return whether OpenTelemetry's SDK and its exporter are there."""
    try:
        return importlib.util.find_spec("opentelemetry.exporter.otlp.proto.http") is not None
    except ModuleNotFoundError:
        return False


def _web(url: Secretive) -> Secretive:
    return web_address(url, "https://", "http://")


class TraceSettings(BaseModel):
    """The collector of OpenTelemetry that is sent a trace of each call."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    otlp: Annotated[Secretive, AfterValidator(_web)]
    """Its address, such as http://127.0.0.1:4318 (OTLP over HTTP)."""

    headers: dict[str, Secretive] = {}
    """What comes with each request, such as `authorization: Bearer ${TRACES_TOKEN}`. Default: nothing."""

    @field_validator("headers")
    @classmethod
    def _not_in_clear(cls, headers: dict[str, Secretive]) -> dict[str, Secretive]:
        for name, value in headers.items():
            if is_secret_name(name):
                must_refer(value)
        return headers

    def endpoint(self) -> str:
        """Return where traces are sent. Raises BadInput for a secret that is not there."""
        url = self.otlp.reveal()
        return url.rstrip("/") + PATH if urlsplit(url).path in ("", "/") else url
