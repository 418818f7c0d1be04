"""What is played, and how much of it was heard."""

from __future__ import annotations

import numpy as np

from gateway.local.webrtc.output_buffer import FRAME_BYTES, SILENCE, OutputBuffer, UnheardItem

FRAME_MS = 20


def pcm(ms: int, value: int = 7) -> bytes:
    return np.full(24 * ms, value, np.int16).tobytes()


class Told(list[tuple[str, str]]):
    def __call__(self, change: str, response_id: str) -> None:
        self.append((change, response_id))


def test_what_waits_is_played_in_order_and_then_silence() -> None:
    told = Told()
    output = OutputBuffer(told)
    assert output.next() == SILENCE
    output.add("r1", "a", pcm(30, 1))
    output.add("r1", "b", pcm(20, 2))
    output.finish("r1")
    played = np.frombuffer(b"".join(output.next() for _ in range(4)), np.int16)
    assert [int((played == value).sum()) // 24 for value in (1, 2, 0)] == [30, 20, 30]
    assert told == [("started", "r1"), ("stopped", "r1")]


def test_a_pause_in_a_response_is_not_its_end() -> None:
    """It says more later; its end is told when it has said all."""
    told = Told()
    output = OutputBuffer(told)
    output.add("r1", "a", pcm(20))
    output.next()
    assert output.next() == SILENCE
    output.add("r1", "a", pcm(20))
    assert output.next() != SILENCE
    assert told == [("started", "r1")]
    output.finish("r1")
    assert told == [("started", "r1"), ("stopped", "r1")]


def test_who_interrupts_has_heard_so_much() -> None:
    """Of the item that was played; nothing of those behind it; what was heard out is not named."""
    told = Told()
    output = OutputBuffer(told)
    output.add("r1", "a", pcm(20))
    output.add("r1", "b", pcm(100))
    output.add("r1", "c", pcm(100))
    output.finish("r1")
    for _ in range(3):
        output.next()
    assert output.clear() == (UnheardItem("b", 40), UnheardItem("c", 0))
    assert told == [("started", "r1"), ("cleared", "r1")]
    assert (output.next(), output.clear(), output.waiting_ms) == (SILENCE, (), 0)


def test_an_item_that_may_go_on_counts_as_heard_so_far() -> None:
    output = OutputBuffer(Told())
    output.add("r1", "a", pcm(20))
    output.next()
    output.next()
    assert output.clear() == (UnheardItem("a", 20),)


def test_two_responses_are_told_one_after_the_other() -> None:
    told = Told()
    output = OutputBuffer(told)
    output.add("r1", "a", pcm(20))
    output.add("r2", "b", pcm(20))
    output.finish("r1")
    output.finish("r2")
    assert len(output.next()) == FRAME_BYTES
    output.next()
    assert told == [("started", "r1"), ("stopped", "r1"), ("started", "r2"), ("stopped", "r2")]
