"""Two reasons to wait with what the agent says."""

from __future__ import annotations

import asyncio
from typing import cast

from gateway.media.media_port import MediaPort
from gateway.sip.playout_pause import ACK_WITHIN, PlayoutPause, Waits


class Orders(list[str]):
    """What a port was told."""

    def pause(self, on: bool) -> None:
        """Wait, or go on."""
        self.append("wait" if on else "go on")

    def flush(self) -> None:
        """Drop all."""
        self.append("flush")


def made() -> tuple[PlayoutPause, Orders]:
    """A new one, and what it tells its port."""
    told = Orders()
    return PlayoutPause(cast("MediaPort", told)), told


async def test_the_first_word_waits_for_the_ack() -> None:
    """And goes on with it, once."""
    pause, told = made()
    pause.answer()
    pause.go_on(Waits.ACK)
    pause.go_on(Waits.ACK)
    assert told == ["wait", "go on"]
    await asyncio.sleep(ACK_WITHIN * 1.2)
    assert told == ["wait", "go on"]


async def test_an_ack_that_does_not_come_is_not_waited_for_long() -> None:
    """Three tenths of a second."""
    pause, told = made()
    pause.answer()
    assert told == ["wait"]
    await asyncio.sleep(ACK_WITHIN * 1.2)
    assert told == ["wait", "go on"]


async def test_both_reasons_have_to_be_over() -> None:
    """A flush ends the one that was ordered."""
    pause, told = made()
    pause.answer()
    pause.order(True)
    pause.go_on(Waits.ACK)
    assert told == ["wait"]
    pause.order(False)
    assert told == ["wait", "go on"]
    pause.order(True)
    pause.flush()
    pause.order(False)
    assert told == ["wait", "go on", "wait", "flush"]


async def test_a_flush_before_the_ack_begins_to_wait_again() -> None:
    """The queue's own pause ends with a flush."""
    pause, told = made()
    pause.answer()
    pause.flush()
    pause.go_on(Waits.ACK)
    assert told == ["wait", "flush", "wait", "go on"]
