"""What callers say in tests: short pieces of speech, raw G.711 mu-law at 8 kHz (`*.ul`).

They are committed, so that no test needs a speech engine to speak; `python -m tests.sounds` makes them anew.
SIPp's `rtp_stream` sends such files as they are, and `sox -t ul -r 8000 FILE.ul OUT.wav` makes them audible.
"""

from __future__ import annotations

from pathlib import Path

from tests.equipment import tone

FOLDER = Path(__file__).parent

SENTENCES = {
    "question": "Hello! What time is it, please?",
    "sum": "What is seven plus five?",
    "interruption": "Stop, please. That is enough, thank you.",
    "goodbye": "Thank you. Goodbye!",
}


def speech(name: str) -> tone.Pcm:
    """Return one of the sentences as it sounds on the line."""
    return tone.ulaw_decode((FOLDER / f"{name}.ul").read_bytes())
