"""Legs that hear each other, music and muting, in real calls: what comes out of the phones."""

from __future__ import annotations

import asyncio
from itertools import pairwise

import numpy as np
import pytest

from gateway.call import (
    AgentRole,
    Digit,
    Ending,
    FinishItem,
    HangUp,
    Held,
    Join,
    Joined,
    LegFact,
    Mute,
    Play,
    PlayMusic,
    Reason,
    Result,
    Separate,
    Separated,
    TapBlock,
)
from gateway.errors import MediaError
from gateway.media.media_port import AGENT_RATE
from tests.equipment import patience, tone
from tests.equipment.other_codec import OtherCodec
from tests.equipment.wire_call import Call
from tests.equipment.wire_phone import Phone
from tests.equipment.wire_rtp import Pump
from tests.equipment.wire_sip import PCMA, PCMU
from tests.media import lines
from tests.sip.conftest import Exchange, Listening, exchange

pytestmark = pytest.mark.native

OURS = Ending(Result.COMPLETED, Reason.AGENT_HUNG_UP)
G722 = 9
PCM = tone.sine(1500, 400, rate=AGENT_RATE, level_db=-15).tobytes()


async def until_fact(leg: Listening, kind: type[LegFact]) -> LegFact:
    """Wait for a fact of this kind; others are passed over."""
    async with patience.within(10):
        while not isinstance(fact := await leg.fact(), kind):
            pass
        return fact


async def joined(
    sip: Exchange, phone: Phone, role: AgentRole = AgentRole.OUT
) -> list[tuple[Call, Listening]]:
    """Have two phones ring in, and join them."""
    sides = [await sip.answered(phone), await sip.answered(phone)]
    one, other = (leg.leg for _, leg in sides)
    one.execute(Join(other.info.id, role))
    assert await sides[0][1].fact() == Joined(other.info.id, role)
    assert await sides[1][1].fact() == Joined(one.info.id)
    return sides


async def hears(call: Call, hertz: int) -> None:
    """Wait for a tone on a phone."""

    def fact() -> bool:
        late = call.media.heard()[-1600:]
        return tone.share(late, hertz) > 0.9

    await call.hears(fact, f"{hertz} Hz")


async def test_two_callers_hear_each_other_bit_by_bit(sip: Exchange, phone: Phone) -> None:
    """What one says is what the other hears: G.711 passes without a change.

    Each packet is looked for by itself: where this machine was late for one, the others are as they were.
    """
    (one, _), (other, _) = await joined(sip, phone)
    words = np.random.default_rng(1).normal(0, 4000, 8000).astype(np.int16)
    coded = tone.ulaw_decode(tone.ulaw_encode(words))
    await one.listens(200)
    await one.said(one.media.say(words))
    await other.listens(300)
    heard = other.media.heard().tobytes()
    same = sum(packet.tobytes() in heard for packet in coded.reshape(-1, 160))
    assert same > 25, f"{same} of 50 packets"
    assert not one.media.loud()


async def test_a_join_outlasts_hold_new_addresses_and_another_codec(sip: Exchange, phone: Phone) -> None:
    """PJSIP makes a new stream each time; the other hears silence meanwhile, and all heals by itself."""
    (one, _), (other, _) = await joined(sip, phone)
    one.media.say(tone.sine(500, 3000))
    await hears(other, 500)
    await one.reinvite(direction="inactive")
    await other.hears_silence(200)
    await one.reinvite(direction="sendrecv", new_port=True)
    one.media.say(tone.sine(700, 3000))
    await hears(other, 700)
    await other.reinvite(formats=(PCMA, 101))
    one.media.say(tone.sine(900, 3000))
    await hears(other, 900)
    other.media.say(tone.sine(1100, 3000))
    await hears(one, 1100)
    assert other.media.lost() == 0


async def test_the_music_of_one_who_holds_is_heard_by_the_other_and_by_no_agent(
    sip: Exchange, phone: Phone
) -> None:
    """As on any exchange; he himself hears nothing, and words are words again when he comes back."""
    (one, leg), (other, _) = await joined(sip, phone, AgentRole.LISTENS)
    one.media.say(tone.sine(500, 400))
    await hears(other, 500)
    await one.reinvite(direction="sendonly")
    await until_fact(leg, Held)
    before = len(leg.heard)
    one.media.say(tone.sine(800, 1000))
    await hears(other, 800)
    await one.listens(300)
    assert len(leg.heard) == before
    await one.reinvite(direction="sendrecv")
    one.media.say(tone.sine(600, 1000))
    await hears(other, 600)
    await one.hears(lambda: len(leg.heard) > before, "the agent")


