"""Who answers a browser, with aiortc as the browser."""

from __future__ import annotations

import asyncio
import re
from typing import Any

import numpy as np
import pytest
from aiortc import RTCPeerConnection, VideoStreamTrack

from gateway.errors import BadInput
from gateway.webrtc.answering_peer import AnsweringPeer
from gateway.webrtc.arrivals import ArrivingSound
from gateway.webrtc.paced_track import PacedTrack
from tests.equipment import patience, tone
from tests.equipment.browser_phone import RATE, BrowserPhone, Microphone

WORDS = tone.sine(440, 20, rate=24_000).tobytes()


@pytest.mark.parametrize("offer", ["v=0", "", "v=0\r\nm=audio 9 UDP/TLS/RTP/SAVPF 111\r\n", "x" * 1000])
async def test_an_offer_that_is_none(offer: str) -> None:
    """Is refused, whatever the library makes of it, and the connection is let go."""
    peer = AnsweringPeer(PacedTrack(lambda: WORDS), lambda _channel: None)
    with pytest.raises(BadInput, match="cannot be answered"):
        await peer.answer(offer)
    assert peer.over.is_set()


async def test_an_offer_without_audio() -> None:
    """Is refused with what to do about it."""
    peer, page = AnsweringPeer(PacedTrack(lambda: WORDS), lambda _channel: None), RTCPeerConnection()
    page.createDataChannel("keys")
    try:
        with pytest.raises(BadInput, match="add the microphone"):
            await peer.answer((await page.createOffer()).sdp)
        assert not peer.is_connected
    finally:
        await page.close()


async def test_sound_both_ways_and_a_channel() -> None:
    """Until the browser leaves."""
    channels: list[Any] = []
    peer, phone = AnsweringPeer(PacedTrack(lambda: WORDS), channels.append), BrowserPhone("keys")
    heard = np.zeros(0, np.int16)
    try:
        await phone.answered(await peer.answer(await phone.offer()))
        async with asyncio.TaskGroup() as tasks:
            listening = tasks.create_task(phone.listen())
            async with patience.within(10):
                await peer.connected.wait()
            phone.microphone.say(tone.sine(700, 1500, rate=RATE, fade_ms=5))
            arrivals = ArrivingSound()
            async with patience.within(10):
                async for frame in peer.frames():
                    heard = np.concatenate([heard, np.frombuffer(arrivals.take(frame), np.int16)])
                    if tone.share(heard[-6000:], 700, rate=24_000) > 0.8:
                        break
            await phone.until(lambda: tone.share(phone.heard()[-4000:], 440) > 0.8, "the words")
            await phone.until(lambda: channels, "the channel")
            assert (channels[0].label, peer.is_connected) == ("keys", True)
            await phone.peer.close()
            async with patience.within(10):
                await peer.over.wait()
            listening.cancel()
    finally:
        await phone.peer.close()
        await peer.close()


async def test_pictures_and_a_second_microphone_are_left() -> None:
    """One sound is taken, of whatever else a page may send."""
    taken: list[int] = []
    peer = AnsweringPeer(
        PacedTrack(lambda: WORDS),
        lambda _channel: None,
        spoken=("opus",),
        taken=lambda packet: taken.append(packet.ssrc) is None,
    )
    phone = BrowserPhone()
    for other in (Microphone(), VideoStreamTrack()):
        phone.peer.addTrack(other)
    try:
        answer = await peer.answer(await phone.offer())
        assert re.findall("a=(sendrecv|recvonly|inactive)", answer) == ["sendrecv", "inactive", "inactive"]
        await phone.answered(answer)
        async with patience.within(10):
            while len(taken) < 50:  # noqa: ASYNC110 - packets come by themselves
                await asyncio.sleep(0.02)
        assert len(set(taken)) == 1
    finally:
        await phone.peer.close()
        await peer.close()
