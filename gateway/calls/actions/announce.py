"""The announce action: answer, say or play something, hang up."""

from __future__ import annotations

from gateway.call import Announcement, Ending
from gateway.calls.actions.prompter import Prompter

PAUSE = bytes(2 * 24_000)
"""A second of silence between repetitions, PCM16LE 24 kHz."""


async def announce(line: Prompter, sound: Announcement, repeat: int) -> Ending:
    """Play `sound` `repeat` times. Raises LegGone when the caller hangs up before."""
    await line.answer()
    await line.play(Announcement(PAUSE.join([sound.pcm] * repeat), " ".join([sound.words] * repeat)))
    return await line.hang_up()
