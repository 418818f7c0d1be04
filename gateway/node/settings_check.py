"""What can only be seen when all settings are looked at together, and what lies outside of them."""

from __future__ import annotations

import difflib
import importlib.util
import os
from collections.abc import Iterator, Mapping
from pathlib import Path

import structlog

from gateway.dialplan import source
from gateway.dialplan.problems import Mark, Problem
from gateway.dialplan.source import Path_, Source
from gateway.dialplan.values import Secretive
from gateway.errors import BadInput
from gateway.node import edge_check, listener_check, recording_check, trunk_check
from gateway.node.addresses import is_loopback, port_range
from gateway.node.api_tokens import TokenFile
from gateway.node.cluster.settings import redis_installed
from gateway.node.settings import Settings
from gateway.node.settings_file import BadSettings
from gateway.node.settings_keys import SettingsKeys
from gateway.node.trace_settings import tracing_installed
from gateway.node.workers import check as workers_check
from gateway.realtime import tls
from gateway.realtime.custom_provider import CustomProvider
from gateway.realtime.prices import Prices
from gateway.records.webhook import signature

log = structlog.get_logger(__name__)

PORTS_A_CALL = 2
"""RTP and RTCP."""


def problems(
    settings: Settings, file: Path | None = None, environment: Mapping[str, str] = os.environ
) -> list[Problem]:
    """Return what is wrong, with its place in `file` (default: `gateway.yaml`) if it is written there."""
    path = file or Path("gateway.yaml")
    written = source.read(path, may_be_empty=True) if path.exists() else Source(Path("settings"))
    return [
        Problem(_mark(written, key), ".".join(map(str, key)), value, cure, warning)
        for key, value, cure, warning in (
            *listener_check.findings(settings),
            *_calls(settings),
            *_files(settings),
            *_made_places(settings),
            *workers_check.findings(settings),
            *edge_check.findings(settings),
            *_database(settings, environment),
            *_cluster(settings, environment),
            *_api(settings),
            *_webhook(settings, environment),
            *recording_check.findings(settings, environment),
            *_telemetry(settings, environment),
            *_browser(settings, environment),
            *_providers(settings.providers, environment),
            *trunk_check.findings(settings, environment),
        )
    ] + [_misspelt(name, near) for name, near in _unknown(environment)]


async def unknown_hosts(settings: Settings, file: Path | None = None) -> list[Problem]:
    """Return the hosts of trunks that lead nowhere, with their places: name servers are asked."""
    path = file or Path("gateway.yaml")
    written = source.read(path, may_be_empty=True) if path.exists() else Source(Path("settings"))
    found = await trunk_check.unknown_hosts(settings)
    return [
        Problem(_mark(written, key), ".".join(map(str, key)), value, cure, warning)
        for key, value, cure, warning in found
    ]


def _misspelt(name: str, near: str) -> Problem:
    return Problem(Mark(Path("environment")), name, None, f"unknown; did you mean {near!r}?", warning=True)


