"""What callers often want and a small agent cannot do: it says that it heard, and what it can do instead.

A wish has words of its own for what was heard; what is offered instead depends on what the agent knows.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from gateway.local.reply.hours import knows_hours

_LANGUAGES = (
    "spanish french german italian portuguese dutch polish russian turkish arabic chinese mandarin cantonese "
    "japanese korean hindi urdu bengali swedish danish norwegian finnish greek czech hungarian romanian"
    " ukrainian "
    "vietnamese thai hebrew persian farsi catalan croatian serbian welsh irish"
)
_LANGUAGE = "|".join(_LANGUAGES.split())
_FOREIGN = (
    r"sprechen|deutsch|hablas?|habla usted|espa[nñ]ol|parlez|fran[cç]ais|parla|italiano|fala"
    r"|portugu[eê]s|mluv[ií]te"
)


@dataclass(frozen=True, slots=True)
class _Wish:
    """Words by which it is known, what is said of it, and what is offered: "open", "time", "again", ""."""

    words: re.Pattern[str]
    heard: str
    offer: str = "open"


def _wish(words: str, heard: str, offer: str = "open") -> _Wish:
    return _Wish(re.compile(rf"\b(?:{words})\b"), heard, offer)


_WISHES = (
    _wish(
        r"my (?:\w+ )?(?:address|e ?mail|birthday|date of birth|postcode|zip code) is|i live (?:at|in|on)",
        "I heard that, but I cannot write anything down.",
    ),
    _wish(
        r"(?:your|the) (?:tele)?(?:phone )?number|(?:what|which) number",
        "I do not know the number of this line, only that you have reached it.",
    ),
    _wish(
        r"emergency|ambulance|fire brigade|fire department|call the police|heart attack",
        "If this is an emergency, please hang up now and dial your local emergency number.",
        "",
    ),
    _wish(
        r"complain|complaint|on hold|unacceptable|terrible service|not happy|angry|disappointed"
        r"|waiting for (?:hours|\w+ hours)"
        r"|for (?:\w+ )?hours",
        "I am sorry to hear that. I can listen, but I cannot settle it for you.",
    ),
    _wish(
        r"cancel(?:led|ling)?|my order|an order|to order|order status|track(?:ing)?|parcel|package"
        r"|refund|return it|exchange",
        "You are asking about an order. I cannot look into orders from here.",
    ),
    _wish(
        r"appointments?|see (?:the |a )?(?:doctor|dentist)|schedule",
        "You would like an appointment. I have no calendar, so I cannot make one.",
    ),
    _wish(
        r"book(?:ing)?|reserv(?:e|ation|ations)|(?:a|get|have) table|table for|a room|tickets?",
        "I understand that you want to book something. I cannot book anything myself.",
    ),
    _wish(
        r"(?:leave|take|pass on|give)(?: \w+){0,3} (?:message|note)|voicemail|tell (?:him|her|them"
        r"|mister|mr|mrs|ms|\w+) (?:that|to)\b"
        r"|let (?:him|her|them|\w+) know",
        "You would like to leave a message. I am not able to pass messages on.",
    ),
    _wish(
        r"call (?:me|us) back|callback|ring (?:me|us) back|phone me back|(?:somebody"
        r"|someone) (?:to )?call me",
        "I am afraid I cannot arrange that we call you back.",
    ),
    _wish(
        r"weather|rain(?:ing|y)?|snow(?:ing)?|sunny|temperature|forecast|umbrella|(?:warm|cold|hot|wet"
        r"|windy) (?:outside|out there|is it|today)",
        "I cannot see the weather from in here.",
        "time",
    ),
    _wish(r"jokes?|funny|make me laugh|riddle", "I know no jokes, I am afraid. My sums are better.", "time"),
    _wish(
        r"^(?:please )?sing|(?:can|could|will) you sing|sing (?:me|us|for|a)"
        r"|(?:a|some) (?:song|music|poem|story)",
        "I had better not sing, and I know no stories.",
        "time",
    ),
    _wish(
        r"e ?mail|mail address|website|web ?site|web page|fax|social media",
        "I do not know our email address or website.",
    ),
    _wish(
        r"(?:what|which|your|the) (?:\w+ )?(?:address|street)"
        r"|where (?:are|is|can i find) (?:you|your|the|it)(?: \w+)?"
        r"|where (?:your|the) (?:\w+ ){1,2}(?:is|are)"
        r"|where you are|located|location|directions?|(?:get|come|find) (?:there|to you|to your|you)|how far",
        "Nobody has told me the address, so I cannot say where we are.",
    ),
    _wish(
        r"how much (?:is|are|does|do|for)|prices?|costs?|expensive|cheap|discount|fees?|rates",
        "I have not been told any prices.",
    ),
    _wish(
        r"pay(?:ing|ment)?|(?:credit )?cards?|cash|invoice|bill",
        "I cannot take payments, and I do not see bills from here.",
    ),
    _wish(r"password|log ?in|account|username", "I cannot look into accounts from this line."),
    _wish(r"park(?:ing)?|car park", "I do not know about parking."),
    _wish(r"deliver(?:y|ies)?|ship(?:ping)?", "I do not know about deliveries."),
    _wish(r"i love you|marry me|will you go out", "That is very kind of you. I am only a machine.", "time"),
    _wish(
        r"who (?:won|is the (?:president|king|queen|prime minister|pope))|news|football|match|score"
        r"|capital of"
        r"|who (?:invented|wrote|was)|stock|bitcoin",
        "I do not follow the news, and I have no encyclopedia.",
        "time",
    ),
    _wish(r"vacanc(?:y|ies)|jobs?|apply|application|hiring", "I cannot tell you about jobs."),
    _wish(
        r"warranty|repair|broken|does not work|not working|technical", "I cannot help with that from here."
    ),
)


def answer_topic(text: str, instructions: str) -> str | None:
    """Say of a wish that it was heard and cannot be done, and what can; None if it is none that is known."""
    language = _language(text)
    if language is not None:
        return language
    for wish in _WISHES:
        if wish.words.search(text):
            return " ".join(filter(None, (wish.heard, offer(wish.offer, instructions))))
    return None


def offer(kind: str, instructions: str) -> str:
    """Say what can be done instead."""
    if not kind:
        return ""
    if kind == "open" and knows_hours(instructions):
        return "But I can tell you when we are open."
    return "But I can tell you the time or the date, or do a sum for you."


def _language(text: str) -> str | None:
    if re.search(rf"\b(?:{_FOREIGN})\b", text):
        return "I am sorry, I speak English only. Shall we go on in English?"
    named = re.search(
        rf"\b(?:speak|talk|understand|know|continue|in"
        rf"|switch to)\b(?: \w+){{0,2}}? (?P<language>{_LANGUAGE})\b"
        rf"|^(?P<alone>{_LANGUAGE})(?: please)?$",
        text,
    )
    if named:
        name = (named["language"] or named["alone"]).title()
        return f"I am sorry, I do not speak {name}, only English. Shall we go on in English?"
    if re.search(r"\b(?:another|other|different|which|what|any other|own|my) languages?\b", text):
        return "I speak English only, I am sorry."
    return None
