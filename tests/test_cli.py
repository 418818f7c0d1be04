"""The command line: what a person types, what is said back, and the code it ends with."""

from __future__ import annotations

import json
import logging
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import structlog
import typer
import yaml
from websockets.sync.client import connect

from gateway import cli
from gateway.local.server.settings import READY
from gateway.node.settings import Settings
from gateway.options import variable
from tests.equipment import patience, ports
from tests.equipment.process import ROOT, Process, python

PLAN = {"numbers": ["100"], "agent": {"voice": "heart"}}


@pytest.fixture(autouse=True)
def _elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Neither a gateway.yaml nor the environment of who runs the tests counts; logging is as before."""
    monkeypatch.chdir(tmp_path)
    for name in ("GATEWAY_DIALPLANS", "GATEWAY_SIP", "GATEWAY_LOG_LEVEL"):
        monkeypatch.delenv(name, raising=False)
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield
    root.handlers[:] = handlers
    root.setLevel(level)
    structlog.reset_defaults()


@pytest.fixture
def dialplans(tmp_path: Path) -> Path:
    """A folder with one plan."""
    folder = tmp_path / "dialplans"
    folder.mkdir()
    (folder / "agent.yaml").write_text(yaml.safe_dump(PLAN))
    return folder


class Told:
    """What a command said, and its exit code."""

    def __init__(self, code: object, out: str, err: str) -> None:
        self.code = code
        self.out = out
        self.err = err


Run = Callable[..., Told]


@pytest.fixture
def gateway(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """Run a command in this process."""

    def run(*arguments: str) -> Told:
        monkeypatch.setattr(sys, "argv", ["gateway", *arguments])
        with pytest.raises(SystemExit) as ended:
            cli.main()
        said = capsys.readouterr()
        return Told(ended.value.code, said.out, said.err)

    return run


def test_the_settings_are_a_table(gateway: Run) -> None:
    """For people who write gateway.yaml."""
    told = gateway("schema", "--settings")
    assert told.code == 0
    for name in Settings.model_fields:
        assert f"\n| `{name}` | " in told.out


# --- dialplans -------------------------------------------------------------------------------------------


def test_good_plans_are_counted(gateway: Run, dialplans: Path) -> None:
    """The working directory's folder is looked at unless another is named."""
    for told in (gateway("check"), gateway("check", str(dialplans))):
        assert told.code == 0
        assert "1 plan, 1 number" in told.out
        assert "0 errors" in told.out


@pytest.mark.parametrize("command", [("check",), ("route", "100")])
def test_the_folder_is_named_in_the_same_ways(
    gateway: Run, dialplans: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, command: tuple[str, ...]
) -> None:
    """As an argument, an option, in the environment, or in the settings' file, as `serve` has it."""
    place = str(dialplans.rename(tmp_path / "elsewhere"))
    assert gateway(*command).code == 1
    for named in ((place,), ("--dialplans", place), (place, "--dialplans", place)):
        assert gateway(*command, *named).code == 0
    monkeypatch.setenv("GATEWAY_DIALPLANS", place)
    assert gateway(*command).code == 0
    assert gateway(*command, "nowhere").code == 1
    monkeypatch.delenv("GATEWAY_DIALPLANS")
    settings = tmp_path / "mine.yaml"
    settings.write_text(f"dialplans: {place}\n")
    assert gateway(*command, "--config", str(settings)).code == 0
    told = gateway(*command, place, "--dialplans", "nowhere")
    assert told.code == 1
    assert told.err.startswith("gateway: command line: --dialplans: 'nowhere': ")


def test_national_numbers_are_read_as_serve_reads_them(gateway: Run, dialplans: Path) -> None:
    """The region can be chosen where a plan is tried out."""
    (dialplans / "agent.yaml").write_text('numbers: ["+442071230001"]\nagent: {}\n')
    assert gateway("route", "02071230001").code == 1
    assert gateway("route", "02071230001", "--region", "GB").code == 0


def test_a_typo_is_shown_with_its_place(gateway: Run, dialplans: Path) -> None:
    """File, line, key and what was probably meant; the code says that something is wrong."""
    (dialplans / "agent.yaml").write_text("numbers: [100]\nagent:\n  voise: heart\n")
    told = gateway("check")
    assert told.code == 1
    assert "agent.yaml:3:" in told.out
    assert "voise" in told.out
    assert "voice" in told.out
    assert told.err == ""


@pytest.mark.parametrize(("key", "value"), [("provider", "opnai"), ("tools", ["hangup"])])
def test_names_of_providers_and_tools_are_checked(
    gateway: Run, dialplans: Path, key: str, value: object
) -> None:
    """The commands know what the gateway knows."""
    (dialplans / "agent.yaml").write_text(yaml.safe_dump({"numbers": ["100"], "agent": {key: value}}))
    assert gateway("check").code == 1


