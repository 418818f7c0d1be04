from __future__ import annotations

import pytest

from gateway.local.session.turns import (
    FRAME_MS,
    MAX_TURN_MS,
    AgentFinished,
    AgentStarted,
    CommitTurn,
    Configured,
    Emptied,
    Fact,
    Forget,
    HearPiece,
    Interrupt,
    Judged,
    Order,
    RespondToTurn,
    Speculate,
    TimedOut,
    TurnFinder,
    TurnSettings,
    VoiceBegan,
    VoiceEnded,
    VoiceProbability,
)
from tests.equipment.playbook import Playbook

VOICE, HUSH, SURE = VoiceProbability(0.6), VoiceProbability(0.1), VoiceProbability(0.8)
PLAIN = TurnSettings(prefix_ms=96, silence_ms=320)
TALKING = (VoiceBegan(0), Interrupt())


class Machine(TurnFinder):
    """Turns as a playbook plays them: they have no clock to be told."""

    def step(self, fact: Fact, _now: float) -> list[Order]:
        return self.handle(fact)


def play(settings: TurnSettings = PLAIN) -> Playbook[Machine]:
    return Playbook(Machine(settings))


def frames(book: Playbook[Machine], fact: VoiceProbability, count: int) -> Playbook[Machine]:
    for _ in range(count):
        book >> fact
    return book


def test_a_turn() -> None:
    """Two frames make a voice; silence as long as asked for ends it; recognition begins before that."""
    book = frames(play(), HUSH, 10) >> VOICE
    book >> VOICE << VoiceBegan(320 - 96) << Interrupt()
    frames(book, VOICE, 8)
    frames(book, HUSH, 6) >> HUSH << Speculate(224, 864)
    frames(book, HUSH, 2) >> HUSH << VoiceEnded(960) << CommitTurn(224, 960) << RespondToTurn()
    frames(book, HUSH, 50).done()


def test_a_click_is_no_voice() -> None:
    """One loud frame starts nothing, however often it comes."""
    book = play()
    for _ in range(20):
        book >> VOICE >> HUSH
    book.done()


def test_a_sure_voice_needs_no_second_look() -> None:
    """Far above the threshold one frame is enough."""
    (play() >> HUSH >> SURE << VoiceBegan(0) << Interrupt() >> SURE).done()


def test_a_voice_of_which_nobody_is_sure_for_long_is_one() -> None:
    """Three frames near the threshold; the turn begins with the first of them."""
    half = VoiceProbability(0.46)
    book = frames(play(), HUSH, 10) >> half >> half
    (book >> half << VoiceBegan(320 - 96) << Interrupt()).done()
    book = frames(play(), VoiceProbability(0.36), 40)
    (book >> VOICE >> VOICE << VoiceBegan(39 * FRAME_MS - 96) << Interrupt()).done()


def test_speech_resumes() -> None:
    """Going on within the silence forgets what was begun on suspicion, and no turn ends."""
    book = play() >> VOICE >> VOICE << TALKING[0] << TALKING[1]
    frames(book, HUSH, 6) >> HUSH << Speculate(0, 288)
    book >> VOICE << Forget()
    frames(book, HUSH, 6) >> HUSH << Speculate(0, 544)
    frames(book, HUSH, 2) >> HUSH << VoiceEnded(640) << CommitTurn(0, 640) << RespondToTurn()
    book.done()


def test_a_short_pause_is_nothing() -> None:
    """Going on before recognition has begun leaves nothing to forget."""
    book = play() >> VOICE >> VOICE << TALKING[0] << TALKING[1]
    frames(book, HUSH, 3)
    frames(book, VOICE, 3).done()


def test_a_long_turn_is_recognised_while_it_is_spoken() -> None:
    """At a pause between two words, once it is four seconds long; the rest of it at its end."""
    book = play() >> VOICE >> VOICE << TALKING[0] << TALKING[1]
    frames(book, VOICE, 124)
    frames(book, HUSH, 3) >> HUSH << HearPiece(0, 4160)
    frames(book, HUSH, 2)
    frames(book, VOICE, 10)
    frames(book, HUSH, 6) >> HUSH << Speculate(4160, 4768)
    frames(book, HUSH, 2) >> HUSH << VoiceEnded(4864) << CommitTurn(0, 4864) << RespondToTurn()
    book.done()


def test_a_voice_fades_slowly() -> None:
    """Between the threshold and 0.15 under it a voice goes on."""
    book = play() >> VOICE >> VOICE << TALKING[0] << TALKING[1]
    frames(book, VoiceProbability(0.4), 40).done()


