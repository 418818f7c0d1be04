"""The announce action: answer, say or play something, hang up."""

from __future__ import annotations

from gateway.call import Ending
from gateway.calls.actions.prompter import Prompter

PAUSE = bytes(2 * 24_000)
"""A second of silence between repetitions, PCM16LE 24 kHz."""


async def announce(line: Prompter, sound: bytes, repeat: int) -> Ending:
    """Play `sound` (PCM16LE 24 kHz) `repeat` times. Raises LegGone when the caller hangs up before."""
    await line.answer()
    await line.play(PAUSE.join([sound] * repeat))
    return await line.hang_up()
