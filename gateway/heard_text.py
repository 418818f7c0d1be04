"""What a caller heard of a sentence that was cut off: an estimate, as words have no times. Pure."""

from __future__ import annotations


def as_heard(text: str, heard_ms: int, sent_ms: int) -> str:
    """Cut a text in proportion to the sound heard of it, at a word's end; "" if that is less than a word.

    A sentence of which all was heard, or of which nothing was sent that could be compared, stays whole.
    """
    if not sent_ms or heard_ms >= sent_ms:
        return text
    whole_words = text[: len(text) * heard_ms // sent_ms + 1].rpartition(" ")[0].rstrip()
    return f"{whole_words} ..." if whole_words else ""