def test_the_settings_own_providers_may_be_named(gateway: Run, dialplans: Path, tmp_path: Path) -> None:
    """They stand in gateway.yaml."""
    (dialplans / "agent.yaml").write_text(yaml.safe_dump({"numbers": ["1"], "agent": {"provider": "mine"}}))
    assert gateway("check").code == 1
    (tmp_path / "gateway.yaml").write_text("providers:\n  mine:\n    url: wss://mine.example/v1\n")
    assert gateway("check").code == 0


def test_a_folder_that_is_not_there(gateway: Run) -> None:
    """It is named."""
    told = gateway("check", "nowhere")
    assert told.code == 1
    assert "nowhere" in told.out + told.err


@pytest.mark.usefixtures("dialplans")
def test_a_route_is_explained(gateway: Run) -> None:
    """The plan, by which rule, and all of it."""
    told = gateway("route", "100", "--from", "+15551230001", "--at", "18:00")
    assert told.code == 0
    assert "agent" in told.out
    assert "exact 100 matches 100" in told.out


@pytest.mark.usefixtures("dialplans")
def test_a_number_that_leads_nowhere(gateway: Run) -> None:
    """The code says so to scripts."""
    assert gateway("route", "999").code == 1


@pytest.mark.usefixtures("dialplans")
@pytest.mark.parametrize(
    ("arguments", "cure"), [(["--at", "tea time"], "18:00"), (["--header", "X-Campaign"], "NAME=VALUE")]
)
def test_what_cannot_be_understood_is_told_in_one_line(gateway: Run, arguments: list[str], cure: str) -> None:
    """With the option, and what to write instead."""
    told = gateway("route", "100", *arguments)
    assert told.code == 1
    assert told.err.startswith(f"gateway: command line: {arguments[0]}")
    assert cure in told.err
    assert told.err.count("\n") == 1


def test_the_schema_is_json(gateway: Run) -> None:
    """An editor can read it; people get a table."""
    assert "agent" in json.loads(gateway("schema").out)["properties"]
    assert "agent" in gateway("schema", "--markdown").out


# --- settings --------------------------------------------------------------------------------------------


@pytest.mark.usefixtures("dialplans")
@pytest.mark.parametrize(
    ("arguments", "places"),
    [
        (["--sip", "localhost"], ["command line", "sip", "HOST:PORT"]),
        (["--rtp", "1-2"], ["command line", "rtp", "LOW-HIGH"]),
        (["--max-calls", "0"], ["command line", "max_calls"]),
        (["--log-level", "loud"], ["command line", "log_level"]),
        (["--config", "nowhere.yaml"], ["nowhere.yaml", "no such file"]),
        (["--dialplans", "nowhere"], ["nowhere"]),
    ],
)
def test_a_gateway_with_a_bad_setting_does_not_begin(
    gateway: Run, arguments: list[str], places: list[str]
) -> None:
    """One line with the place, the key and the cure; code 1."""
    told = gateway("serve", *arguments)
    assert told.code == 1
    assert all(place in told.err for place in places)
    assert told.err.count("\n") == 1


