"""Whether what somebody said so far sounds like all of it: by its words alone, in English. Pure.

Nobody ends a sentence with "and", "the" or "I would like to know"; who says a number in pairs goes on after
one of them. A question that has its verb and its subject is over, unless it lacks its last word ("do you have
any?"). A wish ("I want a table") may get another half ("for four people"): it is taken for unfinished while
it is short, and costs who has finished half a second. Words of other languages, and what a recogniser made
up, count as finished: nobody waits for nothing.
"""

from __future__ import annotations

import re

_WORD = re.compile(r"[^\W_]+(?:['\u2019-][^\W_]+)*")


def _words(*lines: str) -> frozenset[str]:
    return frozenset(word for line in lines for word in line.split())


OPEN = _words(
    "a an the my your our their every",
    "and or but because although since unless until whether if than so plus minus times",
    "to of in at for with from by on into onto about between under over before after during without via",
    "am is are was were be been being has have had do does did will would shall should can could may might",
    "must i'm i'd i'll i've it's that's there's we're we'd they're he's she's",
    "who which whose what when where why how",
    "want like need know wish prefer ask say tell give send get book order buy change cancel check",
    "um uh er erm hmm well very really just also either neither not called named",
)
"""Words after which something has to come."""
POINTS = _words("this that these those some any another each his her")
"""Words after which something may come: "I have a question about that"."""
SUBJECT = re.compile(
    r"\b(?!(?:do|did|does|am|is|are|was|were|can|could|will|would|shall|should|have|has|had|may|must|might) )"
    r"\w+ (?:i|we|he|she|they)\W*(?<!\?)$"
)
"""Somebody of whom nothing is said yet: "the thing is that I", and not "so do I"."""
NOUNS = re.compile(
    r"\b(?:an?|the|my|your|our|their|his|her|another|any|no) (?:\w+ )?"
    r"(?:need|wish|order|book|change|check|will|can|must|might|well|say)$"
)
"""Ends with a word of `OPEN` that is a noun here: "my order", "the whole book"."""
COMPLETE = re.compile(
    r"\b(?:how are you|who are you|(?:what|where|who|how|when) (?:is|was|are) (?:it|that|this|he|she|they)"
    r"|i (?:do not|don't) know|you know|let me know|i (?:think|believe|hope|guess) so|of course"
    r"|(?:thank|thanks|thank you) (?:so|very) much|i (?:do|did|am|will|can|have|would|could|should|was)"
    r"|(?:all|what) (?:i|you|we) (?:need|want|know|like|have)|(?:all|what) (?:i|we) wanted to know|what to do"
    r"|yes (?:it|that|he|she) (?:is|was)|(?:so|as) (?:i|it) (?:am|is)|what time is it|who is (?:this|it)"
    r"|(?:no|yes)?,? ?(?:i|we|you|they|it) (?:do not|don't|did not|didn't|can't|cannot|won't|is not|isn't)"
    r"|is that it|that is it|that's it|why not|what for|come on|go on|hold on|if not|say what|ask away)$"
)
"""Ends with such a word, and is over."""
ASKS = _words("what who which whose where when why how")
OPENS_A_QUESTION = re.compile(
    r"^(?:(?:so|and|but|well|hello|hi)[ ,]+)*"
    r"(?:(?:what|who|where|when|why|how)(?: (?:do|does|did|can|could|will|would|shall|should|may|must)"
    r" (?:i|you|we|they|he|she|it))?|(?:do|did) you (?:know|think|have))\W*$"
)
"""A question without its verb, or of which only the first half was said: "When do you"."""
NEVER_LAST = _words("a an the my your our and or but if whether because um uh")
"""Words that end no question: others may, such as "what is that for?"."""
LACKS_AN_OBJECT = re.compile(
    r"\b(?:to|any|every|include|offer|accept|(?:kind|sort|type|part|name|number) of|which of \w+"
    r"|sure that|(?:can|could|will|would|may|might|must|should|shall)"
    r"|^(?:can|could|will|would|do) (?:you|i|we)(?: please)?)$"
)
"""A question after which something has to come, though a recogniser has put its mark there.

"How much does it cost to?", and seldom "Who are you talking to?".
"""
THINKS = re.compile(
    r"\b(?:let me (?:see|think|check|look)|(?:give me|one|just) (?:a )?(?:moment|second|minute)(?: please)?"
    r"|(?<!what )i mean|(?<!me) too)$"
)
"""Ends with a request to wait, or with what comes before a better word; "too" is a "to" that was misheard."""
ASKED_FOR = re.compile(r"\b(?:tell|give|show|send) (?:me|us)$")
WISH = re.compile(
    r"^(?:(?:hi|hello|hey|yes|no|okay|ok|well|so|um|uh|please|good (?:morning|afternoon|evening))[ ,.]+)*"
    r"(?:i(?:'d| would)? (?:like|love|want|need|wish|have|prefer)|i'm (?:calling|looking|trying)"
    r"|i am (?:calling|looking|trying)|i was|i've|we(?:'d| would)? (?:like|want|need)|my \w+|the \w+"
    r"|it's|it is|there(?:'s| is| are)|i (?:ordered|bought|called|saw|got|tried|forgot|lost|live|work))\b"
)
"""Begins as something that may have another half."""
MOST_OF_A_WISH = 7
"""Words of a wish from which it has both halves."""
SUBORDINATE = re.compile(
    r"^(?:(?:so|and|but|well)[ ,]+)*(?:(?:if|when|because|although|since|while|unless|as soon as)\b"
    r"|(?:before|after|until|once) (?:i|you|we|he|she|they|it)\b)"
)
MOST_OF_A_CLAUSE = 7
"""Words of a clause without a comma from which it has its main clause."""
DIGITS = _words(
    "zero oh nought one two three four five six seven eight nine ten eleven twelve thirteen fourteen",
    "fifteen sixteen seventeen eighteen nineteen twenty thirty forty fifty sixty seventy eighty ninety",
    "hundred double triple",
)
SINGLE = _words("zero oh nought one two three four five six seven eight nine")
FEWEST_DIGITS = 10
"""Of a number that is being said: a telephone's has as many."""
_ONE_DIGIT = "|".join(sorted(SINGLE))
_JOINED = re.compile(rf"\b({_ONE_DIGIT})-(?=(?:{_ONE_DIGIT})\b)")
"""Digits that were written as one word: "seven-seven"."""
LEADS_IN = _words("it's it is its my the number code pin order phone telephone that's yes okay ok and then")
"""Words that stand before digits: "my number is one two"."""


