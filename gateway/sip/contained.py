"""What PJSIP calls back into: nothing that goes wrong there may travel back."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import ParamSpec

import structlog

log = structlog.get_logger(__name__)

P = ParamSpec("P")


def contained(callback: Callable[P, None]) -> Callable[P, None]:
    """Log whatever a callback raises: an exception that travels back into PJSIP ends the process."""

    @wraps(callback)
    def guarded(*args: P.args, **kwargs: P.kwargs) -> None:
        try:
            callback(*args, **kwargs)
        except Exception:  # the last line before C++
            log.exception("sip.callback_failed", callback=callback.__name__)

    return guarded
