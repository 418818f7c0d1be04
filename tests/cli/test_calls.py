"""`gateway calls`."""

from __future__ import annotations

import base64
import stat
import wave
from datetime import UTC, datetime, timedelta
from pathlib import Path

import orjson
import pytest

from gateway.records.call_record import CallRecord
from gateway.records.recording.sound_file import Storage
from gateway.records.store.opening import open_records
from tests.cli.conftest import Run
from tests.records.report.test_ladder import CALL as LADDER
from tests.records.store.made_records import ended, record


@pytest.fixture
def database(tmp_path: Path) -> Path:
    """Three calls, where a gateway of this folder keeps them."""
    file = tmp_path / "var" / "gateway.db"
    now = datetime.now(UTC)
    with open_records(file) as records:
        records.put(
            "run",
            [
                ended("aaaa1111", began=now - timedelta(days=3), plan="day", cost_usd=0.1),
                ended("bbbb2222", began=now - timedelta(hours=1), plan="night", caller="+15550001"),
                record("cccc3333", began=now),
            ],
        )
    return file


@pytest.mark.usefixtures("database")
def test_the_newest_calls_first(gateway: Run) -> None:
    """Without an option: those of the gateway that runs in this folder."""
    lines = gateway("calls").out.splitlines()
    assert [line.split()[0] for line in lines] == ["call", "cccc3333", "bbbb2222", "aaaa1111"]


@pytest.mark.usefixtures("database")
@pytest.mark.parametrize(
    ("asked", "found"),
    [
        (["--number", "0001"], ["bbbb2222"]),
        (["--plan", "day"], ["aaaa1111"]),
        (["--result", "completed", "--most", "1"], ["bbbb2222"]),
        (["--since", "1d"], ["cccc3333", "bbbb2222"]),
        (["--until", "1d"], ["aaaa1111"]),
        (["--since", "2020-01-01 08:00", "--plan", "night"], ["bbbb2222"]),
        (["--since", "999999999d", "--plan", "night"], ["bbbb2222"]),
        (["--since", "0001-01-01", "--plan", "night"], ["bbbb2222"]),
        (["--until", "9999-12-31 23:59:59", "--plan", "night"], ["bbbb2222"]),
        (["--since", "2d", "--until", "3d"], []),
        (["--number", "+1 (555) 00-01"], ["bbbb2222"]),
        (["--number", "%"], []),
        (["--number", "x" * 5000], []),
        (["--plan", "night\udcff"], []),
        (["--plan", "day' OR '1' = '1"], []),
    ],
)
def test_some_of_them(gateway: Run, asked: list[str], found: list[str]) -> None:
    """By number, plan, outcome and time."""
    lines = gateway("calls", "--json", *asked).out.splitlines()
    assert [orjson.loads(line)["call"] for line in lines] == found


@pytest.mark.usefixtures("database")
def test_none_of_them(gateway: Run) -> None:
    """It is said; a program gets nothing."""
    assert gateway("calls", "--plan", "noon").out == "no calls\n"
    assert gateway("calls", "--plan", "noon", "--json").out == ""
    assert gateway("calls", "--plan", "noon", "--csv").out.count("\n") == 1


@pytest.mark.usefixtures("database")
def test_one_call(gateway: Run) -> None:
    """By the beginning of its id; as a conversation, or with all that is kept."""
    assert "caller hung up" in gateway("calls", "show", "bbbb").out
    assert orjson.loads(gateway("calls", "show", "bbbb", "--json").out)["caller"] == "+15550001"
    newest = orjson.loads(gateway("calls", "--json").out.splitlines()[0])["call"]
    assert orjson.loads(gateway("calls", "show", "--json").out)["call"] == newest


@pytest.mark.usefixtures("database")
def test_costs(gateway: Run) -> None:
    """By whatever is asked."""
    told = gateway("calls", "cost", "--by", "plan").out
    assert told.splitlines()[1].split() == ["day", "1", "0:00", "0.1000"]


def test_forgetting_a_number(gateway: Run, database: Path) -> None:
    """Nothing is left of it, also while a gateway runs that has the file open."""
    with open_records(database) as running:
        running.put("run", [ended("dddd4444", caller="+15550001")])
        assert gateway("calls", "forget", "+15550001").out == "2 calls forgotten\n"
        for file in database.parent.iterdir():
            assert b"15550001" not in file.read_bytes(), file.name


@pytest.mark.parametrize(
    ("caller", "typed"),
    [
        ("+49 (30) 1234", "+49 (30) 1234"),
        ("+49301234", "+49 (30) 1234"),
        ("", "withheld"),
        ("größe", "größe"),
    ],
)
def test_a_number_is_found_and_forgotten_as_the_list_shows_it(
    gateway: Run, database: Path, caller: str, typed: str
) -> None:
    """However the caller's telephone wrote it, or if it wrote none."""
    with open_records(database) as records:
        records.put("run", [ended("eeee5555", caller=caller)])
    assert "eeee5555" in gateway("calls", "--number", typed).out
    assert gateway("calls", "forget", typed).out == "1 call forgotten\n"
    assert gateway("calls", "--number", typed).out == "no calls\n"


def test_a_call_that_goes_on_is_not_forgotten(gateway: Run, database: Path) -> None:
    """It is said, as its record will be there."""
    with open_records(database) as records:
        records.put("run", [record("eeee5555", caller="+49301234")])
    told = gateway("calls", "forget", "+49301234").out
    assert told == "0 calls forgotten; 1 call not over yet: forget the number again then\n"
    assert "eeee5555" in gateway("calls", "--number", "+49301234").out


