"""The asyncio side of a SIP call over a real port, ticked by hand; only the signalling is a recording."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator
from unittest.mock import ANY

import numpy as np
import pytest
from structlog.testing import capture_logs

from gateway.call import (
    REDIRECTED,
    Answer,
    Answered,
    CallerVoice,
    CallInfo,
    Detect,
    Digit,
    Duck,
    Ending,
    FinishItem,
    Flush,
    Flushed,
    HangUp,
    Held,
    LegEnded,
    LegFact,
    LegState,
    Party,
    Play,
    PlaybackStarted,
    Played,
    Reason,
    Redirect,
    Result,
    Resumed,
    Ring,
    SendDigits,
    SignallingOrder,
    Uplink,
)
from gateway.media.kept_sound import KeptSound
from gateway.media.media_port import PHONE_TICK, PLAYOUT_SECONDS
from gateway.media.plane import media_plane, native_available
from gateway.media.resample import LiveDownsampler
from gateway.realtime.events.wire import append_frame
from gateway.sip.leg import SipLeg
from gateway.sip.mixing import Mixing
from tests.equipment import patience, tone
from tests.sounds import speech

RATE = 24_000
SILENCE = bytes(2 * PHONE_TICK)
GONE = Ending(Result.COMPLETED, Reason.CALLER_HUNG_UP)
OURS = Ending(Result.COMPLETED, Reason.AGENT_HUNG_UP)


class Wire:
    """What a leg asked of the SIP thread."""

    def __init__(self) -> None:
        self.asked: list[object] = []
        self.keys: list[str] = []

    def execute(self, order: SignallingOrder) -> None:
        self.asked.append(order)

    def hears_key(self, key: str) -> None:
        self.keys.append(key)


class Line:
    """A leg, what it reports, and the phone's side of its port."""

    def __init__(self) -> None:
        self.wire = Wire()
        self.plane = media_plane()
        self.leg = SipLeg(
            CallInfo("c1", "x@y", Party("phone"), Party("100")),
            self.plane.port(),
            self.wire,
            Mixing(self.plane),
        )
        self.facts: asyncio.Queue[LegFact] = asyncio.Queue()
        self.heard = b""
        self._to_8k = LiveDownsampler()

    def listen(self) -> None:
        """Take facts and audio."""
        self.leg.listen(self.facts.put_nowait, self._hear)

    def _hear(self, pcm: bytes) -> None:
        self.heard += pcm

    def ticks(self, count: int, caller: bytes = SILENCE) -> tone.Pcm:
        """Let so many ticks of 20 ms pass; give what the phone hears."""
        heard = b""
        for _ in range(count):
            heard += self.leg.port.exchange(caller)
            self.leg.pump()
        return np.frombuffer(self._to_8k.put(heard), "<i2")

    def says(self, said: tone.Pcm) -> None:
        """Let the caller say something."""
        for start in range(0, len(said) - PHONE_TICK, PHONE_TICK):
            self.ticks(1, said[start : start + PHONE_TICK].tobytes())

    def told(self) -> list[LegFact]:
        """Facts so far."""
        return [self.facts.get_nowait() for _ in range(self.facts.qsize())]

    def play(self, item: str, ms: float, *, frequency: float = 440, finish: bool = True) -> None:
        """Queue a tone in two uneven parts, as a model would."""
        pcm = tone.sine(frequency, ms, rate=RATE, fade_ms=5).tobytes()
        self.leg.execute(Play(item, pcm[:1002]))
        self.leg.execute(Play(item, pcm[1002:]))
        if finish:
            self.leg.execute(FinishItem(item))


@pytest.fixture
async def line() -> Line:
    """A leg with somebody who listens."""
    made = Line()
    made.listen()
    return made


# --- audio -----------------------------------------------------------------------------------------------


async def test_an_item_is_heard_to_its_last_sample(line: Line) -> None:
    """The same tone at the telephone's rate, as long as it was; its beginning and its end are told."""
    line.play("i1", 200)
    heard = line.ticks(1)
    assert line.told() == [PlaybackStarted("i1")]
    heard = np.concatenate([heard, line.ticks(11)])
    (span,) = tone.spans(heard)
    assert (span.start_ms, span.end_ms) == (0, pytest.approx(200, abs=10))
    assert tone.share(heard[:1600], 440) > 0.98
    assert tone.clicks(heard) == []
    assert line.told() == [Played("i1")]