def looks_finished(text: str) -> bool:
    """Return whether few people would go on after this; "" is finished."""
    said, words = _plain(text)
    if not words:
        return True
    if breaks_off(text) or digits_being_said(words) or _spelled(words):
        return False
    plain = " ".join(words)
    if said.endswith("?"):
        return LACKS_AN_OBJECT.search(plain) is None or COMPLETE.search(plain) is not None
    if said.endswith(",") or (words[-1] in POINTS and not COMPLETE.search(plain)):
        return False
    if THINKS.search(plain) is not None:
        return False
    return not (WISH.search(said) and len(words) < MOST_OF_A_WISH)


def breaks_off(text: str) -> bool:
    """Return whether nobody ends a sentence like this."""
    said, words = _plain(text)
    if not words:
        return False
    if said.endswith(("-", "\u2013", "\u2014", "...", "\u2026", ":")):
        return True
    if OPENS_A_QUESTION.search(said):
        return not said.endswith("?") or len(words) > 1
    if said.endswith("?") and words[0] in ASKS:
        return words[-1] in NEVER_LAST
    if SUBORDINATE.search(said) and len(words) < MOST_OF_A_CLAUSE and not re.search(r"[,?]", said):
        return True
    plain = " ".join(words)
    if _a_pair(words):
        return True
    if ASKED_FOR.search(plain) is not None or SUBJECT.search(said) is not None:
        return True
    return words[-1] in OPEN and not COMPLETE.search(plain) and not NOUNS.search(plain)


def _plain(text: str) -> tuple[str, list[str]]:
    said = text.strip().lower().replace("\u2019", "'")
    return said, _WORD.findall(_JOINED.sub(r"\1 ", said))


def digits_being_said(words: list[str]) -> bool:
    """Return whether this is a number, or the beginning of one."""
    numbers = [word for word in words if word in DIGITS or word.isdigit()]
    if not numbers or words[-1] not in numbers:
        return False
    if any(word not in DIGITS and not word.isdigit() and word not in LEADS_IN for word in words):
        return False
    return sum(len(word) if word.isdigit() else 1 for word in numbers) < FEWEST_DIGITS


def _a_pair(words: list[str]) -> bool:
    """Return whether two digits are being said: what has no more is said as one number ("twenty four")."""
    digits = [word for word in words if word in SINGLE or (word.isdigit() and len(word) == 1)]
    return len(digits) == 2 and digits_being_said(words) and words[-2] in digits


def _spelled(words: list[str]) -> bool:
    """Return whether letters are being said: "B as in Bravo" is not, "M E Y" is."""
    letters = [word for word in words if len(word) == 1 and word.isalpha()]
    return len(letters) >= 2 and len(letters) == len(words)