def _unknown(environment: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """Find variables that are meant to be settings and are none. Others' begin with GATEWAY_ as well."""
    known = {f"GATEWAY_{name}".upper() for name in SettingsKeys.model_fields}
    for name in sorted(environment):
        top = name.partition("__")[0]
        if name.startswith("GATEWAY_") and top not in known:
            near = difflib.get_close_matches(top, known, 1, cutoff=0.88)
            if near:
                yield name, near[0]


def report(settings: Settings, file: Path | None = None) -> None:
    """Log what is worth a look. Raises BadSettings for what cannot be used."""
    found = problems(settings, file)
    if any(problem.forbids for problem in found):
        raise BadSettings(found)
    for one in found:
        log.warning("settings.warning", where=str(one.mark), key=one.key, value=one.value, cure=one.cure)


Finding = tuple[Path_, object, str, bool]
"""Key, value, cure, and whether it is a warning only."""


def _mark(written: Source, key: Path_) -> Mark:
    return written.mark(key) if key[:1] in written.marks else Mark(Path("settings"))


def _calls(settings: Settings) -> Iterator[Finding]:
    low, high = port_range(settings.rtp)
    calls = (high - low + 1) // PORTS_A_CALL
    if calls < settings.max_calls and "max_calls" in settings.model_fields_set:
        cure = f"ports for {calls} calls, two each; max_calls is {settings.max_calls}"
        yield ("rtp",), settings.rtp, cure, True


def _files(settings: Settings) -> Iterator[Finding]:
    if settings.prices is not None:
        try:
            Prices.read(settings.prices)
        except BadInput as error:
            yield ("prices",), None, f"{error.where}: {error.key}: {error.cure}", False
    if (journal := settings.journal) is not None:
        folder = journal.parent
        if journal.is_dir():
            yield ("journal",), str(journal), "this is a folder: name a file", False
        elif not folder.is_dir():
            yield ("journal",), str(journal), f"there is no folder {folder}: make it", False
        elif not os.access(journal if journal.exists() else folder, os.W_OK):
            yield ("journal",), str(journal), "cannot be written by this user", False


def _made_places(settings: Settings) -> Iterator[Finding]:
    records = settings.records
    if isinstance(records.database, Path):
        if _is_there(records.database) and records.database.is_dir():
            yield ("records", "database"), str(records.database), "this is a folder: name a file", False
        yield from _made_folder(("records", "database"), records.database, records.database.parent)
    elif records.database is not None and records.spool is not None:
        yield from _made_folder(("records", "spool"), records.spool, records.spool)
    if records.database is not None:
        folder = settings.recording.folder
        yield from _made_folder(("recording", "folder"), folder, folder)
    if (messages := settings.sip_messages) is not None:
        yield from _made_folder(("sip_messages",), messages, messages)


def _is_there(path: Path) -> bool:
    """Return whether there is such a file or folder, as far as this user may know."""
    try:
        return path.exists()
    except OSError:
        return False


def _made_folder(key: Path_, named: Path, folder: Path) -> Iterator[Finding]:
    """Look at a folder that is made if need be: calls go on without what it is for."""
    there = next(one for one in (folder, *folder.absolute().parents) if _is_there(one))
    if not there.is_dir():
        yield key, str(named), f"{there} is a file, and no folder: name another place", False
    elif not os.access(there, os.W_OK | os.X_OK):
        yield key, str(named), f"{there} cannot be written by this user", True


def _database(settings: Settings, environment: Mapping[str, str]) -> Iterator[Finding]:
    place = settings.records.database
    if place is None:
        for key in ("transcript", "redact"):
            if getattr(settings.records, key):
                yield ("records", key), None, "has no effect: records.database is off, nothing is kept", True
    if not isinstance(place, Secretive):
        return
    for missing in place.missing(environment):
        yield ("records", "database"), place.text, f"{missing}; no record is written until it is", True
    if importlib.util.find_spec("psycopg") is None:
        cure = "needs psycopg: pip install 'sip-voice-gateway[postgres]'"
        yield ("records", "database"), place.text, cure, False


def _cluster(settings: Settings, environment: Mapping[str, str]) -> Iterator[Finding]:
    if (cluster := settings.cluster) is None:
        return
    for missing in cluster.redis.missing(environment):
        yield ("cluster", "redis"), cluster.redis.text, missing, False
    if not redis_installed():
        yield ("cluster",), None, "needs redis: pip install 'sip-voice-gateway[cluster]'", False


def _api(settings: Settings) -> Iterator[Finding]:
    if (api := settings.api) is None:
        return
    if settings.control is None:
        yield ("api",), None, "needs `control`: the API asks the gateway there", False
    try:
        known = TokenFile(api.tokens).read().tokens
    except BadInput as error:
        yield ("api", "tokens"), str(api.tokens), error.cure, False
        return
    if not known and not is_loopback(api.place()[0]):
        cure = "others reach it, and there is no token: make one with `gateway token new NAME` first"
        yield ("api", "listen"), api.listen, cure, False


def _webhook(settings: Settings, environment: Mapping[str, str]) -> Iterator[Finding]:
    if (webhook := settings.webhook) is None:
        return
    if settings.records.database is None:
        yield ("webhook",), None, "needs records.database: what was not taken yet waits there", False
    for key, text in (("url", webhook.url), ("secret", webhook.secret)):
        for missing in text.missing(environment):
            yield ("webhook", key), text.text, f"{missing}; no call is told until it is", True
    if not webhook.secret.missing(environment):
        try:
            signature.key(webhook.secret.reveal(environment))
        except ValueError as error:
            yield ("webhook", "secret"), webhook.secret.text, str(error), False


def _telemetry(settings: Settings, environment: Mapping[str, str]) -> Iterator[Finding]:
    if (hep := settings.hep) is not None and hep.password is not None:
        for missing in hep.password.missing(environment):
            yield ("hep", "password"), hep.password.text, missing, False
    if (traces := settings.traces) is None:
        return
    for key, text in (("otlp", traces.otlp), *((f"headers.{k}", v) for k, v in traces.headers.items())):
        for missing in text.missing(environment):
            yield ("traces", *key.split(".", 1)), text.text, missing, False
    if not tracing_installed():
        cure = "needs OpenTelemetry: pip install 'sip-voice-gateway[traces]'"
        yield ("traces",), None, cure, False


def _browser(settings: Settings, environment: Mapping[str, str]) -> Iterator[Finding]:
    for number, credential, missing in settings.browser.missing(environment):
        yield ("browser", "ice", number, "credential"), credential.text, missing, False


def _providers(providers: Mapping[str, CustomProvider], environment: Mapping[str, str]) -> Iterator[Finding]:
    """Look at what the file itself names. That a plan's calls lack it is an error at the plan."""
    for name, own in providers.items():
        texts: list[tuple[Path_, Secretive]] = [
            ((key,), text) for key, text in (("url", own.url), ("api_key", own.api_key)) if text is not None
        ]
        texts += [(("headers", header), value) for header, value in own.headers.items()]
        for key, text in texts:
            for missing in text.missing(environment):
                cure = f"{missing}; plans with this provider need it"
                yield ("providers", name, *key), text.text, cure, True
        if own.tls is not None:
            try:
                tls.context(own.tls.files())
            except BadInput as error:
                yield ("providers", name, *error.key.split(".")), None, error.cure, True