async def test_an_item_is_not_over_before_it_was_finished(line: Line) -> None:
    """More of it may come, even when nothing is queued."""
    line.play("i1", 100, finish=False)
    line.ticks(10)
    assert line.told() == [PlaybackStarted("i1")]
    line.leg.execute(FinishItem("i1"))
    line.ticks(2)
    assert line.told() == [Played("i1")]


async def test_a_flush_tells_what_was_heard(line: Line) -> None:
    """To the tick: what left as RTP, what is gone of it, and which items nobody heard."""
    line.play("i1", 400)
    line.play("i2", 100)
    line.play("i3", 100)
    line.ticks(10)
    line.leg.execute(Flush())
    after = line.ticks(5)
    began, flushed = line.told()
    assert began == PlaybackStarted("i1")
    assert isinstance(flushed, Flushed)
    assert (flushed.item_id, flushed.unheard) == ("i1", ("i2", "i3"))
    assert flushed.heard_ms == pytest.approx(200, abs=6)
    assert flushed.heard_ms + flushed.remaining_ms == pytest.approx(400, abs=2)
    assert tone.sound_ms(after) <= 10  # the fade


async def test_an_item_begins_when_the_one_before_it_is_over(line: Line) -> None:
    """It waits in the queue until then."""
    line.play("i1", 100)
    line.play("i2", 100)
    line.ticks(4)
    assert line.told() == [PlaybackStarted("i1")]
    line.ticks(8)
    assert line.told() == [Played("i1"), PlaybackStarted("i2"), Played("i2")]


async def test_a_flush_of_nothing_is_answered_too(line: Line) -> None:
    """Whoever ordered it waits for the answer."""
    line.leg.execute(Flush())
    line.ticks(1)
    assert line.told() == [Flushed("", 0, 0)]


async def test_what_comes_after_a_flush_is_heard(line: Line) -> None:
    """A flush ends what was, not what will be; an item that was half sent begins with a filter of its own."""
    line.play("i1", 200, finish=False)
    line.ticks(2)
    line.leg.execute(Flush())
    line.ticks(2)
    line.play("i2", 100, frequency=880)
    heard = line.ticks(8)
    assert tone.share(heard[:800], 880) > 0.95
    assert [type(fact) for fact in line.told()] == [PlaybackStarted, Flushed, PlaybackStarted, Played]


async def test_the_caller_is_heard_at_the_models_rate(line: Line) -> None:
    """Frame by frame, the same tone."""
    pcm = tone.sine(600, 400)
    for start in range(0, len(pcm), PHONE_TICK):
        line.ticks(1, pcm[start : start + PHONE_TICK].tobytes())
    heard = np.frombuffer(line.heard, "<i2")
    assert len(heard) == 3 * len(pcm)
    assert tone.share(heard, 600, rate=RATE) > 0.98


async def test_a_voice_is_told_while_it_is_asked_for(line: Line) -> None:
    """Its beginning and its end, each with how long ago it was."""
    said = tone.join([tone.silence(400), speech("goodbye"), tone.silence(600)])

    def say() -> list[LegFact]:
        line.says(said)
        return line.told()

    assert say() == []
    line.leg.execute(Detect(on=True))
    began, *_, ended = say()
    assert isinstance(began, CallerVoice)
    assert (began.on, 60 <= began.ago_ms <= 80) == (True, True)
    assert ended == CallerVoice(on=False, ago_ms=360)
    line.leg.execute(Detect(on=False))
    assert say() == []


async def test_the_agent_is_lowered_and_raised(line: Line) -> None:
    """What is on air, at once; a flush raises it, too."""
    line.play("i1", 2000)
    line.ticks(1)
    levels = [tone.level_db(line.ticks(5))]
    for order in (Duck(0.2), Duck(1.0), Duck(0.2)):
        line.leg.execute(order)
        line.ticks(2)  # the ramp, and what the filter is behind
        levels.append(tone.level_db(line.ticks(5)) - levels[0])
    assert levels[1:] == pytest.approx([-14, 0, -14], abs=0.3)
    line.leg.execute(Flush())
    line.ticks(1)
    line.play("i2", 200)
    assert tone.level_db(line.ticks(5)) == pytest.approx(levels[0], abs=0.5)


