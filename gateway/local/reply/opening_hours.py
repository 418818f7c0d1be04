"""Opening hours as people write them: signs on doors, lists, sentences, in figures and words.

The text is cut into marks (days, times from-to, "closed", "around the clock"), and each day is joined with
the times that belong to it: those behind it ("Mon-Fri 9-5"), or before it ("nine to five on weekdays").
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache

from gateway.local.reply.clock import DAYS
from gateway.local.reply.words import word_list

Span = tuple[int, int]
"""Minutes of the day from opening to closing; beyond 1440 where it is open past midnight."""

Week = Mapping[int, tuple[Span, ...]]
"""The hours of each day of the week, 0 is Monday; none on a closed day."""

ALL_DAY = (0, 24 * 60)
EVERY_DAY = frozenset(range(7))

_NUMBER = {
    word: value
    for value, word in enumerate(
        word_list("zero one two three four five six seven eight nine ten eleven twelve")
    )
}
_MINUTES = {"fifteen": 15, "thirty": 30, "forty five": 45, "forty-five": 45, "oh five": 5, "ten": 10}
_WORD = "|".join(sorted(_NUMBER, key=len, reverse=True))
_DAY = r"(?:mon|tue|wed|thu|fri|sat|sun)(?:s|rs?|nes|ur)?(?:days?)?\b\.?"
_SHORT_DAY = r"(?:mo|m|tu|we|w|th|fr|f|sa|su)"
_TO = r"\s*(?:-|to|til+|until|through|thru)\s*"
_PART = (
    r"\s*(?:a\.?\s?m\b\.?|p\.?\s?m\b\.?|o'?clock|in the (?:morning|afternoon|evening)|at night|h\b"
    r"|hrs?\b|uhr\b)"
)
_FIGURES = r"(?:[01]?\d|2[0-4])(?:[:.h][0-5]\d)?|[01]\d[0-5]\d|2[0-4][0-5]\d"
_TIME = (
    rf"(?:(?:12|twelve)\s)?(?:noon|midday|midnight)|(?:half past|(?:a )?quarter (?:past"
    rf"|to))\s(?:{_WORD}|\d{{1,2}})(?:{_PART})?"
    rf"|(?:{_FIGURES})(?:{_PART})*(?![\d%]|[:.]\d)"
    rf"|(?:{_WORD})\b(?:[\s-](?:{'|'.join(_MINUTES)})\b)?(?:{_PART})*"
)
_NOT_A_TIME = (
    r"(?!\s*(?:working |business |euros?|dollars?|percent|%|days?|weeks?|months?|years?|hours?|minutes?"
    r"|people|times)\b)"
)
_DAYS = (
    rf"\b(?P<days>(?P<begins>{_SHORT_DAY})\s?-\s?(?P<ends>{_SHORT_DAY})\b"
    rf"|(?P<first>{_DAY})(?:{_TO}(?P<last>{_DAY}))?"
    r"|(?:on )?(?:all )?(?:other|remaining) days|(?:the )?rest of the week|otherwise\b"
    r"|(?:every|all|each) (?:day|week)s?|daily|seven days(?: a week)?|7 days(?: a week)?|all week(?: long)?"
    r"|(?:week|working |business |work)days?|weekends?)"
)
_NAMED = re.compile(_DAYS, re.IGNORECASE)
_MARKS = re.compile(
    _DAYS + r"|(?P<always>\b(?:24\s?/\s?7|24x7|(?:24|twenty[ -]four)[ -]?(?:hours|h)\b|(?:a)?round the clock"
    r"|day and night|always open|never clos(?:es?|ed)|all day(?: long)?))"
    rf"|(?P<opening>\bopen(?:s|ing)?\b[^.;\n\d]{{0,20}}?\b(?P<opens>{_TIME})[^.;\n]{{0,25}}?"
    rf"\bclos(?:es?|ing)\b[^.;\n\d]{{0,20}}?\b(?P<closes>{_TIME}))"
    rf"|(?P<closing>\bclos(?:es?|ing)\b[^.;\n\d]{{0,20}}?\b(?P<shuts>{_TIME})[^.;\n]{{0,25}}?"
    rf"\bopen(?:s|ing)?\b[^.;\n\d]{{0,20}}?\b(?P<starts>{_TIME}))"
    rf"|(?P<span>\b(?P<from>{_TIME}){_TO}(?P<to>{_TIME}){_NOT_A_TIME}"
    rf"|\bbetween\s(?P<after>{_TIME})\sand\s(?P<before>{_TIME}))"
    r"|(?P<shut>\b(?:closed|shut|not open)\b(?: all day)?)",
    re.IGNORECASE,
)
_DATE = re.compile(r"\b\d{4}-\d{2}-\d{2}\b|\b\d{1,2}[./]\d{1,2}[./]\d{4}\b")
_EXCEPT = re.compile(
    r"\b(?:except|but(?: not)?|apart from|excluding|other than|not)(?: for| on)?(?: the)?\s*$"
)
_JOINS = re.compile(
    r"[\s,/&+]*(?:and|or|as well as)?[\s,/&+]*"
    r"(?:(?:on|again|from|then|lunch|dinner|brunch|breakfast|in the)\s*)*:?\s*"
)
_BEHIND = re.compile(r"\s*(?:on|at|over|during|from|all|every|and)?\s*(?:the)?\s*")
_ABOUT = re.compile(
    r"\b(?:open|opens|opening|hours|clos(?:e|es|ed|ing)|shut|staffed|work|24/7|clock|(?:week|working )days?"
    r"|weekends?|daily|every day|otherwise|other days|rest of the week)\b|"
    rf"\b{_DAY}\b",
    re.IGNORECASE,
)


@dataclass(slots=True)
class _Stretch:
    """A stretch of the text that says days or times."""

    start: int
    end: int
    days: frozenset[int] = frozenset()
    """Of a mark of days; empty for one of times."""
    spans: tuple[Span, ...] = ()
    left_out: bool = False
    """Days named behind "except"."""
    others: bool = False
    """All days that are not named."""


@dataclass(slots=True)
class _Reading:
    """The hours found so far; what names fewer days holds against what names more."""

    hours: dict[int, tuple[Span, ...]] = field(default_factory=dict)
    named: dict[int, int] = field(default_factory=dict)

    def put(self, days: frozenset[int], spans: tuple[Span, ...], *, rank: int | None = None) -> None:
        """Take the hours of these days, unless something names them more closely."""
        rank = len(days) if rank is None else rank
        for day in days:
            if rank <= self.named.get(day, 8) and not (
                rank == self.named.get(day) and spans and self.hours[day] != ()
            ):
                self.hours[day], self.named[day] = spans, rank


def statements(text: str) -> list[str]:
    """Return the sentences and lines of a text that tell opening hours."""
    parts = re.split(r"(?<=[.!?])\s+(?=[A-Z\"*-])|\n+|;\s*", _without_points(text))
    return [part.strip(" -*\u2022") for part in parts if _ABOUT.search(part) and _tells(part)]


def _tells(part: str) -> bool:
    marks = list(_marks(_plain(part)))
    times = [mark for mark in marks if not mark.days and not mark.others]
    about = re.search(r"\b(?:open|hours?|clos|shut|staffed|24/7|clock)", part, re.IGNORECASE)
    return bool(times) and bool(about or len(marks) > len(times))


@lru_cache(maxsize=16)
def read_hours(text: str) -> Week:
    """Return the hours of each day that the text tells; {} if it tells none."""
    reading = _Reading()
    others: list[tuple[Span, ...]] = []
    for part in statements(text):
        _read(list(_marks(_plain(part))), _plain(part), reading, others)
    for spans in others:
        reading.put(EVERY_DAY - reading.named.keys(), spans)
    return {day: reading.hours[day] for day in sorted(reading.hours)}


def _without_points(text: str) -> str:
    """Take the points out of "a.m." and "Mon.", which end no sentence."""
    text = re.sub(r"\b([ap])\.\s?m\b\.?", r"\1m", text, flags=re.IGNORECASE)
    return re.sub(r"\b(mon|tues?|wed|thu|thurs?|fri|sat|sun)\.", r"\1", text, flags=re.IGNORECASE)


def _plain(text: str) -> str:
    text = _DATE.sub(" ", _without_points(text)).lower().replace("\u2019", "'")
    return re.sub(r"[\u2010-\u2015]", "-", text)


def time_in(text: str) -> int | None:
    """Return the minute of the day that a question names: "at six", "at 8 pm", "until half past five"."""
    found = re.search(rf"\b(?:at|after|before|until|till|past|by) (?P<time>{_TIME})", text)
    if found is None:
        return None
    minute, sure = _minutes(found["time"])
    return minute if sure or minute >= 7 * 60 else minute + 12 * 60


def time_named(text: str, *, first: bool = False) -> int | None:
    """Return the first time of day in a text, in minutes, as it is said: half past three is 210.

    `first`: the text has to begin with it.
    """
    found = (re.match if first else re.search)(rf"\b(?P<time>{_TIME})", text)
    return None if found is None else _minutes(found["time"])[0] % (24 * 60)


# --- marks -------------------------------------------------------------------------------------------


def _marks(text: str) -> Iterator[_Stretch]:
    at = 0
    while found := _MARKS.search(text, at):
        at = found.end()
        if (found["opening"] or found["closing"]) and (named := _NAMED.search(found[0])):
            # "We open at ten on weekdays and close at seven."
            yield _Stretch(found.start(), found.start(), _days(named))
        yield _mark(found, text)


def _mark(found: re.Match[str], text: str) -> _Stretch:
    place = found.span()
    if found["days"]:
        behind = bool(_EXCEPT.search(text[: place[0]]))
        others = bool(re.search("other|remaining|rest", found["days"]))
        return _Stretch(*place, frozenset() if others else _days(found), left_out=behind, others=others)
    if found["always"]:
        return _Stretch(*place, spans=(ALL_DAY,))
    if found["shut"]:
        return _Stretch(*place)
    pairs = (("opens", "closes"), ("starts", "shuts"), ("from", "to"), ("after", "before"))
    opens, closes = next((found[one], found[two]) for one, two in pairs if found[one])
    return _Stretch(*place, spans=(_span(opens, closes),))


def _days(found: re.Match[str]) -> frozenset[int]:
    name = found["days"]
    if found["first"] or found["begins"]:
        first = _day(found["first"] or found["begins"])
        last = _day(found["last"] or found["ends"]) if found["last"] or found["ends"] else first
        return frozenset((first + step) % 7 for step in range((last - first) % 7 + 1))
    if "weekend" in name:
        return frozenset((5, 6))
    if re.match(r"(?:week|working |business |work)day", name):
        return frozenset(range(5))
    return EVERY_DAY


def _day(name: str) -> int:
    return next(at for at, day in enumerate(DAYS) if day.startswith(name[:3]))


def _span(opens: str, closes: str) -> Span:
    """Return minutes from two times: "9" and "5" are nine to seventeen, "8pm" and "2am" go past midnight."""
    (start, start_sure), (end, end_sure) = _minutes(opens), _minutes(closes)
    noon = 12 * 60
    end = 2 * noon if "midnight" in closes else end
    if not start_sure and start < 7 * 60 and start % 60 == 0 and not re.search(r"[:.h]|^0", opens):
        # Nobody opens at one in the night: "1 to 5", "2 to 6 pm".
        later = start + noon
        if not end_sure or later < end:
            start = later
    if not end_sure and end <= start and end + noon > start and end <= noon:
        end += noon
    start %= 2 * noon
    return start, end if end > start else end + 24 * 60


def _minutes(text: str) -> tuple[int, bool]:
    """Return the minute of the day, and whether the half of the day is certain."""
    text = text.strip()
    if re.search(r"\b(?:noon|midday)\b", text):
        return 12 * 60, True
    if "midnight" in text:
        return 0, True
    past = re.match(r"(?:a )?(half past|quarter past|quarter to)\s(\w+)", text)
    if past:
        minutes = {"half past": 30, "quarter past": 15, "quarter to": -15}[past[1]]
        hour = _NUMBER.get(past[2], int(past[2]) if past[2].isdigit() else 0)
        return _half(text, hour * 60 + minutes)
    figures = re.match(r"(\d{1,2})(?:[:.h]?(\d{2}))?(?!\d)", text)
    if figures:
        minute = int(figures[1]) * 60 + int(figures[2] or 0)
        exact = text[0] == "0" or int(figures[1]) > 12
        return _half(text, minute, exact=exact)
    word, *behind = re.split(r"[\s-]", text, maxsplit=1)
    rest = "".join(behind)
    minutes = next((value for name, value in _MINUTES.items() if rest.startswith(name)), 0)
    return _half(text, _NUMBER[word] * 60 + minutes)


def _half(text: str, minute: int, *, exact: bool = False) -> tuple[int, bool]:
    if re.search(r"p\.?\s?m|afternoon|evening|at night", text):
        return minute % 720 + 720, True
    if re.search(r"a\.?\s?m|morning", text):
        return minute % 720, True
    return minute, exact


# --- days and times together -------------------------------------------------------------------------


def _read(marks: list[_Stretch], text: str, reading: _Reading, others: list[tuple[Span, ...]]) -> None:
    """Join the days of one sentence with their times."""
    for mark in [one for one in marks if one.left_out]:
        reading.put(mark.days, (), rank=0)
    groups = _grouped([one for one in marks if not one.left_out], text)
    days_told = [one for one in groups if one.days or one.others]
    if not days_told:
        times = tuple(dict.fromkeys(span for one in groups for span in one.spans))
        if times:
            reading.put(EVERY_DAY, times)
        return
    for days, spans in _joined(groups, text):
        if days.others:
            others.append(spans)
        else:
            reading.put(days.days, spans)


def _grouped(marks: list[_Stretch], text: str) -> list[_Stretch]:
    """Make one of days that share their times ("Mon, Wed and Fri"), and of times that share their days."""
    groups: list[_Stretch] = []
    for at, mark in enumerate(marks):
        last = groups[-1] if groups else None
        joined = last is not None and _JOINS.fullmatch(text[last.end : mark.start]) is not None
        if last is not None and joined and last.days and mark.days and not _own(marks, at):
            last.days, last.end = last.days | mark.days, mark.end
        elif last is not None and joined and last.spans and mark.spans and not _leads(marks, at, text):
            last.spans, last.end = tuple(dict.fromkeys((*last.spans, *mark.spans))), mark.end
        else:
            groups.append(_Stretch(mark.start, mark.end, mark.days, mark.spans, others=mark.others))
    return groups


def _own(marks: list[_Stretch], at: int) -> bool:
    """Return whether these days have their times behind them though those before had theirs in front.

    As in "8 to 6 on weekdays, weekends closed".
    """
    in_front = at >= 2 and not marks[at - 2].days and not marks[at - 2].others
    return in_front and at + 1 < len(marks) and not marks[at + 1].days


def _leads(marks: list[_Stretch], at: int, text: str) -> bool:
    """Return whether these times belong to the days right behind them: "10 to 2 on Saturday"."""
    if at + 1 >= len(marks) or not (marks[at + 1].days or marks[at + 1].others):
        return False
    return _BEHIND.fullmatch(text[marks[at].end : marks[at + 1].start]) is not None


def _joined(groups: list[_Stretch], text: str) -> Iterator[tuple[_Stretch, tuple[Span, ...]]]:
    """Yield days with their times, whichever of the two stands first."""
    days: _Stretch | None = None  # named, without times so far
    times: _Stretch | None = None  # told, without days so far
    last: _Stretch | None = None  # the days that had their times last
    for at, mark in enumerate(groups):
        if mark.days or mark.others:
            if times is not None:
                yield mark, times.spans
                last, times, days = mark, None, None
            else:
                days = mark
            continue
        ahead = _leads(groups, at, text)
        if days is not None and not (ahead and not mark.spans and last is not None and days is last):
            yield days, mark.spans
            last, days = days, None
        elif ahead or last is None:
            times = mark
        else:
            yield last, mark.spans
    if times is not None and last is None:
        yield _Stretch(0, 0, EVERY_DAY), times.spans
