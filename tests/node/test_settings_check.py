"""What one key alone does not show: ports that clash, files that cannot be had, secrets that are not set."""

from __future__ import annotations

from pathlib import Path

import pytest
from structlog.testing import capture_logs

from gateway.node.settings import load
from gateway.node.settings_check import problems, report
from gateway.node.settings_file import BadSettings
from tests.equipment.somebody import folder_for_all, somebody


def told(folder: Path, text: str) -> list[str]:
    """Write gateway.yaml, and return what is said of it."""
    file = folder / "gateway.yaml"
    file.write_text(text)
    return [str(problem).removeprefix(f"{folder}/") for problem in problems(load(file), file, {})]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("sip: 127.0.0.1:12000\n", "settings: warning: rtp: '10000-20000': the SIP port 12000 lies in it"),
        (
            "max_calls: 9\nrtp: 10000-10009\n",
            "gateway.yaml:2:1: warning: rtp: '10000-10009': ports for 5 calls",
        ),
        ("sip: 0.0.0.0:8090\n", "settings: local_listen: '127.0.0.1:8090': sip is 0.0.0.0:8090"),
        ("prices: none.yaml\n", "gateway.yaml:1:1: prices: none.yaml: file: there is no such file"),
        ("journal: /nowhere/at/all\n", "gateway.yaml:1:1: journal: '/nowhere/at/all': there is no folder"),
        ("journal: /\n", "gateway.yaml:1:1: journal: '/': this is a folder"),
        ("records: {database: /}\n", "gateway.yaml:1:11: records.database: '/': this is a folder"),
        (
            "records: {database: /dev/null/a.db}\n",
            "gateway.yaml:1:11: records.database: '/dev/null/a.db': /dev/null is",
        ),
        (
            "recording: {folder: /dev/null}\n",
            "gateway.yaml:1:13: recording.folder: '/dev/null': /dev/null is a file",
        ),
        ("sip_messages: /dev/null/x\n", "gateway.yaml:1:1: sip_messages: '/dev/null/x': /dev/null is a file"),
        (
            "records: {database: off, transcript: true}\n",
            "gateway.yaml:1:26: warning: records.transcript: has no effect",
        ),
        (
            "records: {database: off, redact: true}\n",
            "gateway.yaml:1:26: warning: records.redact: has no effect",
        ),
        (
            "providers:\n  lab:\n    url: wss://x\n    api_key: ${NOT_SET}\n",
            "gateway.yaml:4:5: warning: providers.lab.api_key: '${NOT_SET}': the environment",
        ),
        (
            "providers:\n  lab:\n    url: wss://x\n    headers: {X-A: '${file:none}'}\n",
            "gateway.yaml:4:15: warning: providers.lab.headers.X-A: '${file:none}': the file",
        ),
        (
            "providers:\n  lab:\n    url: wss://x\n    tls: {ca: none.pem}\n",
            "gateway.yaml:4:11: warning: providers.lab.tls.ca: ",
        ),
        (
            "webhook: {url: https://x, secret: '${HOOK}'}\n",
            "gateway.yaml:1:27: warning: webhook.secret: '${HOOK}': the environment variable HOOK is not set",
        ),
        (
            "webhook: {url: https://x, secret: '${file:gateway.yaml}'}\n",
            "gateway.yaml:1:27: webhook.secret: '${file:gateway.yaml}': write whsec_ and 24 to 64",
        ),
    ],
)
def test_what_is_wrong_is_said_in_one_line(tmp_path: Path, text: str, said: str) -> None:
    """With its place, if it stands in the file."""
    (line,) = told(tmp_path, text)
    assert line.startswith(said)


def test_a_webhook_needs_records(tmp_path: Path) -> None:
    """What was not taken yet waits in their database."""
    text = "records: {database: off}\nwebhook: {url: https://x, secret: '${HOOK}'}\n"
    assert told(tmp_path, text)[0].startswith("gateway.yaml:2:1: webhook: needs records.database")


def test_there_is_nothing_to_say_of_the_defaults(tmp_path: Path) -> None:
    """An empty file is a good one."""
    assert told(tmp_path, "") == []


def test_a_journal_that_may_not_be_written() -> None:
    """Found before the first call."""
    with folder_for_all() as folder:
        locked = folder / "journal"
        locked.touch()
        file = folder / "gateway.yaml"
        file.write_text(f"journal: {locked}\n")
        for one in (locked, file):
            one.chmod(0o444)  # whatever the umask is
        with somebody():
            found = {problem.key: str(problem) for problem in problems(load(file), file, {})}
    assert "cannot be written" in found["journal"]


@pytest.mark.parametrize("mode", [0o555, 0o000])
def test_records_that_may_not_be_written(mode: int) -> None:
    """Calls go on without, so it is a warning; what is not there yet is made."""
    with folder_for_all() as folder:
        (locked := folder / "locked").mkdir()
        file = folder / "gateway.yaml"
        file.write_text(f"records: {{database: {locked}/new/calls.db}}\nrecording: {{folder: {locked}}}\n")
        locked.chmod(mode)
        file.chmod(0o444)
        with somebody():
            found = problems(load(file), file, {})
        locked.chmod(0o755)
    assert [(one.key, one.warning) for one in found] == [
        ("records.database", True),
        ("recording.folder", True),
    ]
    assert all(f"{locked} cannot be written by this user" in str(one) for one in found)


def test_a_start_is_refused_or_warned(tmp_path: Path) -> None:
    """A mistake ends it with its line; what is worth a look is logged."""
    file = tmp_path / "gateway.yaml"
    file.write_text("journal: /nowhere/at/all\n")
    with pytest.raises(BadSettings, match="there is no folder"):
        report(load(file), file)
    file.write_text("sip: 127.0.0.1:12000\n")
    with capture_logs() as logs:
        report(load(file), file)
    assert [(line["event"], line["key"]) for line in logs] == [("settings.warning", "rtp")]


def test_a_misspelt_variable_is_told_of(tmp_path: Path) -> None:
    """Those of other programs are not, though they begin alike."""
    file = tmp_path / "gateway.yaml"
    file.touch()
    environment = dict.fromkeys(
        (
            "GATEWAY_MAX_CALL",
            "GATEWAY_DIALPLAN",
            "GATEWAY_LIMIT__SOURCES__UNACKED",
            "GATEWAY_SIP",
            "GATEWAY_LIMITS__SOURCES__UNACKED",
            "GATEWAY_TEST_PATIENCE",
            "GATEWAY_LOCAL_API_KEY",
            "GATEWAY_LOCAL_SESSION_SECONDS",
            "GATEWAY_PHONE_LOG_LEVEL",
            "GATEWAY_YAML",
            "MAX_CALLS",
        ),
        "1",
    )
    assert [str(one) for one in problems(load(file), file, environment)] == [
        "environment: warning: GATEWAY_DIALPLAN: unknown; did you mean 'GATEWAY_DIALPLANS'?",
        "environment: warning: GATEWAY_LIMIT__SOURCES__UNACKED: unknown; did you mean 'GATEWAY_LIMITS'?",
        "environment: warning: GATEWAY_MAX_CALL: unknown; did you mean 'GATEWAY_MAX_CALLS'?",
    ]