def test_forgetting_reaches_the_messages(gateway: Run, tmp_path: Path, database: Path) -> None:
    """Those of the number's calls, by their Call-ID, and those that name it."""
    (tmp_path / "gateway.yaml").write_text("sip_messages: sip\n")
    with open_records(database) as records:
        began = datetime(2026, 11, 27, 12, tzinfo=UTC)
        records.put(
            "run", [CallRecord("c1", began, "+15550001", "100", sip_call_id="a@b", result="completed")]
        )
    (tmp_path / "sip").mkdir()
    other = orjson.dumps({"call_id": "z", "message": "INVITE sip:100@host"}) + b"\n"
    lines = b"".join(orjson.dumps(one) + b"\n" for one in LADDER)
    (file := tmp_path / "sip" / "sip-2026-11-27.jsonl").write_bytes(lines + other)
    assert gateway("calls", "forget", "+15550001").out == "2 calls forgotten, 4 SIP messages erased\n"
    assert file.read_bytes().split() == other.split()


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["calls"], "var/gateway.db"),
        (["calls", "--database", "elsewhere.db"], "elsewhere.db"),
        (["calls", "show", "dddd"], "there is no such call"),
        (["calls", "--since", "yesterday"], "how long ago"),
        (["calls", "cost", "--by", "mood"], "plan, day, month"),
        (["calls", "--result", "compleated"], "did you mean 'completed'?"),
        (["calls", "--json", "--csv"], "one of the two"),
        (["calls", "forget", " "], "as `gateway calls` lists it"),
        (["calls", "--result", "good"], "cancelled, completed, failed, lost, rejected"),
        (["calls", "--since", "2026-02-30"], "how long ago"),
        (["calls", "--database", "/dev/null"], "/dev/null': there are no records in it"),
        (["calls", "show", "aaaa", "--database", "/"], "this is a folder"),
        (["calls", "plot", "aaaa", "/"], "write the name of a file, such as call.png"),
        (["calls", "plot", "aaaa", "picture"], "write the name of a file, such as call.png"),
        (["calls", "plot", "aaaa", "/nowhere/a.png"], "No such file or directory"),
    ],
)
def test_mistakes(gateway: Run, words: list[str], told: str, request: pytest.FixtureRequest) -> None:
    """One line with the cure, and exit code 1."""
    if told != "var/gateway.db":
        request.getfixturevalue("database")
    said = gateway(*words)
    assert said.code == 1
    assert told in said.err
    assert said.err.count("\n") == 1


def test_no_records_are_kept(gateway: Run, tmp_path: Path) -> None:
    """It is said, with the cure."""
    (tmp_path / "gateway.yaml").write_text("records: {database: off}\n")
    assert "no records are kept" in gateway("calls").err


@pytest.mark.usefixtures("database")
def test_one_call_as_a_picture(gateway: Run, tmp_path: Path) -> None:
    """Whatever is kept of it."""
    gateway("calls", "plot", "bbbb", "call.png")
    assert (tmp_path / "call.png").read_bytes().startswith(b"\x89PNG")


def test_the_ladder_of_a_call(gateway: Run, tmp_path: Path) -> None:
    """Where messages are kept; else it says how they are."""
    told = gateway("calls", "ladder", "c1")
    assert (told.code, "sip_messages" in told.err) == (1, True)
    with open_records(tmp_path / "gateway.db") as records:
        began = datetime(2026, 11, 27, 12, tzinfo=UTC)
        records.put("run", [CallRecord("c1", began, "1", "100", sip_call_id="a@b", result="completed")])
    (tmp_path / "gateway.yaml").write_text("sip_messages: sip\nrecords: {database: gateway.db}\n")
    assert "no message of it is kept" in gateway("calls", "ladder", "c1").err
    (tmp_path / "sip").mkdir()
    lines = b"".join(orjson.dumps(one) + b"\n" for one in LADDER)
    (tmp_path / "sip" / "sip-2026-11-27.jsonl").write_bytes(lines)
    assert "200 OK (INVITE) SDP" in gateway("calls", "ladder", "c1").out
    assert "CSeq: 1 ACK" in gateway("calls", "ladder", "c1", "--whole").out
    assert len(gateway("calls", "ladder", "c1", "--json").out.splitlines()) == 4


def test_a_recording_is_copied_in_clear(
    gateway: Run, database: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Decrypted with the keys of the settings; without them it says what is missing."""
    monkeypatch.setenv("RECORDING_KEY", base64.b64encode(bytes(32)).decode())
    Path("gateway.yaml").write_text("recording: {keys: ['${RECORDING_KEY}']}\n", encoding="utf-8")
    storage = Storage(Path("var/recordings"), "wav", lambda: bytes(32))
    file = storage.open("day/a.wav.sealed", 8000)
    file.write(0, b"\1\0\2\0" * 800)
    now = datetime.now(UTC)
    with open_records(database) as records:
        records.put("run", [ended("dddd4444", began=now, recording={"file": "day/a.wav.sealed"})])
    ran = gateway("calls", "audio", "dddd")
    assert (ran.code, ran.out.strip()) == (0, "dddd4444.wav")
    assert "its end is missing" in ran.err
    with wave.open("dddd4444.wav", "rb") as copied:
        assert copied.readframes(800) == b"\1\0\2\0" * 800
    assert stat.S_IMODE(Path("dddd4444.wav").stat().st_mode) == 0o600
    monkeypatch.delenv("RECORDING_KEY")
    assert "recording.keys" in gateway("calls", "audio", "dddd", "other.wav").err
    assert not Path("other.wav").exists()