async def test_narrow_and_wide_hear_each_other(sip: Exchange, pump: Pump, phone: Phone) -> None:
    """G.711 here, G.722 there, encoded by somebody else: each hears the other's tone at its level."""
    (one, _), (other, _) = await joined(sip, phone)
    await other.reinvite(formats=(G722, 101), names={101: "telephone-event/8000"})
    codec = OtherCodec("g722")
    other.media.say_packets(codec.packets(tone.sine(1000, 1500, rate=16000, level_db=-20)), G722)
    one.media.say(tone.sine(600, 1500, level_db=-20))
    await hears(one, 1000)
    await other.hears(lambda: len(other.media.packets) > 40, "the other")
    await other.listens(700)
    late = codec.heard(p.payload for p in other.media.packets if p.payload_type == G722)[-8000:]
    assert tone.share(late, 600, rate=16000) > 0.95
    assert tone.level_db(late) == pytest.approx(-23, abs=0.7)
    assert tone.level_db(one.media.heard()[-1600:]) == pytest.approx(-23, abs=0.7)


async def test_a_key_reaches_the_other_as_an_event(sip: Exchange, phone: Phone) -> None:
    """Told to the leg's own listener, and pressed on the other side (RFC 4733)."""
    (one, leg), (other, _) = await joined(sip, phone)
    one.media.press("4#")
    assert [await until_fact(leg, Digit), await until_fact(leg, Digit)] == [Digit("4"), Digit("#")]
    await other.hears(lambda: [d.digit for d in other.media.digits() if d.ended] == ["4", "#"], "the keys")
    assert one.media.digits() == []


async def test_the_agent_whispers_then_talks_then_is_out(sip: Exchange, phone: Phone) -> None:
    """Ordered again with another role, a join changes it; nobody is told that he was joined once more."""
    (one, leg), (other, there) = await joined(sip, phone, AgentRole.WHISPERS)
    leg.leg.execute(Play("i", PCM))
    await hears(one, 1500)
    await one.hears_silence(200)
    assert not other.media.loud()
    leg.leg.execute(Join(there.leg.info.id, AgentRole.TALKS))
    leg.leg.execute(Play("j", PCM))
    await asyncio.gather(hears(one, 1500), hears(other, 1500))
    leg.leg.execute(Join(there.leg.info.id, AgentRole.OUT))
    await one.hears_silence(200)
    assert there.silent
    heard = len(leg.heard)
    one.media.say(tone.sine(500, 400))
    await hears(other, 500)
    assert len(leg.heard) - heard <= 2 * AGENT_RATE // 10  # what was on its way


