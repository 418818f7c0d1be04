"""What a plan says itself must have somebody who can say it, in the language of its callers. Pure."""

from __future__ import annotations

from collections.abc import Iterator

from gateway.dialplan.language import is_english
from gateway.dialplan.model import Plan
from gateway.dialplan.problems import Remark
from gateway.dialplan.spoken import DEFAULT_WORDS, hosted, language, told


def voice_remarks(plan: Plan) -> Iterator[Remark]:
    """Yield each text that nobody can speak, and a warning where callers would hear English."""
    english = []
    for path, text in told(plan):
        if text in DEFAULT_WORDS:
            english.append(".".join(map(str, path)))
            continue
        spoken = language(plan, text)
        if not is_english(spoken) and not hosted(plan):
            named = "another script" if spoken == "und" else f"another language ({spoken})"
            instead = "null" if path[-1] != "say" else "play: FILE instead"
            cure = f"the embedded voice speaks English only, and this is {named}: write {instead}"
            yield Remark(path, text, f"{cure}; or language: en if it is English")
    own = language(plan, "")
    if english and not is_english(own):
        cure = f"callers speak {own}, but these words are English by default: {', '.join(english)}"
        place = ("agent", "transcription", "language") if plan.language is None else ("language",)
        yield Remark(place, own, f"{cure}; write your own", warning=True)
