"""Questions about opening hours, answered by day, "today", "now", an hour of the day, or all of them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime

from gateway.local.reply.clock import DAYS, say_opening_time
from gateway.local.reply.facts import fact_sentences
from gateway.local.reply.opening_hours import ALL_DAY, EVERY_DAY, Span, Week, read_hours, statements, time_in
from gateway.local.reply.speakable import speakable
from gateway.local.reply.words import has

_ASKS = re.compile(
    r"\b(?:opening|business|office|working|store|shop|visiting|service) (?:hours?|times?)\b"
    r"|\bclosing times?\b"
    r"|\b(?:what|which|your|the) (?:(?:are|is) )?(?:your |the )?hours\b"
    r"|\b(?:are|is|will|were) (?!this|that)(?:\w+ ){1,3}?(?:be )?"
    r"(?:open|closed?|clothed|there)\b(?! (?:a|to)\b"
    r"| line| ended)"
    r"|\b(?:when|what time|how late|how long|until when|till when|since when|from when)\b.*"
    r"\b(?:open|opens|opened|close|closes|closing|closed|shut|available|office|shop|store)\b"
    r"|\b(?:how late|until when|till when|when) (?:can|could|may) (?:i|we)\b"
    r"|\b(?:can|could|may) (?:i|we) (?:\w+ ){0,2}?(?:come|drop|stop|pop)(?: \w+)?"
    r" (?:by|in|over|round|today|tonight|tomorrow|on)\b"
    r"|\b(?:do|does|did) (?:\w+ ){1,2}?(?:open|close)\b(?! (?:a|my|the|an)\b)|\bdo you (?:guys )?work on\b"
    r"|^(?:are |is )?(?:you )?open\b(?! (?:a|the|my|an|it|up)\b)"
)
_HOLIDAY = re.compile(
    r"\b(?:christmas|boxing day|new year(?:s|'s)?|easter|good friday|thanksgiving|labou?r day|(?:bank "
    r"|public )?holidays?)\b"
)
NOT_TOLD = "I have not been told the opening hours."


def answer_hours(text: str, instructions: str, now: datetime) -> str | None:
    """Answer a question about opening hours, in plain words; None if it is none."""
    if not _ASKS.search(text):
        return None
    week = read_hours(instructions)
    if not week:
        return _loosely(instructions)
    holiday = _HOLIDAY.search(text)
    if holiday:
        if _HOLIDAY.search(instructions.lower()):
            return None  # a sentence of the instructions says more
        return f"I do not know about {_whichever(holiday[0])}. {_all_of_them(week, instructions)}"
    day, name = _day_asked(text, now)
    if has(text, "now", "right now", "at the moment", "currently", "still open"):
        return _open_now(week, now)
    minute = time_in(text)
    if minute is not None and has(text, "open", "closed", "there", "available"):
        return _open_at(week, day if day is not None else now.weekday(), name or "Today", minute)
    if day is not None:
        spans = week.get(day, ())
        return f"{name} we are {_say_spans(spans)}." if spans else f"{name} we are closed."
    return _all_of_them(week, instructions)


def asks_holiday(text: str) -> bool:
    """Return whether a holiday is spoken of."""
    return _HOLIDAY.search(text) is not None


def knows_hours(instructions: str) -> bool:
    """Return whether the instructions tell opening hours."""
    return bool(read_hours(instructions))


def _loosely(instructions: str) -> str:
    """Say the sentence that has something of opening hours, though it is not understood."""
    for sentence in fact_sentences(instructions):
        if re.search(r"\b(?:open|opens|opening hours|closes?|closing)\b", sentence, re.IGNORECASE):
            return speakable(sentence).rstrip(".") + "."
    return NOT_TOLD


def _whichever(holiday: str) -> str:
    return "holidays" if "holiday" in holiday else holiday.title()


def _day_asked(text: str, now: datetime) -> tuple[int | None, str]:
    for at, day in enumerate(DAYS):
        if has(text, f"{day}s?"):
            return at, f"On {day.title()}"
    if has(text, "day after tomorrow"):
        return (now.weekday() + 2) % 7, "The day after tomorrow"
    if has(text, "tomorrow"):
        return (now.weekday() + 1) % 7, "Tomorrow"
    if has(text, "today", "tonight", "this (?:morning|afternoon|evening)"):
        return now.weekday(), "Today"
    if has(text, "weekends?"):
        return 5, "On Saturday"
    return None, ""


def _open_at(week: Week, day: int, name: str, minute: int) -> str:
    when = f"{name.lower() if name.startswith('To') else name.replace('On', 'on')} at {_say_minute(minute)}"
    if _holds(week, day, minute):
        return f"Yes, we are open {when}."
    spans = week.get(day, ())
    told = f"We are {_say_spans(spans)} then." if spans else "We are closed all day."
    return f"No, we are closed {when}. {told}"


def _holds(week: Week, day: int, minute: int) -> bool:
    """Return whether it is open then, also by hours that began the day before."""
    today = any(start <= minute < end for start, end in week.get(day, ()))
    return today or any(minute + 1440 < end for _, end in week.get((day - 1) % 7, ()))


def _open_now(week: Week, now: datetime) -> str:
    day, minute = now.weekday(), now.hour * 60 + now.minute
    if all(week.get(one) == (ALL_DAY,) for one in EVERY_DAY):
        return "Yes, we are open around the clock."
    if _holds(week, day, minute):
        ends = [end for start, end in week.get(day, ()) if start <= minute < end]
        ends += [end - 1440 for _, end in week.get((day - 1) % 7, ()) if minute + 1440 < end]
        return f"Yes, we are open now, until {_say_minute(max(ends))}."
    for ahead in range(8):
        later = [start for start, _ in week.get((day + ahead) % 7, ()) if ahead or minute < start]
        if later:
            when = ("today", "tomorrow")[ahead] if ahead < 2 else f"on {DAYS[(day + ahead) % 7].title()}"
            return f"No, we are closed now. We open {when} at {_say_minute(min(later))}."
    return "No, we are closed now."


def _say_spans(spans: Sequence[Span]) -> str:
    if tuple(spans) == (ALL_DAY,):
        return "open all day"
    return "open " + " and ".join(f"from {_say_minute(start)} to {_say_minute(end)}" for start, end in spans)


def _say_minute(minute: int) -> str:
    return say_opening_time(minute // 60 % 24 or (24 if minute else 0), minute % 60)


# --- all of them -------------------------------------------------------------------------------------


def _all_of_them(week: Week, instructions: str) -> str:
    """Say the sentence that the instructions have for it, or what was read out of several."""
    told = statements(instructions)
    if len(told) == 1 and re.search(r"\b(?:open|hours)\b", told[0], re.IGNORECASE) and "24" not in told[0]:
        return _whole(told[0])
    if all(week.get(day) == (ALL_DAY,) for day in EVERY_DAY):
        return "We are open around the clock, every day."
    groups = _days_alike(week)
    opened = [f"{_say_days(days, 'on ')} {_times(spans)}" for days, spans in groups if spans]
    shut = [_say_days(days, "On ") for days, spans in groups if not spans]
    said = f"We are open {_listed(opened)}." if opened else ""
    return " ".join(filter(None, (said, f"{_listed(shut)} we are closed." if shut else "")))


def _times(spans: Sequence[Span]) -> str:
    return _say_spans(spans).removeprefix("open ")


def _days_alike(week: Week) -> list[tuple[list[int], tuple[Span, ...]]]:
    """Put days in a row together that have the same hours."""
    groups: list[tuple[list[int], tuple[Span, ...]]] = []
    for day, spans in sorted(week.items()):
        if groups and groups[-1][1] == spans and groups[-1][0][-1] == day - 1:
            groups[-1][0].append(day)
        else:
            groups.append(([day], spans))
    return groups


def _say_days(days: Sequence[int], on: str) -> str:
    if len(days) == len(EVERY_DAY):
        return "every day"
    first, last = DAYS[days[0]].title(), DAYS[days[-1]].title()
    if len(days) == 1:
        return f"{on}{first}"
    return (
        f"{on}{first} and {last}"
        if len(days) == 2
        else f"{on.capitalize() if on == 'On ' else ''}{first} to {last}"
    )


def _listed(parts: Sequence[str]) -> str:
    return " and ".join(filter(None, (", ".join(parts[:-1]), parts[-1])))


def _whole(sentence: str) -> str:
    said = speakable(sentence).rstrip(".") + "."
    if re.match(r"(?:opening |business |office |our )*(?:hours|times)\b", said, re.IGNORECASE):
        said = re.sub(
            r"^(?:our )?(?:(opening|business|office) )?(?:hours|times)( are)?\s*:?\s*",
            "We are open ",
            said,
            flags=re.IGNORECASE,
        )
    return said[:1].upper() + said[1:]