def test_padding_never_reaches_into_the_turn_before() -> None:
    """The audio of a turn begins after the turn before it."""
    book = play() >> VOICE >> VOICE << TALKING[0] << TALKING[1]
    frames(book, HUSH, 6) >> HUSH << Speculate(0, 288)
    frames(book, HUSH, 2) >> HUSH << VoiceEnded(384) << CommitTurn(0, 384) << RespondToTurn()
    (book >> VOICE >> VOICE << VoiceBegan(384) << Interrupt()).done()


def test_the_client_answers_itself() -> None:
    """Without create_response and interrupt_response there are events only."""
    book = play(TurnSettings(prefix_ms=0, silence_ms=64, create_response=False, interrupt_response=False))
    book >> VOICE >> VOICE << VoiceBegan(0)
    book >> HUSH
    (book >> HUSH << Speculate(0, 128) << VoiceEnded(128) << CommitTurn(0, 128)).done()


def test_a_manual_commit_ends_the_turn_quietly() -> None:
    """What the client takes out of the buffer itself is no turn any more."""
    book = play() >> VOICE >> VOICE << TALKING[0] << TALKING[1]
    book >> Emptied()
    machine = frames(book, HUSH, 40).done()
    assert not machine.speaking
    assert machine.keep_from_ms() > 64


@pytest.mark.parametrize(("finished", "frames_more"), [(True, 0), (False, 40)])
def test_semantic_detection(finished: bool, frames_more: int) -> None:
    """A finished sentence is answered soon, an unfinished one waited for."""
    book = play(TurnSettings(prefix_ms=0, silence_ms=320, semantic=True, patience_ms=320 + 40 * FRAME_MS))
    book >> VOICE >> VOICE << VoiceBegan(0) << Interrupt()
    frames(book, HUSH, 6) >> HUSH << Speculate(0, 288) >> Judged(finished)
    frames(book, HUSH, 2 + frames_more)
    end = 384 + frames_more * FRAME_MS
    (book >> HUSH << VoiceEnded(end) << CommitTurn(0, end) << RespondToTurn()).done()


def test_judgement_in_the_meantime() -> None:
    """A sentence found finished when the silence has long been enough is answered at once."""
    book = play(TurnSettings(prefix_ms=0, silence_ms=320, semantic=True, patience_ms=4000))
    book >> VOICE >> VOICE << VoiceBegan(0) << Interrupt()
    frames(book, HUSH, 6) >> HUSH << Speculate(0, 288)
    frames(book, HUSH, 20)
    (book >> Judged(finished=True) << VoiceEnded(928) << CommitTurn(0, 928) << RespondToTurn()).done()


def test_judgement_too_late() -> None:
    """A judgement about a pause that is over changes nothing."""
    (play() >> Judged(True) >> VOICE >> VOICE << TALKING[0] << TALKING[1] >> Judged(True)).done()


def test_nobody_speaks() -> None:
    """The idle time-out counts from the moment the agent was heard out, and comes once."""
    book = play(TurnSettings(idle_ms=320)) >> AgentStarted()
    book >> AgentFinished(audio_ms=320)
    frames(book, HUSH, 19) >> HUSH << TimedOut(320, 640) << CommitTurn(640, 640) << RespondToTurn()
    frames(book, HUSH, 60).done()


def test_somebody_speaks_in_time() -> None:
    """A voice disarms the idle time-out until the agent has spoken again."""
    book = play(TurnSettings(prefix_ms=0, silence_ms=64, idle_ms=320)) >> AgentFinished(audio_ms=0)
    book >> VOICE >> VOICE << VoiceBegan(0) << Interrupt()
    book >> HUSH >> HUSH << Speculate(0, 128) << VoiceEnded(128) << CommitTurn(0, 128) << RespondToTurn()
    frames(book, HUSH, 60).done()


def test_a_turn_has_an_end() -> None:
    """A radio next to the phone does not hold the agent for ever."""
    book = play(TurnSettings(prefix_ms=0)) >> VOICE >> VOICE << VoiceBegan(0) << Interrupt()
    frames(book, VOICE, MAX_TURN_MS // FRAME_MS - 3)
    (book >> VOICE << VoiceEnded(MAX_TURN_MS) << CommitTurn(0, MAX_TURN_MS) << RespondToTurn()).done()


def test_settings_change_at_once() -> None:
    """A new threshold counts from the next frame."""
    book = frames(play() >> Configured(TurnSettings(threshold=0.95)), VOICE, 10)
    machine = book.done()
    assert machine.now_ms == 320


def test_what_is_kept() -> None:
    """Before a turn only the padding is kept, in a turn all of it."""
    machine = Machine(PLAIN)
    for _ in range(100):
        machine.handle(HUSH)
    assert machine.keep_from_ms() == 3200 - 96 - 128
    machine.handle(VOICE)
    machine.handle(VOICE)
    for _ in range(100):
        machine.handle(VOICE)
    assert machine.keep_from_ms() == 3200 - 96
