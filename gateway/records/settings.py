"""What is kept of calls: `records` of `gateway.yaml`."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, BeforeValidator, ConfigDict

from gateway.dialplan.values import Duration


def _or_off(value: object) -> object:
    """Return None for `off`, which YAML reads as false."""
    return None if value is False or value == "off" else value


class RecordSettings(BaseModel):
    """Where records are kept, for how long, and whether they hold what was said."""

    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)

    database: Annotated[Path | None, BeforeValidator(_or_off)] = Path("var/gateway.db")
    """An SQLite file, made if need be; only its owner may read it. `off`: nothing is kept."""

    transcript: bool = False
    """Keep what was said in each call, as it was heard, and which keys were pressed. Off: it is your callers'
    business."""

    keep: Duration = timedelta(days=90)
    """How long, such as 30d or 12h; then a call's record is deleted."""
