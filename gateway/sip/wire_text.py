"""Text that a stranger sent, made safe once, where it comes in: nothing later can fail on it or obey it.

PJSIP's bindings hand bytes that are no UTF-8 over as lone surrogates (PEP 383): a string that no encoder
takes, long after the message was answered.
"""

from __future__ import annotations

import re

CONTROLS = re.compile(
    r"[\x00-\x1f\x7f-\x9f"  # C0, DEL and C1: U+009B alone begins a terminal's control sequence (ECMA-48 5.3)
    r"\u2028\u2029"  # line and paragraph separators
    r"\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff"  # what turns the order of writing around (UAX 9)
    r"\ud800-\udfff]"  # halves of a character
)
"""What no name, number or header of a call needs, and a terminal or a log would obey."""


def decoded(text: str) -> str:
    r"""Return what PJSIP's bindings handed over as text that can be encoded; byte 0xff becomes `\xff`."""
    return text.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")


def printable(text: str) -> str:
    """Return the text without `CONTROLS`."""
    return CONTROLS.sub("", text)
