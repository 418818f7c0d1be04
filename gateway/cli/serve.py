"""`gateway serve`: answer calls."""

# ruff: noqa: PLC0415 - a command imports what it needs when it runs
from __future__ import annotations

import gc
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from gateway import log
from gateway.cli import event_loop
from gateway.cli.options import SettingsFile, Shown, listed, takes
from gateway.node import settings as config
from gateway.signals import end_with_stdin

if TYPE_CHECKING:
    from gateway.calls.shared_state import SharedState

LINE, DIALPLANS, EMBEDDED, RECORDS = "The line", "Dialplans", "The embedded agent", "Logs and records"
"""The options in groups."""
WITHOUT_OPTION = (
    "learn_source",
    "log_numbers",
    "edge",
    "cluster",
    "caller_audio_ms",
    "caller_silence_ms",
    "media",
    "codecs",
    "trunks",
    "tls",
    "guests",
    "encryption",
    "limits",
    "edges",
    "control",
    "pretend_time",
    "pretend_targets",
    "rehearses",
    "api",
    "browser",
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
    workers=Shown("N|auto", LINE),
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
def serve(
    *,
    settings_file: SettingsFile = None,
    worker: Annotated[int | None, typer.Option(metavar="NUMBER", hidden=True)] = None,
    supervisor: Annotated[Path | None, typer.Option(metavar="FOLDER", hidden=True)] = None,
    tries: Annotated[bool, typer.Option("--try", hidden=True)] = False,
    **given: Any,
) -> None:
    """Answer calls until Ctrl-C or SIGTERM.

    Running calls may then finish; a second signal hangs them up. Closing the terminal lets them finish, too;
    without a terminal SIGHUP reads the dialplans again. With several workers SIGUSR2 replaces them in turn.
    """
    if tries:
        _tried(settings_file, given)
        return
    settings, settings_file = _loaded(settings_file, given)
    component = "gateway" if worker is None else f"worker-{worker}"
    log.configure(settings.log_level, component=component, masks=settings.log_numbers == "masked")
    if worker is not None:
        settings = _as_worker(settings, worker)
    gc.disable()  # nothing of what is imported is garbage: to look for it takes a tenth of the time
    try:
        if worker is None:
            _checked(settings, settings_file)
            if settings.workers_count > 1:
                _supervise(settings, settings_file)
                return
        from gateway.node.serve import serve as run_gateway
    finally:
        gc.enable()

    _for_calls()
    told = None if supervisor is None else _socket_of(supervisor)
    counts = _counts(settings, worker, told)
    event_loop.run(run_gateway(settings, settings_file, counts, worker=worker, supervisor=told))


def _for_calls() -> None:
    """Have the interpreter keep no call waiting."""
    from gateway.node import garbage, memory

    # What is imported stays. Frozen, its 100 000 objects are no longer walked by every full collection: 45 ms
    # and more in which no call is served. Nor now: of a thousand of them that are garbage it is not worth it.
    gc.freeze()
    garbage.leave_old_alone()
    memory.set_large_apart()
    # A thread that computes hands the interpreter over ten times sooner than usual: calls wait for it.
    sys.setswitchinterval(0.0005)


def _loaded(file: Path | None, given: dict[str, Any]) -> tuple[config.Settings, Path | None]:
    """Return the settings, and the file that they stand for: none where we only rehearse. Raises BadInput."""
    settings = config.load(file, **given)
    if settings.rehearses is None:
        return settings, file
    from gateway.node.rehearsal_settings import apart

    return apart(settings, settings.rehearses), None


def _tried(settings_file: Path | None, given: dict[str, Any]) -> None:
    """Raise BadInput for a mistake in settings or plans, with which no process could begin now."""
    from gateway.cli.dialplans import knowledge
    from gateway.dialplan.loader import check
    from gateway.dialplan.problems import BadDialplan
    from gateway.sip.trunk_keys import passed_headers

    known = knowledge(settings_file, None, given)
    settings = known.settings
    log.configure(settings.log_level, component="gateway", masks=settings.log_numbers == "masked")
    _checked(settings, settings_file)
    report = check(
        settings.dialplans,
        region=settings.region,
        providers=known.providers,
        tools=known.tools,
        agents=known.agents,
        trunks=passed_headers(settings.trunks),
    )
    if report.dialplan is None:
        raise BadDialplan(report.problems)


def _checked(settings: config.Settings, settings_file: Path | None) -> None:
    """Say what is worth a look. Raises BadSettings for what cannot be used."""
    from gateway.node import settings_check

    settings_check.report(settings, settings_file)


def _supervise(settings: config.Settings, settings_file: Path | None) -> None:
    """Begin several processes with the options that we were given, and be their supervisor."""
    from gateway.node.workers.serve import supervise

    gc.enable()
    command = (sys.executable, "-m", "gateway", *sys.argv[1:])
    event_loop.run(supervise(settings, settings_file, command))


def _as_worker(settings: config.Settings, number: int) -> config.Settings:
    """Be one of several processes: return its own settings, and end with whoever has started us."""
    from gateway.node.workers.share import share

    end_with_stdin()
    return share(settings, number, settings.workers_count)


def _socket_of(supervisor: Path) -> Path:
    """Return where the supervisor with this folder answers its workers."""
    from gateway.node.workers.counts import COUNTS

    return supervisor / COUNTS


def _counts(settings: config.Settings, worker: int | None, supervisor: Path | None) -> SharedState | None:
    """Return who keeps what all workers share; None where we are the only one, or Redis does."""
    if worker is None or supervisor is None or settings.cluster is not None:
        return None
    from gateway.node.workers.counts import SupervisorCount

    return SupervisorCount(supervisor, str(worker), settings.workers_count)
