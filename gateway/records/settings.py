"""What is kept of calls: `records` of `gateway.yaml`."""

from __future__ import annotations

import errno
import re
from datetime import timedelta
from pathlib import Path
from typing import Annotated

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, ValidationInfo, field_validator

from gateway.dialplan.values import Duration, Secretive, must_refer, web_address
from gateway.errors import BadInput
from gateway.records.recording.keys import read_key
from gateway.records.recording.sound_file import Format, Storage
from gateway.records.redaction import KINDS, Kind
from gateway.records.webhook import signature

POSTGRES = ("postgresql://", "postgres://")
"""How the address of a server begins (libpq's connection URIs)."""

LEAST_KEPT = timedelta(minutes=1)
"""As long as a webhook may take, and somebody may want to look."""

Place = Path | Secretive
"""Where records are: a file, or the address of a server; a password in it is looked up when it is opened."""


def place_of(text: str, folder: Path = Path()) -> Place:
    """Read where records are; secrets in files lie in `folder`. Raises ValueError."""
    if not text.startswith((*POSTGRES, "${")):
        if not text or "://" in text:
            raise ValueError(
                "name an SQLite file, or postgresql://USER:${NAME}@HOST/DATABASE; off: keep nothing"
            )
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

    model_config = ConfigDict(frozen=True, extra="forbid")

    database: Annotated[Place | None, BeforeValidator(_place)] = Path("var/gateway.db")
    """An SQLite file, made if need be, which only its owner may read; or `postgresql://USER:${NAME}@HOST/DB`.
    `off`: nothing is kept."""

    spool: Annotated[Path | None, BeforeValidator(or_off)] = Path("var/spool")
    """A folder, made if need be, in which records wait for a server's database (an SQLite file needs none).
    `off`: they wait in memory, and are lost with the process."""

    transcript: bool = False
    """Keep what was said in each call, as it was heard, and which keys were pressed. Off: it is your callers'
    business."""

    redact: Annotated[tuple[Kind, ...], BeforeValidator(_kinds)] = ()
    """What is taken out of the words that are kept, and out of the keys that were pressed: `true` for all, or
    some of [card, iban, phone, email, digits]. Default: nothing."""

    keep: Duration = timedelta(days=90)
    """How long, such as 30d or 12h, 1m at least; then a record is deleted, with all that belongs to it."""

    @field_validator("keep")
    @classmethod
    def _a_while(cls, span: timedelta) -> timedelta:
        if span < LEAST_KEPT:
            raise ValueError("write 1m or more; to keep nothing, write database: off")
        return span


def _bucket(url: str) -> str:
    if not re.fullmatch(r"s3://[a-z0-9][a-z0-9.-]{1,61}[a-z0-9](/[^?#]*)?", url):
        raise ValueError("write s3://BUCKET or s3://BUCKET/FOLDER")
    return url


def _endpoint(url: str) -> str:
    if url and not re.fullmatch(r"https?://[^/?#@\s]+/?", url):
        raise ValueError("write https://HOST or https://HOST:PORT, or leave it out for AWS")
    return url


class UploadSettings(BaseModel):
    """Object storage that recordings are brought to when they are over: S3, or whatever speaks it."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    url: Annotated[str, AfterValidator(_bucket)]
    """s3://BUCKET/FOLDER; the files lie there by the names that they have here."""

    endpoint: Annotated[str, AfterValidator(_endpoint)] = ""
    """https://HOST:PORT of a storage of another kind. Default: AWS, in `region`."""

    region: str = "us-east-1"
    """Where the bucket is. Default: us-east-1."""

    access_key: Annotated[Secretive, AfterValidator(must_refer)]
    """The key's id, out of the environment or a file: ${NAME} or ${file:PATH}."""

    secret_key: Annotated[Secretive, AfterValidator(must_refer)]
    """The key itself, likewise."""

    keep_local: bool = False
    """Keep the file here as well. Default: no."""

    @property
    def bucket(self) -> str:
        """Its name."""
        return self.url.removeprefix("s3://").partition("/")[0]

    @property
    def prefix(self) -> str:
        """The folder in it; "" for none."""
        return self.url.removeprefix("s3://").partition("/")[2].strip("/")


class RecordingSettings(BaseModel):
    """Where recordings are kept, and how. Whether a call is recorded says its plan."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    folder: Path = Path("var/recordings")
    """A folder, made if need be, which only its owner may read. They are deleted with their records."""

    format: Format = "wav"
    """`wav`: as it was, to the sample; `ogg`: Opus, an eighth of the room. Default: wav."""

    keys: tuple[Annotated[Secretive, AfterValidator(must_refer)], ...] = ()
    """They are encrypted with the first of these keys, and read with any: 32 bytes in base64 each, out of the
    environment or a file: ${NAME} or ${file:PATH}. Default: none, they are not encrypted."""

    upload: UploadSettings | None = None
    """Object storage that they are brought to. Default: none."""

    @property
    def storage(self) -> Storage:
        """How they are written."""
        return Storage(self.folder, self.format, self._writing_key if self.keys else None)

    def revealed_keys(self) -> list[bytes]:
        """Return all keys that there are now. Raises BadInput if that is none: what is wrong with each."""
        found, wrong = [], []
        for text in self.keys:
            try:
                found.append(read_key(text.reveal()))
            except BadInput as error:
                wrong.append(f"{text.text}: {error.cure}")
            except (ValueError, OSError) as error:
                wrong.append(f"{text.text}: {error}")
        if not found:
            why = "; ".join(wrong) or "name the keys that encrypted it"
            raise BadInput(
                "gateway.yaml", "recording.keys", None, f"it is encrypted, and there is no key: {why}"
            )
        return found

    def _writing_key(self) -> bytes:
        """Return the key of new files. Raises OSError: nothing is written until there is one."""
        try:
            return read_key(self.keys[0].reveal())
        except (BadInput, ValueError, OSError) as error:
            raise OSError(errno.ENOKEY, f"recording.keys: {self.keys[0].text}: {error}") from None


class WebhookSettings(BaseModel):
    """Where each record is sent when its call is over, and with which key it is signed."""

    model_config = ConfigDict(frozen=True, extra="forbid")

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
