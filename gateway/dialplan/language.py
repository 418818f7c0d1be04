"""The language of a text, as far as it can be told by its commonest words. Pure.

It need not know one language from another: what matters is whether a text is English, which the embedded
voice speaks. What has too few words to tell counts as English.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping

ENGLISH = "en"

_WORDS: Mapping[str, str] = {
    ENGLISH: (
        "the and is are we you your please to of for our not call thank thanks hello sorry this that "
        "will with at be can have has it now later moment again press calling welcome who what when "
        "where how hold line open closed from by they want need one two here"
    ),
    "de": (
        "der das und ist nicht wir sie bitte ein eine einen mit auf zu von den dem des leider anruf "
        "ihre ihr ihren sind haben können guten danke willkommen für oder auch bei uns gerade später "
        "wieder drücken tag ich"
    ),
    "fr": (
        "le la les nous vous est et des pour votre vos merci bonjour ne pas appel veuillez désolé "
        "désolés une un au aux avec bienvenue patienter sommes ce cette du plus tard tapez"
    ),
    "es": (
        "el la los las usted es y para su gracias hola por favor llamada sentimos lo con una un del "
        "está nuestro nuestra bienvenido más tarde momento pulse que en de"
    ),
    "it": (
        "il lo gli le siamo è e per grazie prego non chiamata una un con vi della del nostro benvenuti "
        "attendere più tardi momento prema di che buongiorno"
    ),
    "nl": (
        "de het een wij u niet en van voor uw bedankt goedendag met zijn op onze welkom moment "
        "alstublieft later bel ogenblik"
    ),
    "pt": (
        "o os as você e para sua seu obrigado obrigada por favor não chamada uma um com nossa nosso "
        "bem-vindo mais tarde momento olá de que"
    ),
    "sv": "och är att det för inte vi tack vänligen vänta samtal kan du ni hej välkommen till senare",
    "da": "og er at det for ikke vi tak venligst vent opkald kan du hej velkommen til senere",
    "no": "og er at det for ikke vi takk vennligst vent samtale kan du hei velkommen til senere",
    "pl": "i jest nie na do proszę dziękujemy dzień dobry witamy w z się połączenie później",
    "cs": "je na prosím děkujeme dobrý den vítejte a se hovor později nelze",
    "fi": "ja on ei olemme kiitos hei tervetuloa odottakaa puhelu myöhemmin",
    "tr": "ve bir bu için lütfen teşekkürler merhaba hoş geldiniz arama sonra",
}
_KNOWN = {language: frozenset(words.split()) for language, words in _WORDS.items()}
_SURE = 2
"""Common words that a text must have of another language, and more of them than of English."""


def language_of(text: str) -> str:
    """Return the language of a text, ISO 639; "und" for another script than the Latin one; else English."""
    letters = [one for one in text if one.isalpha()]
    foreign = sum(not unicodedata.name(one, "").startswith("LATIN") for one in letters)
    if 2 * foreign > len(letters):
        return "und"
    words = re.findall(r"[^\W\d_]+(?:-[^\W\d_]+)*", re.sub(r"\{[^}]*\}", " ", text.lower()))
    counts = {language: sum(word in known for word in words) for language, known in _KNOWN.items()}
    best = max(counts, key=lambda language: (counts[language], language == ENGLISH))
    return best if counts[best] >= _SURE and counts[best] > counts[ENGLISH] else ENGLISH


def is_english(language: str) -> bool:
    """Return whether a language by its code is English: `en`, `en-GB`."""
    return language.lower().split("-")[0] == ENGLISH
