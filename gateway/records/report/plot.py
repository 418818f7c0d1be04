"""A call of the records as a picture: its sound, who spoke when, every wait, every interruption."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from gateway.call_picture import COLOURS, CallPicture, RecordedSound
from gateway.records.call_record import CallRecord, Moment
from gateway.records.report.listing import outcome


def draw(record: CallRecord, sound: RecordedSound | None, file: Path) -> None:
    """Draw a call into a file, of the kind that its name ends with. Raises BadInput."""
    seconds = _seconds(record, sound)
    picture = CallPicture(seconds)
    picture.title(_title(record), "seconds after the INVITE")
    picture.sound(sound)
    for line in record.transcript or ():
        picture.words(line.who, line.at_ms / 1000, None if line.ms is None else line.ms / 1000, line.text)
    for moment in record.moments:
        _moment(picture, moment)
    _holds(picture, record.moments, seconds)
    picture.save(file)


def _seconds(record: CallRecord, sound: RecordedSound | None) -> float:
    ends = [record.seconds or 0.0, *(moment.at_ms / 1000 for moment in record.moments)]
    if sound is not None:
        ends.append(sound.began_ms / 1000 + len(sound.caller) / sound.rate)
    return max(1.0, *ends)


def _title(record: CallRecord) -> str:
    began = record.began.astimezone().strftime("%Y-%m-%d %H:%M:%S")
    who = f"{record.caller or 'withheld'} > {record.called}"
    return f"{record.call}  {began}  {who}  {record.plan or ''}  {outcome(record).plain}"


def _moment(picture: CallPicture, moment: Moment) -> None:
    at = moment.at_ms / 1000
    match moment.what:
        case "answer":
            waited = int(moment.about.get("waited_ms", 0))
            picture.wait("agent", at - waited / 1000, at, f"{waited} ms")
        case "barge_in":
            picture.moment("caller", at, "", "tab:red", "-")
            heard = f"interrupted, {moment.about.get('heard_ms', '?')} ms heard"
            picture.moment("agent", at, heard, "tab:red", "-")
        case "answered" | "session_interrupted" | "session_lost" | "tool_called":
            name = moment.about.get("name", "")
            picture.moment("agent", at, f"{moment.what.replace('_', ' ')} {name}".rstrip())
        case "key":
            picture.mark("caller", at, f"[{moment.about.get('digit', 'key')}]", COLOURS["caller"])
        case _:
            pass


def _holds(picture: CallPicture, moments: Iterable[Moment], seconds: float) -> None:
    held: float | None = None
    for moment in moments:
        if moment.what == "held":
            held = moment.at_ms / 1000
        elif moment.what == "resumed" and held is not None:
            picture.shade(held, moment.at_ms / 1000)
            held = None
    if held is not None:
        picture.shade(held, seconds)
