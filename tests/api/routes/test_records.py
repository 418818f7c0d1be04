"""What became of calls, out of the records' file."""

from __future__ import annotations

import base64
from datetime import UTC, datetime, timedelta
from pathlib import Path

import orjson

from gateway.api.shapes import LadderShown
from gateway.records.call_record import CallRecord
from gateway.records.recording.sealed_file import SealedFile
from gateway.records.recording.wav_file import head
from gateway.records.settings import RecordingSettings
from gateway.records.store.opening import open_records
from tests.api.running_api import running_api
from tests.records.report.test_ladder import CALL

NOON = datetime(2026, 11, 27, 12, tzinfo=UTC)


async def test_they_are_listed_filtered_and_shown(tmp_path: Path) -> None:
    """The newest first; by number, result, and time; one by its id."""
    file = tmp_path / "gateway.db"
    with open_records(file) as records:
        records.put(
            "run",
            [
                CallRecord(f"c{n}", NOON + timedelta(hours=n), f"+1555000{n}", "100", result=result)
                for n, result in enumerate(("completed", "failed", "completed"))
            ],
        )
    async with running_api(tmp_path, database=file) as api:

        async def found(**asked: str) -> list[str]:
            answer = await api.read.get("/v1/records", params=asked)
            assert answer.status_code == 200, answer.text
            return [record["call"] for record in answer.json()["records"]]

        assert await found() == ["c2", "c1", "c0"]
        assert await found(result="failed") == ["c1"]
        assert await found(number="5550002") == ["c2"]
        assert await found(since="2026-11-27T13:30:00Z", most="1") == ["c2"]
        assert await found(until="2026-11-27T12:30:00+00:00") == ["c0"]
        shown = await api.read.get("/v1/records/c1")
        assert (shown.json()["caller"], shown.json()["result"]) == ("+15550001", "failed")
        assert (await api.read.get("/v1/records/c9")).status_code == 404
        several = await api.read.get("/v1/records/c")
        assert several.status_code == 409
        assert several.json()["error"].endswith(": c2, c1, c0")
        assert (await api.read.get("/v1/records", params={"since": "yesterday"})).status_code == 422


async def test_the_ladder_of_a_call(tmp_path: Path) -> None:
    """Its SIP messages, where they are kept; of other calls none."""
    file, folder = tmp_path / "gateway.db", tmp_path / "sip"
    with open_records(file) as records:
        records.put("run", [CallRecord("c1", NOON, "+1555", "100", sip_call_id="a@b", result="completed")])
    folder.mkdir()
    (folder / "sip-2026-11-27.jsonl").write_bytes(
        b"".join(orjson.dumps(one | {"call_id": own}) + b"\n" for one in CALL for own in ("a@b", "c@d"))
    )
    async with running_api(tmp_path, file, folder) as api:
        told = LadderShown(**(await api.read.get("/v1/records/c1/ladder")).json())
        assert [one.came_in for one in told.messages] == [True, False, False, True]
        assert (await api.read.get("/v1/records/c9/ladder")).status_code == 404


async def test_without_records(tmp_path: Path) -> None:
    """None are found; a file that is no database is told of."""
    async with running_api(tmp_path) as api:
        assert (await api.read.get("/v1/records")).json() == {"records": []}
    broken = tmp_path / "broken.db"
    broken.write_bytes(b"no database" * 1000)
    (tmp_path / "other").mkdir()
    async with running_api(tmp_path / "other", database=broken) as api:
        answer = await api.read.get("/v1/records")
        assert (answer.status_code, "cannot be read" in answer.json()["error"]) == (503, True)


async def test_the_recording_of_a_call(tmp_path: Path) -> None:
    """The file itself, or a part of it; a clear copy of one that is sealed; nothing outside of the folder."""
    file, folder = tmp_path / "gateway.db", tmp_path / "recordings"
    key = base64.b64encode(bytes(32)).decode()
    (tmp_path / "key").write_text(key)
    recording = RecordingSettings.model_validate(
        {"folder": folder, "keys": [f"${{file:{tmp_path / 'key'}}}"]}, context={"folder": tmp_path}
    )
    folder.mkdir()
    (folder / "a.wav").write_bytes(sound := head(8000, 8) + bytes(8))
    (tmp_path / "outside.wav").write_bytes(sound)
    sealed = SealedFile(folder / "b.wav.sealed", bytes(32))
    sealed.write(sound)
    sealed.close()
    with open_records(file) as records:
        records.put(
            "run",
            [
                CallRecord(name, NOON, "+1555", "100", result="completed", recording=told)
                for name, told in {
                    "c1": {"file": "a.wav"},
                    "c2": {"file": "b.wav.sealed"},
                    "c3": {"file": "../outside.wav"},
                    "c4": None,
                }.items()
            ],
        )
    async with running_api(tmp_path, file, recordings=recording) as api:
        whole = await api.read.get("/v1/records/c1/audio")
        assert (whole.status_code, whole.headers["content-type"], whole.content) == (200, "audio/wav", sound)
        part = await api.read.get("/v1/records/c1/audio", headers={"range": "bytes=0-3"})
        assert (part.status_code, part.content) == (206, b"RIFF")
        assert (await api.read.get("/v1/records/c2/audio")).content == sound
        for name in ("c3", "c4", "c9"):
            assert (await api.read.get(f"/v1/records/{name}/audio")).status_code == 404