def test_the_environment_is_a_place_too(
    gateway: Run, dialplans: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A bad variable is named as it is written there; a good one is used."""
    monkeypatch.setenv("GATEWAY_SIP", "nowhere")
    assert "GATEWAY_SIP" in gateway("serve").err
    monkeypatch.delenv("GATEWAY_SIP")
    monkeypatch.setenv("GATEWAY_DIALPLANS", str(dialplans / ".." / "other"))
    assert gateway("check").code == 1


# --- programs --------------------------------------------------------------------------------------------


COMMANDS = ("serve", "local", "phone", "loadtest", "check", "route", "schema")


def test_help_names_every_command(gateway: Run) -> None:
    """Each in its group, with how to begin; an unknown one is not guessed at."""
    told = gateway("--help").out
    assert all(name in told for name in (*COMMANDS, "Calls", "Dialplans", "First steps"))
    assert gateway("srve").code == 2


@pytest.mark.parametrize("command", COMMANDS)
def test_every_option_is_explained(command: str) -> None:
    """In words of its own; what it takes is named in the user's terms, not in Python's."""
    group = typer.main.get_command(cli.app)
    for option in group.commands[command].params:  # type: ignore[attr-defined]
        if getattr(option, "hidden", False):
            continue
        assert (option.help or "")[:1].isupper(), option.name
        switch = getattr(option, "is_flag", False)
        assert switch or option.param_type_name == "argument" or option.metavar, option.name


def test_every_setting_is_in_the_help_of_serve(gateway: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """As an option or below them; providers alone are too much for a line."""
    monkeypatch.setenv("COLUMNS", "200")
    told = gateway("serve", "--help").out
    assert [name for name in Settings.model_fields if variable(name) not in told] == ["providers"]


def test_help_is_the_same_by_module() -> None:
    """Only the name by which it is called differs."""
    ran = subprocess.run(
        python("-m", "gateway", "--help"), cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert "Usage: python -m gateway [OPTIONS] COMMAND" in ran.stdout
    assert "Let people phone an AI agent" in ran.stdout


def test_the_embedded_server_runs_for_somebody() -> None:
    """On the socket that it was given it answers, says so, and ends with its caller's pipe."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        port = listening.getsockname()[1]
        options = ("--listen", f"127.0.0.1:{port}", "--engine", "tone")
        given = ("--companion", str(listening.fileno()))
        with subprocess.Popen(
            python("-m", "gateway", "local", *options, *given),
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            pass_fds=(listening.fileno(),),
            text=True,
        ) as program:
            assert program.stderr
            assert program.stdout
            assert program.stdin
            assert program.stdout.readline() == READY.decode()
            ready = json.loads(program.stderr.readline())
            assert (ready["event"], ready["engine"]) == ("embedded.ready", "tone")
            assert ready["url"] == f"ws://127.0.0.1:{port}/v1/realtime"
            with connect(ready["url"]) as client:
                assert json.loads(client.recv())["type"] == "session.created"
            program.stdin.close()
            assert program.wait(patience.seconds(10)) == 0


def test_the_life_of_an_embedded_session(gateway: Run) -> None:
    """Chosen by option or environment, told to clients; none is no life."""
    port = ports.free_port()
    command = python("-m", "gateway", "local", "--listen", f"127.0.0.1:{port}", "--engine", "tone")
    with Process(command, env={"GATEWAY_LOCAL_SESSION_SECONDS": "90"}) as program:
        program.wait_for(lambda line: line.get("event") == "embedded.ready")
        with connect(f"ws://127.0.0.1:{port}/v1/realtime", open_timeout=patience.seconds(10)) as client:
            created = json.loads(client.recv())
        assert 88 <= created["session"]["expires_at"] - time.time() <= 90
    told = gateway("local", "--session-seconds", "0")
    assert (told.code, "--session-seconds" in told.err) == (2, True)


def test_an_address_in_use_is_one_line(gateway: Run) -> None:
    """Which address, and the option that chooses another."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        listen = f"127.0.0.1:{taken.getsockname()[1]}"
        told = gateway("local", "--listen", listen, "--engine", "tone")
    assert told.code == 1
    assert listen in told.err
    assert "--listen" in told.err
    assert told.err.count("\n") == 1


def test_an_address_that_is_none(gateway: Run) -> None:
    """The option is named, with an example."""
    told = gateway("local", "--listen", "8090")
    assert (told.code, "HOST:PORT" in told.err) == (2, True)


@pytest.mark.parametrize("engine", ["agnet", "script"])
def test_an_engine_that_cannot_be_had(gateway: Run, engine: str) -> None:
    """One that is misspelt, or that lacks its script, is said before anybody connects."""
    told = gateway("local", "--listen", f"127.0.0.1:{ports.free_port()}", "--engine", engine)
    assert told.code == 1
    assert told.err.startswith("gateway: --engine")


def test_a_phone_that_cannot_reach_anybody(gateway: Run) -> None:
    """An address that is none is said in one line."""
    told = gateway("phone", "--to", "sip:100@999.999.1.1")
    assert told.code == 1
    assert told.err.startswith("gateway: ")
    assert "999.999.1.1" in told.err
    assert told.err.count("\n") == 1


@pytest.mark.parametrize("mistake", [("--after", "1000"), ("--record", "nowhere/call.wav")])
def test_a_phones_script_is_checked_before_it_rings(gateway: Run, mistake: tuple[str, str]) -> None:
    """Nobody is called for a mistake."""
    told = gateway("phone", "--to", "sip:100@127.0.0.1", *mistake, "--digits", "1")
    assert told.code == 1
    assert mistake[1] in told.err


def test_ctrl_c_ends_the_embedded_server() -> None:
    """Like SIGTERM, with code 0."""
    listen = f"127.0.0.1:{ports.free_port()}"
    with Process(python("-m", "gateway", "local", "--listen", listen, "--engine", "tone")) as program:
        program.wait_for(lambda line: line.get("event") == "embedded.ready")
        assert program.stop(how=signal.SIGINT) == 0
