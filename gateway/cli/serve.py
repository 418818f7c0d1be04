"""`gateway serve`: answer calls."""

# ruff: noqa: PLC0415 - a command imports what it needs when it runs
from __future__ import annotations

import gc
import sys
from typing import Any

from gateway import log
from gateway.cli import event_loop
from gateway.cli.options import SettingsFile, Shown, listed, takes
from gateway.node import settings as config

LINE, DIALPLANS, EMBEDDED, RECORDS = "The line", "Dialplans", "The embedded agent", "Logs and records"
"""The options in groups."""
WITHOUT_OPTION = (
    "learn_source",
    "log_numbers",
    "caller_audio_ms",
    "media",
    "codecs",
    "trunks",
    "tls",
    "guests",
    "encryption",
    "limits",
    "control",
    "pretend_time",
    "pretend_targets",
    "api",
    "sip_messages",
    "records",
    "recording",
    "webhook",
    "hep",
    "traces",
    "prices",
)
FURTHER = (
    "Each is also a key of gateway.yaml, written like the option with _ for -. Further settings:\n\n"
    + listed(WITHOUT_OPTION)
)


@takes(
    config.Settings,
    sip=Shown("HOST:PORT", LINE),
    sip_tls=Shown("HOST:PORT", LINE, names="--tls"),
    rtp=Shown("LOW-HIGH", LINE),
    public_address=Shown("ADDRESS", LINE),
    max_calls=Shown("CALLS", LINE),
    drain_seconds=Shown("SECONDS", LINE),
    native=Shown(panel=LINE, names="--native/--portable"),
    dialplans=Shown("FOLDER", DIALPLANS),
    region=Shown("COUNTRY", DIALPLANS),
    local=Shown(panel=EMBEDDED, names="--local/--no-local"),
    local_listen=Shown("HOST:PORT", EMBEDDED),
    log_level=Shown("LEVEL", RECORDS),
    log_transcripts=Shown(panel=RECORDS, names="--log-transcripts/--no-log-transcripts"),
    journal=Shown("FILE", RECORDS),
)
def serve(*, settings_file: SettingsFile = None, **given: Any) -> None:
    """Answer calls until Ctrl-C or SIGTERM.

    Running calls may then finish; a second signal hangs them up. Closing the terminal lets them finish, too;
    without a terminal SIGHUP reads the dialplans again.
    """
    settings = config.load(settings_file, **given)
    log.configure(settings.log_level, masks=settings.log_numbers == "masked")
    gc.disable()  # nothing of what is imported is garbage: to look for it takes a tenth of the time
    try:
        from gateway.node import memory, settings_check
        from gateway.node.serve import serve as run_gateway
    finally:
        gc.enable()

    settings_check.report(settings, settings_file)

    # What is imported stays. Frozen, its 80 000 objects are no longer walked by every full collection: 45 ms
    # and more in which no call is served.
    gc.collect()
    gc.freeze()
    memory.set_large_apart()
    # A thread that computes hands the interpreter over ten times sooner than usual: calls wait for it.
    sys.setswitchinterval(0.0005)
    event_loop.run(run_gateway(settings, settings_file))