async def test_a_model_gone_wild_costs_only_its_own_words(line: Line) -> None:
    """Beyond five minutes of queued speech the rest is lost, which is said once; the call goes on."""
    minute = bytes(2 * RATE * 60)
    with capture_logs() as logs:
        for _ in range(PLAYOUT_SECONDS // 60 + 2):
            line.leg.execute(Play("i1", minute))
    assert [line["event"] for line in logs] == ["playout.full"]
    line.leg.execute(Flush())
    line.ticks(1)
    line.play("i2", 100)
    assert tone.sound_ms(line.ticks(8)) == pytest.approx(100, abs=10)


async def test_a_long_call_forgets_its_items(line: Line) -> None:
    """A thousand answers take no more memory than ten."""
    for number in range(40):
        line.play(f"i{number}", 20)
        line.ticks(2)
        if number % 3 == 0:
            line.leg.execute(Flush())
            line.ticks(1)
    assert len(line.leg._items._names) < 20
    assert len(line.leg._halves) == 0
    assert len(line.leg._items._numbers) < 20


# --- on hold ---------------------------------------------------------------------------------------------


async def test_what_comes_on_hold_is_not_the_caller(line: Line) -> None:
    """Music is neither heard nor a voice; who spoke has stopped; afterwards the caller is heard again."""
    word = speech("goodbye")[:4000]  # the first half second
    line.leg.execute(Answer())
    line.leg.execute(Detect(on=True))
    line.says(tone.join([tone.silence(400), word]))
    assert [type(fact) for fact in line.told()] == [CallerVoice]
    line.leg.on_fact(Held())
    assert line.told() == [CallerVoice(on=False), Held()]
    heard = len(line.heard)
    line.says(word)
    assert (line.told(), len(line.heard)) == ([], heard)
    line.leg.on_fact(Resumed())
    line.says(tone.join([tone.silence(400), word]))
    assert line.told() == [Resumed(), CallerVoice(on=True, ago_ms=ANY)]
    assert len(line.heard) > heard


async def test_a_hold_is_told_to_whoever_listens_later(line: Line) -> None:
    """Once, as long as it lasts."""
    line.leg.execute(Answer())
    line.leg.on_fact(Held())
    line.leg.detach()
    line.told()
    line.listen()
    assert line.told() == [Held()]
    line.leg.detach()
    line.leg.on_fact(Resumed())
    line.leg.on_fact(Held())
    line.listen()
    assert line.told() == [Resumed(), Held()]


async def test_a_leg_knows_when_it_was_answered(line: Line) -> None:
    """By the order, before the ACK; a call that ends while it rings never was."""
    assert line.leg.answered_at is None
    line.leg.execute(Answer())
    assert (line.leg.state, line.leg.answered_at) == (LegState.ANSWERED, ANY)
    other = Line()
    other.leg.on_fact(LegEnded(GONE))
    assert (other.leg.state, other.leg.answered_at) == (LegState.ENDED, None)


# --- signalling ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("late", [Ring(), Answer(), Redirect("sip:x@y")])
async def test_a_call_is_answered_once(line: Line, late: SignallingOrder) -> None:
    """PJSIP cannot do it twice: as if nothing were left to answer with, the call would be ended."""
    line.leg.execute(Answer())
    line.leg.execute(late)
    line.leg.on_fact(Answered())
    line.leg.execute(late)
    assert line.wire.asked == [Answer()]
    assert line.leg.state is LegState.ANSWERED


async def test_orders_reach_the_sip_thread(line: Line) -> None:
    """In the order in which they were given."""
    line.leg.execute(Ring())
    line.leg.execute(Answer())
    line.leg.execute(SendDigits("1#"))
    line.leg.execute(HangUp(OURS))
    assert line.wire.asked == [Ring(), Answer(), SendDigits("1#"), HangUp(OURS)]


async def test_hanging_up_ends_the_call_at_once(line: Line) -> None:
    """The BYE may take its time: the end is told now, once, and is ours, whatever the network says later."""
    line.leg.execute(HangUp(OURS))
    async with patience.within(5):
        assert await line.facts.get() == LegEnded(OURS)
    line.leg.on_fact(LegEnded(GONE))
    assert line.told() == []


async def test_a_redirection_ends_the_call(line: Line) -> None:
    """The caller goes elsewhere."""
    line.leg.execute(Redirect("sip:desk@10.0.0.7"))
    async with patience.within(5):
        assert await line.facts.get() == LegEnded(REDIRECTED)
    assert line.wire.asked == [Redirect("sip:desk@10.0.0.7")]


async def test_the_end_is_the_last_fact(line: Line) -> None:
    """What the port or the network still reports comes to nobody; orders are not carried out."""
    line.play("i1", 100)
    line.leg.on_fact(LegEnded(GONE))
    line.leg.on_fact(Digit("1"))
    line.ticks(8, tone.sine(600, 20).tobytes())
    line.leg.execute(HangUp(OURS))
    line.leg.execute(Play("i2", bytes(960)))
    assert line.told() == [LegEnded(GONE)]
    assert (line.heard, line.wire.asked) == (b"", [])


async def test_what_happened_before_anybody_listened_is_kept() -> None:
    """In order; audio is not: nobody wants to hear the past."""
    line = Line()
    line.leg.on_fact(Answered())
    line.leg.on_fact(Digit("1"))
    line.ticks(3, tone.sine(600, 20).tobytes())
    line.listen()
    assert line.told() == [Answered(), Digit("1")]
    line.ticks(1)
    assert len(line.heard) == 960


async def test_between_two_listeners_facts_are_kept(line: Line) -> None:
    """The menu has left, the agent is not there yet: a key pressed meanwhile is the agent's."""
    line.leg.detach()
    line.leg.on_fact(Digit("5"))
    line.leg.on_fact(LegEnded(GONE))
    assert line.told() == []
    line.listen()
    assert line.told() == [Digit("5"), LegEnded(GONE)]


# --- audio that goes past --------------------------------------------------------------------------------


class Model:
    """The far end of an uplink, and a listener that offers it."""

    def __init__(self, line: Line) -> None:
        ours, self.socket = socket.socketpair()
        link = line.plane.link(ours.fileno())
        ours.close()
        assert link is not None
        self.link = link
        self.uplink = Uplink(link)
        self.offers = True
        self.pieces: list[bytes] = []
        self.uplink.keep(kept := KeptSound())
        self.kept = kept
        line.leg.listen(line.facts.put_nowait, self.hear)

    def hear(self, pcm: bytes) -> Uplink | None:
        self.pieces.append(pcm)
        return self.uplink if self.offers else None

    def close(self) -> None:
        self.link.close()
        self.socket.close()


@pytest.fixture
async def past(line: Line) -> AsyncIterator[Model]:
    """A model that the line may speak to directly."""
    if not native_available():
        pytest.skip("needs the native plane: `make native`")
    model = Model(line)
    yield model
    model.close()


def arrives(model: Model) -> None:
    """Wait for the message with a tick."""
    model.socket.settimeout(patience.seconds(2))
    size = 8 + len(append_frame(bytes(960)))
    came = b""
    while len(came) < size:
        came += model.socket.recv(65_536)
    assert len(came) == size


@pytest.mark.native
async def test_audio_goes_past_once_a_way_is_offered(line: Line, past: Model) -> None:
    """A piece at a time until then; afterwards nobody is told, and it is kept."""
    past.offers = False
    line.ticks(2)
    past.offers = True
    line.ticks(1)
    assert [len(piece) for piece in past.pieces] == [960] * 3
    for _ in range(10):
        line.ticks(1)
        arrives(past)
    line.leg.pump()
    past.uplink.release()
    assert (len(past.pieces), len(past.kept)) == (3, 10 * 960)


@pytest.mark.native
async def test_audio_comes_back_with_nothing_lost(line: Line, past: Model) -> None:
    """Whoever had offered the way releases it: then the next piece comes, and nothing twice."""
    line.ticks(1)
    for _ in range(3):  # at once they might be one message
        line.ticks(1)
        arrives(past)
    past.uplink.release()
    assert len(past.kept) == 3 * 960
    past.offers = False
    line.ticks(1)
    assert [len(piece) for piece in past.pieces] == [960, 960]


@pytest.mark.native
@pytest.mark.parametrize("fact", [Held(), LegEnded(GONE)])
async def test_music_on_hold_does_not_go_past(line: Line, past: Model, fact: LegFact) -> None:
    """Nor anything of a call that is over."""
    line.leg.execute(Answer())
    line.ticks(2)
    arrives(past)
    line.leg.on_fact(fact)
    line.ticks(3)
    assert not line.leg.port.direct
    assert (len(past.pieces), len(past.kept)) == (1, 960)


@pytest.mark.native
async def test_the_next_listener_has_the_audio(line: Line, past: Model) -> None:
    """Another action of the call hears the caller in pieces, whoever heard them before."""
    line.ticks(2)
    arrives(past)
    line.listen()
    line.ticks(2)
    assert len(line.heard) == 2 * 960


@pytest.mark.native
async def test_a_way_that_is_stopped_up_is_left(line: Line, past: Model) -> None:
    """The listener has all that was not sent, and may offer the way again."""
    line.ticks(1)
    past.offers = False
    past.link.write(bytes(32 << 20))
    line.ticks(5)
    async with patience.within(5):
        while line.leg.port.direct:  # noqa: ASYNC110 - the thread of the links leaves it
            await asyncio.sleep(0.01)
    line.ticks(1)
    assert len(b"".join(past.pieces)) + len(past.kept) == 7 * 960
