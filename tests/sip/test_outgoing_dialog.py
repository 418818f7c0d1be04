"""A call that we make, seen from the phone that it rings."""

from __future__ import annotations

import pytest

from gateway.call import Answered, FinishItem, LegEnded, Play, Played, Reason, Ringing, Withhold
from tests.equipment import tone
from tests.equipment.wire_phone import Phone
from tests.equipment.wire_rtp import MS
from tests.sip.conftest import Exchange, Listening

WORDS = tone.sine(660, 300, rate=24_000, fade_ms=2).tobytes()


def rung(sip: Exchange, phone: Phone) -> Listening:
    """Call somebody, with something to say."""
    leg = Listening(sip.agent.dial(f"sip:desk@{phone.local[0]}:{phone.local[1]}"))
    leg.leg.execute(Play("i", WORDS))
    leg.leg.execute(FinishItem("i"))
    return leg


async def rings(leg: Listening) -> None:
    """Wait until there is early media."""
    while await leg.fact() != Ringing(183):
        pass


async def test_what_is_prepared_leaves_with_the_answer(sip: Exchange, phone: Phone) -> None:
    """All of it, and none before: also where there is early media."""
    leg = rung(sip, phone)
    call = await phone.incoming()
    call.play_early()
    await rings(leg)
    await call.listens(300)
    assert tone.sound_ms(call.media.heard()) == 0
    await call.accept()
    first = await call.hears_sound(call.times["ACK"])
    await call.hears(lambda: tone.sound_ms(call.media.heard()) >= 290, "all of it")
    assert (first - call.times["ACK"]) / MS < 500
    while not isinstance(fact := await leg.fact(), Played):
        pass
    assert fact == Played("i")


@pytest.mark.native
async def test_it_waits_until_it_is_known_who_has_answered(sip: Exchange, phone: Phone) -> None:
    """However long that takes."""
    leg = rung(sip, phone)
    leg.leg.execute(Withhold(on=True))
    call = await phone.incoming()
    await call.accept()
    await call.listens(200)
    assert tone.sound_ms(call.media.heard()) == 0
    leg.leg.execute(Withhold(on=False))
    await call.hears(lambda: tone.sound_ms(call.media.heard()) >= 290, "all of it")


async def test_a_fork_that_answers_with_another_tag_is_the_one_we_talk_with(
    sip: Exchange, phone: Phone
) -> None:
    """One phone rings with early media, another one answers (RFC 3261 section 13.2.2.4)."""
    leg = rung(sip, phone)
    call = await phone.incoming()
    call.play_early()
    await rings(leg)
    call.tag = "another"
    await call.accept()
    await call.hears(lambda: tone.sound_ms(call.media.heard()) >= 290, "all of it")
    await call.hang_up()
    while not isinstance(last := await leg.fact(), LegEnded):
        pass
    assert last.ending.reason is Reason.CALLEE_HUNG_UP


async def test_reliable_progress_is_acknowledged(sip: Exchange, phone: Phone) -> None:
    """A 183 that wants a PRACK has one (RFC 3262), and the call is answered as ever."""
    leg = rung(sip, phone)
    call = await phone.incoming()
    supported = ",".join(call.messages[0].all("Supported"))
    if "100rel" not in supported:
        pytest.skip("this PJSIP offers no reliable progress")
    phone.answers["PRACK"] = 200
    phone.reply(call.messages[0], 180, tag=call.tag, headers=[("Require", "100rel"), ("RSeq", "1")])
    await call.hears(lambda: any(one.method == "PRACK" for one in call.messages), "the PRACK")
    await call.accept()
    while not isinstance(await leg.fact(), Answered):
        pass


async def test_why_nobody_answers_is_told(sip: Exchange, phone: Phone) -> None:
    """In the network's own words, if it has some."""
    leg = rung(sip, phone)
    (await phone.incoming()).reject(486, headers=[("Reason", "Q.850;cause=17")])
    while not isinstance(fact := await leg.fact(), LegEnded):
        pass
    assert (fact.ending.reason, fact.cause) == (Reason.BUSY, 17)
