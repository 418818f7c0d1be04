"""Names: given, spelled by the caller, and spelled back."""

from __future__ import annotations

import re

from gateway.local.reply.words import word_list

_NOT_NAMES = frozenset(
    word_list(
        "a an the my your his her name it that this here there fine good well sorry not calling looking "
        "trying going just very so interested happy sure okay ok back sick tired from in at on to of and is "
        "was please again word for me you spell spelled spelling how can could would letter by"
    )
)
_NAME_SAID = (
    r"(?:my|the|his|her) (?:full |first |last |sur|family )?name(?:'s| is)",
    r"name is",
    r"call me",
    r"this is",
    r"i am called",
    r"i'm called",
    r"i am",
    r"i'm",
)
_LETTER_WORDS = {"double u": "w", "zed": "z", "zee": "z", "aitch": "h", "why": "y", "queue": "q", "are": "r"}


def name_given(text: str) -> str | None:
    """Find the name in "my name is Peter Smith"; the text as recognised, with its capitals."""
    for start in _NAME_SAID:
        found = re.search(rf"\b{start}\b[\s,:]+(.+)", text, re.IGNORECASE)
        if found:
            name = _leading_name(found[1], need_capital=start in ("this is", "i am", "i'm"))
            if name:
                return name
    return None


def _leading_name(text: str, *, need_capital: bool = False) -> str | None:
    names: list[str] = []
    for word in re.findall(r"[A-Za-z][A-Za-z'\u2019-]*|[.,!?;]", text):
        capital = word[:1].isupper()
        if not word[0].isalpha() or word.lower() in _NOT_NAMES or (names and not capital):
            break
        if need_capital and not capital:
            break
        names.append(word)
        if len(names) == 3:
            break
    return " ".join(names) or None


def letters_spelled(text: str) -> str | None:
    """Read letters said one by one, as recognition writes them: "P-e-t-e-r", "P. E. T. E. R."."""
    tokens = re.findall(r"[A-Za-z]+", text)
    run: list[str] = []
    best: list[str] = []
    for token in tokens:
        letter = token if len(token) == 1 else _LETTER_WORDS.get(token.lower())
        run = [*run, letter] if letter else []
        best = max(best, run, key=len)
    return "".join(best).upper() if len(best) >= 3 else None


def spell(word: str) -> str:
    """Say a word letter by letter: "P, E, T, E, R"."""
    return ", ".join(letter.upper() for letter in word if letter.isalnum())


def answer_spelling(text: str, earlier: tuple[str, ...] = ()) -> str | None:
    """Spell what is asked for, read back what was spelled, or greet a name with its letters."""
    spelled = letters_spelled(text)
    if spelled:
        return f"I have {spell(spelled)}: {spelled.title()}."
    asked = re.search(r"\bspell(?:ed|ing)?\b", text, re.IGNORECASE)
    given = name_given(text)
    if given is None and asked:
        given = _word_to_spell(text, asked.end())
        for before in earlier if given is None and re.search(r"\bname\b|\bit\b|\bthat\b", text) else ():
            given = given or name_given(before)
    if given:
        return f"{given} is spelled: {'. '.join(spell(part) for part in given.split())}."
    return "Which name shall I spell? Please say: my name is, and then the name." if asked else None


def _word_to_spell(text: str, at: int) -> str | None:
    rest = re.sub(
        r"^\W*(?:(?:out|back|the|a|of|for|me|word|name|city|town)\b\W*)+", "", text[at:], flags=re.IGNORECASE
    )
    found = re.match(r"\W*([A-Za-z'\u2019]+(?: [A-Z][A-Za-z'\u2019]+)*)", rest)
    if found and found[1].split()[0].lower() not in _NOT_NAMES:
        return found[1]
    return None
