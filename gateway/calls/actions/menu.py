"""The menu action: say what the keys do and follow the one that is pressed."""

from __future__ import annotations

from collections.abc import Collection

from gateway.call import Announcement
from gateway.calls.actions.prompter import Prompter

SILENCE = Announcement()


async def choose(
    line: Prompter,
    prompt: Announcement,
    options: Collection[str],
    *,
    wait: float,
    retries: int,
    wrong: Announcement = SILENCE,
) -> str | None:
    """Return the key chosen, or None when there was none after the last retry.

    `wrong` is played after a key that leads nowhere; `wait` in seconds, after the prompt. A key pressed while
    the prompt plays counts at once. Raises LegGone when the caller hangs up.
    """
    await line.answer()
    for _ in range(1 + retries):
        key = await line.play(prompt, "0123456789*#") or await line.key(wait)
        if key and key in options:
            return key
        if key and wrong:
            await line.play(wrong)
    return None
