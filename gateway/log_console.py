"""Log lines for people: a mark and a sentence in place of an event's id, nothing that a terminal obeys."""

from __future__ import annotations

import traceback
from functools import partial
from typing import Any, TextIO

from gateway.log_events import EVENTS
from gateway.number_mask import masked
from gateway.plain_structlog import structlog

RED, RESET = "\x1b[31m", "\x1b[0m"


class Console:
    """The last processor: writes a line. The gateway's own lines need not say whose they are."""

    def __init__(self, component: str, *, colours: bool, masks: bool = False) -> None:
        self._said = {} if component == "gateway" else {"component": component}
        self._colours = colours
        self._render = structlog.dev.ConsoleRenderer(
            colors=colours, pad_event_to=28, exception_formatter=partial(_traceback, masks=masks)
        )

    def __call__(self, logger: Any, method: str, event: structlog.typing.EventDict) -> str:
        """Write one line, without its newline."""
        fields = {str(shown(str(key))): shown(value) for key, value in event.items()}
        if fields["event"] == "call.ended" and "reason" in fields:
            fields = {name: fields[name] for name in ("timestamp", "level", "call") if name in fields} | {
                "event": self._call(fields)
            }
        elif known := EVENTS.get(str(fields["event"])):
            fields["event"] = f"{known.mark} {known.msg}"
        return self._render(logger, method, {**fields, **self._said})

    def _call(self, fields: dict[str, Any]) -> str:
        """Tell in a few words who rang where, for how long, and how it ended; red if that is our failure."""
        plans = dict.fromkeys(name for name in (fields.get("plan"), fields.get("last_plan")) if name)
        status = fields.get("status")
        told = (
            f"x {fields.get('caller') or 'withheld'} -> {fields.get('called')}",
            f" ({' > '.join(plans)})" if plans else "",
            f", {fields['seconds']} s" if fields.get("seconds") is not None else "",
            "" if fields.get("talk_seconds") is not None else ", not answered",
            f": {str(fields['reason']).replace('_', ' ')}",
            f" ({status})" if status not in (None, 200) else "",
        )
        line = "".join(told)
        return f"{RED}{line}{RESET}" if self._colours and fields.get("result") == "failed" else line


def shown(value: object) -> object:
    """Write out with repr what a terminal would obey; structlog's own renderer lets an escape through."""
    return repr(value) if isinstance(value, str) and not value.isprintable() else value


def _traceback(stream: TextIO, exc_info: structlog.typing.ExcInfo, *, masks: bool) -> None:
    """Write a traceback for a terminal: its lines are ours, what an exception says may be a stranger's."""
    text = "".join(traceback.format_exception(*exc_info))
    lines = (masked(text) if masks else text).splitlines()
    stream.write("\n" + "\n".join(str(shown(line)) for line in lines))
