"""What is kept of calls: `records` of `gateway.yaml`."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Annotated

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, ValidationInfo

from gateway.dialplan.values import Duration, Secretive, must_refer, web_address
from gateway.errors import BadInput
from gateway.records.redaction import KINDS, Kind
from gateway.records.webhook import signature

POSTGRES = ("postgresql://", "postgres://")
"""How the address of a server begins (libpq's connection URIs)."""

Place = Path | Secretive
"""Where records are: a file, or the address of a server; a password in it is looked up when it is opened."""


def place_of(text: str, folder: Path = Path()) -> Place:
    """Read where records are; secrets in files lie in `folder`. Raises ValueError."""
    if not text.startswith((*POSTGRES, "${")):
        return Path(text)
    return web_address(Secretive.parse(text, folder), *POSTGRES)


def _place(value: object, info: ValidationInfo) -> object:
    folder = (info.context or {}).get("folder", Path())
    return place_of(value, folder) if isinstance(value, str) and value != "off" else or_off(value)


def _kinds(value: object) -> object:
    return KINDS if value is True else value or ()


def or_off(value: object) -> object:
    """Return None for `off`, which YAML reads as false."""
    return None if value is False or value == "off" else value


def _web(url: Secretive) -> Secretive:
    return web_address(url, "https://", "http://")


class RecordSettings(BaseModel):
    """Where records are kept, for how long, and whether they hold what was said."""

    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)

    database: Annotated[Place | None, BeforeValidator(_place)] = Path("var/gateway.db")
    """An SQLite file, made if need be, which only its owner may read; or `postgresql://USER:${NAME}@HOST/DB`.
    `off`: nothing is kept."""

    transcript: bool = False
    """Keep what was said in each call, as it was heard, and which keys were pressed. Off: it is your callers'
    business."""

    redact: Annotated[tuple[Kind, ...], BeforeValidator(_kinds)] = ()
    """What is taken out of the words that are kept, and out of the keys that were pressed: `true` for all, or
    some of [card, iban, phone, email, digits]. Default: nothing."""

    keep: Duration = timedelta(days=90)
    """How long, such as 30d or 12h; then a call's record is deleted."""


class RecordingSettings(BaseModel):
    """Where recordings are kept. Whether a call is recorded says its plan."""

    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)

    folder: Path = Path("var/recordings")
    """A folder, made if need be, which only its owner may read. They are deleted with their records."""


class WebhookSettings(BaseModel):
    """Where each record is sent when its call is over, and with which key it is signed."""

    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)

    url: Annotated[Secretive, AfterValidator(_web)]
    """An address of your own, `https://...`; a redirect is not followed."""

    secret: Annotated[Secretive, AfterValidator(must_refer)]
    """`whsec_` and random bytes in base64, out of the environment or a file: ${NAME} or ${file:PATH}."""

    def target(self) -> tuple[str, bytes]:
        """Return address and key as they are now. Raises BadInput."""
        try:
            return self.url.reveal(), signature.key(self.secret.reveal())
        except ValueError as error:
            raise BadInput("webhook", "secret", self.secret.text, str(error)) from None
