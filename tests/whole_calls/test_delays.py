"""What the log tells of a caller's waiting is what a stop-watch at the phone shows."""

from __future__ import annotations

import pytest

from tests.equipment import tone
from tests.equipment.programs import Gateway
from tests.equipment.wire_phone import Phone
from tests.equipment.wire_rtp import MS
from tests.sounds import speech

ALIKE_MS = 150
"""The ways there and back, and the caller's jitter buffer, are not in the log's figure: two packets, and more
on a busy machine, which delays the phone's own. The silence that a session waits for is 500 ms."""
CALLS = 5
"""Tries."""


def until_its_last_sound(pcm: tone.Pcm) -> tone.Pcm:
    """Cut the silence off behind somebody's words."""
    return pcm[: int(tone.spans(pcm, floor_db=-45)[-1].end_ms * 8)]


async def waited(phone: Phone, gateway: Gateway, number: str, words: tone.Pcm) -> tuple[float, int]:
    """Say something once; return the wait for the answer in ms, as the phone and as the log have it."""
    call = phone.call(number)
    await call.answered()
    await call.hears_sound()
    await call.hears_silence(400)
    said = await call.said(call.media.say(words))
    answered = await call.hears_sound(since=said.ended_at)
    await call.hang_up()
    line = await gateway.said("call.ended", sip_call_id=call.call_id)
    return (answered - said.ended_at) / MS, line["turn_ms_median"]


@pytest.mark.parametrize(
    ("number", "words"),
    [("100", tone.sine(700, 600)), ("215", until_its_last_sound(speech("sum")))],
    ids=["turns found by the server", "turns found by us"],
)
async def test_the_log_and_the_phone_agree_on_how_long_an_answer_took(
    phone: Phone, gateway: Gateway, number: str, words: tone.Pcm
) -> None:
    """From the end of the caller's words to the first sound of the answer."""
    found = []
    for _ in range(CALLS):
        by_phone, by_log = await waited(phone, gateway, number, words)
        if abs(by_phone - by_log) <= ALIKE_MS:
            return
        found.append((by_phone, by_log))
    pytest.fail(f"no call in which they agree: {found}")
