"""SIP messages, kept a file a day: without secrets, without waiting for a disk, as long as they may be."""

from __future__ import annotations

import os
import stat
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import orjson
import pytest

from gateway.sip.message_log import SipMessageLog, file_of, line
from gateway.sip.message_tap import Taken, cleaned
from tests.equipment.programs import Gateway
from tests.equipment.wire_phone import Phone
from tests.equipment.wire_rtp import Pump

NOON = datetime(2026, 11, 27, 12, tzinfo=UTC)
BYE = b"BYE sip:100@host SIP/2.0\r\nCall-ID: a@b\r\nAuthorization: Digest secret\r\n\r\n\xff"


def taken(at: datetime = NOON) -> Taken:
    """Return one that came at this time."""
    return at.timestamp(), True, "UDP", "192.0.2.1:5060", "127.0.0.1:5060", BYE


def test_a_message_as_a_line() -> None:
    """With all that is known of it, whatever bytes it has."""
    told = orjson.loads(line(cleaned(*taken())))
    assert told == {
        "at": "2026-11-27T12:00:00.000+00:00",
        "call_id": "a@b",
        "in": True,
        "transport": "UDP",
        "peer": "192.0.2.1:5060",
        "message": BYE.replace(b"Digest secret", b"...").decode("utf-8", "replace"),
    }


def test_a_file_a_day(tmp_path: Path) -> None:
    """Only its owner may read it; old ones go."""
    folder = tmp_path / "sip"
    folder.mkdir()
    for days in (1, 5, 9):
        file_of(folder, (NOON - timedelta(days=days)).date()).write_text("{}\n", encoding="utf-8")
    kept = SipMessageLog(folder, timedelta(days=5))
    kept.take([taken()], 3)
    kept.take([taken(NOON + timedelta(days=1))], 0)
    kept.close()
    names = sorted(file.name for file in folder.iterdir())
    assert names == ["sip-2026-11-26.jsonl", "sip-2026-11-27.jsonl", "sip-2026-11-28.jsonl"]
    assert stat.S_IMODE((folder / names[1]).stat().st_mode) == 0o600
    told = [orjson.loads(text) for text in (folder / names[1]).read_bytes().splitlines()]
    assert (told[0], told[1]["call_id"], len(told)) == ({"lost": 3}, "a@b", 2)
    assert b"secret" not in (folder / names[1]).read_bytes()


def test_a_folder_that_cannot_be_had(tmp_path: Path) -> None:
    """Costs lines, and nothing else."""
    (tmp_path / "file").write_text("", encoding="utf-8")
    kept = SipMessageLog(tmp_path / "file" / "sip", None)
    kept.take([taken()], 0)
    kept.close()


def test_a_disk_that_hangs(tmp_path: Path) -> None:
    """Whoever hands messages over does not wait for it; they are written when it comes round."""
    pipe = file_of(tmp_path, NOON.date())
    os.mkfifo(pipe)  # nobody can open it for writing until somebody reads
    kept = SipMessageLog(tmp_path, None)
    began = time.monotonic()
    kept.take([taken()], 0)
    kept.take([taken()], 0)
    assert time.monotonic() - began < 1, "it waited"
    with pipe.open("rb") as reader:
        kept.close()
        assert len(reader.read().splitlines()) == 2


def test_more_than_may_wait(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Is lost, and counted among the lines."""
    monkeypatch.setattr("gateway.sip.message_log.MOST_WAITING", 2)
    kept = SipMessageLog(tmp_path, None)
    kept.take([taken()] * 5, 1)
    kept.take([taken()], 0)
    kept.close()
    told = [orjson.loads(text) for text in file_of(tmp_path, NOON.date()).read_bytes().splitlines()]
    written = sum("message" in one for one in told)
    assert written + sum(one.get("lost", 0) for one in told) == 7


@pytest.mark.native
async def test_a_real_call(gateway_process: Callable[..., Gateway], tmp_path: Path) -> None:
    """From INVITE to the ACK of its refusal, in their order, with what was really on the wire."""
    env = {"GATEWAY_SIP_MESSAGES": str(tmp_path / "sip")}
    gateway = gateway_process({"a": {"numbers": ["100"], "reject": {"status": 603}}}, "--no-local", env=env)
    with Pump() as pump:
        async with Phone(gateway.sip, pump) as phone:
            call = phone.call("100")
            await call.progress(603)
            await gateway.said("call.ended", sip_call_id=call.call_id)
    gateway.popen.terminate()
    assert gateway.wait(15) == 0
    (file,) = (tmp_path / "sip").iterdir()
    told = [orjson.loads(text) for text in file.read_bytes().splitlines()]
    own = [one for one in told if one["call_id"] == call.call_id]
    firsts = [(one["in"], one["message"].split("\r\n")[0]) for one in own]
    assert firsts[0][1].startswith("INVITE sip:100@")
    assert (firsts[0][0], (False, "SIP/2.0 603 Decline") in firsts) == (True, True), firsts
    assert own[0]["transport"] == "UDP"
    assert own[0]["peer"].startswith("127.0.0.1:")