async def test_both_are_alone_again_when_they_are_parted_or_one_hangs_up(sip: Exchange, phone: Phone) -> None:
    """Each is told why; what is said then reaches the agent alone."""
    (one, leg), (other, there) = await joined(sip, phone)
    there.leg.execute(Separate())
    assert await leg.fact() == Separated(there.leg.info.id)
    assert await there.fact() == Separated(leg.leg.info.id)
    leg.leg.execute(Join(there.leg.info.id))
    assert await until_fact(leg, Joined)
    await other.hang_up()
    assert await leg.fact() == Separated(there.leg.info.id, "that leg has ended")
    before = len(leg.heard)
    one.media.say(tone.sine(500, 400))
    await one.hears(lambda: len(leg.heard) - before > AGENT_RATE // 2, "the agent")


async def test_joining_and_parting_neither_repeats_nor_skips_a_packet(sip: Exchange, phone: Phone) -> None:
    """A tick is sent once, whichever place in it a leg has; the agent's sound goes on."""
    (one, leg), (other, there) = await joined(sip, phone, AgentRole.TALKS)
    murmur = lines.noise(3 * AGENT_RATE, -20)
    leg.leg.execute(Play("i", murmur.tobytes()))
    await one.hears_sound()
    for _ in range(10):
        leg.leg.execute(Separate())
        await one.listens(50)
        leg.leg.execute(Join(there.leg.info.id, AgentRole.TALKS))
        await one.listens(70)
    for call in (one, other):
        packets = call.media.audio()
        assert {after.seq - before.seq & 0xFFFF for before, after in pairwise(packets)} == {1}
        assert {after.timestamp - before.timestamp & 0xFFFFFFFF for before, after in pairwise(packets)} == {
            160
        }
    sound = one.media.loud()
    assert len({packet.payload for packet in sound}) == len(sound)  # noise never repeats itself
    assert sound[-1].seq - sound[0].seq & 0xFFFF == len(sound) - 1


async def test_a_leg_that_is_joined_with_another_leaves_the_first(sip: Exchange, phone: Phone) -> None:
    """Nobody is in two conversations."""
    (_, leg), (_, there) = await joined(sip, phone)
    third, newcomer = await sip.answered(phone)
    leg.leg.execute(Join(newcomer.leg.info.id))
    assert await there.fact() == Separated(leg.leg.info.id)
    assert await newcomer.fact() == Joined(leg.leg.info.id)
    third.media.say(tone.sine(500, 400))
    assert await until_fact(leg, Joined) == Joined(newcomer.leg.info.id)


async def test_nobody_is_joined_with_a_leg_that_is_not_up(sip: Exchange, phone: Phone) -> None:
    """Nor with himself."""
    _, leg = await sip.answered(phone)
    for other in ("nobody", leg.leg.info.id):
        leg.leg.execute(Join(other))
        assert await leg.fact() == Separated(other, "that leg is not up")


async def test_music_plays_until_a_prompt_comes_and_after_it(sip: Exchange, phone: Phone) -> None:
    """Two who wait hear the same piece from one place in memory; who is muted is not heard."""
    calls = [await sip.answered(phone), await sip.answered(phone)]
    piece = tone.sine(600, 3000, rate=AGENT_RATE, level_db=-15).tobytes()
    for _, leg in calls:
        leg.leg.execute(PlayMusic(piece, 0.5))
    for call, _ in calls:
        await hears(call, 600)
    call, leg = calls[0]
    leg.leg.execute(Play("i", PCM))
    leg.leg.execute(FinishItem("i"))
    await hears(call, 1500)
    await hears(call, 600)
    leg.leg.execute(PlayMusic(b""))
    await call.hears_silence(200)
    leg.leg.execute(Mute(on=True))
    await call.listens(100)
    before = len(leg.heard)
    call.media.say(tone.sine(500, 300))
    await call.hears(lambda: len(leg.heard) - before > AGENT_RATE, "the agent")
    assert tone.sound_ms(np.frombuffer(leg.heard[before:], "<i2"), rate=AGENT_RATE) == 0


async def test_a_tap_has_every_sample_that_left_and_ends_where_it_ended(sip: Exchange, phone: Phone) -> None:
    """The right channel is the RTP, sample by sample, through a flush; the left is what the caller said."""
    call, leg = await sip.answered(phone)
    tap = leg.leg.tap()
    blocks: list[TapBlock] = []
    call.media.say(tone.sine(500, 1500))
    murmur = lines.noise(5 * AGENT_RATE, -20)
    leg.leg.execute(Play("i", murmur.tobytes()))
    await call.hears_sound()
    await call.listens(500)
    leg.leg.port.flush()
    await call.hears_silence(300)
    leg.leg.execute(HangUp(OURS))
    await call.ended()
    blocks += tap.read()
    both = np.concatenate([np.frombuffer(block.pcm, "<i2").reshape(-1, 2) for block in blocks])
    sent = call.media.heard()
    right = both[:, 1].astype(np.int32)
    begin = int(np.argmax(np.correlate(sent.astype(float), right.astype(float), "full"))) - len(right) + 1
    assert begin >= 0, "the tap began after the call"
    right, sent = right[: len(sent) - begin], sent[begin : begin + len(right)]
    assert (np.abs(right - sent) <= 8 + np.abs(right) / 24).all()  # what G.711 makes of it
    assert len(both) - len(right) <= 160  # both end with the call
    assert tone.share(both[4000:8000, 0], 500) > 0.99
    assert [b.tick for b in blocks[1:]] == [a.tick + a.ticks for a in blocks[:-1]]


async def test_a_held_call_leaves_a_gap_in_its_tap(sip: Exchange, phone: Phone) -> None:
    """As long as it was held, by the clock; the line goes on at its codec's rate."""
    call, leg = await sip.answered(phone)
    tap = leg.leg.tap()
    await call.listens(100)
    await call.reinvite(direction="inactive")
    await asyncio.sleep(0.3)
    await call.reinvite(direction="sendrecv", formats=(PCMU, 101))
    await call.listens(300)
    before, *_, after = tap.read()
    gap = after.tick - before.tick - before.ticks
    assert gap >= 10


async def test_portable_mode_says_what_it_cannot(pump: Pump) -> None:
    """Joins and taps; the call goes on."""
    async with exchange(native=False) as sip, Phone(sip.address, pump) as phone:
        _, leg = await sip.answered(phone)
        _, there = await sip.answered(phone)
        leg.leg.execute(Join(there.leg.info.id))
        told = await leg.fact()
        assert isinstance(told, Separated)
        assert told.why.startswith("portable mode joins no legs")
        with pytest.raises(MediaError, match="portable mode has no taps"):
            leg.leg.tap()
