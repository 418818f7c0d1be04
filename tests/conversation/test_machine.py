"""The conversation, told as playbooks: facts in, orders out."""

from decimal import Decimal

from gateway.call import (
    AddImage,
    AddText,
    AgentAudio,
    AgentAudioDone,
    AgentAudioDropped,
    Announcement,
    Answer,
    Answered,
    CallerStartedSpeaking,
    CallerStoppedSpeaking,
    CallTool,
    CancelResponse,
    CostUpdated,
    DeleteItem,
    Digit,
    Echoed,
    Ending,
    FinishItem,
    Flush,
    Flushed,
    GiveUp,
    HangUp,
    Held,
    Leave,
    LegEnded,
    LimitReached,
    Listen,
    Play,
    Played,
    Reason,
    Respond,
    ResponseEnded,
    ResponseOverdue,
    ResponseStarted,
    Result,
    Resumed,
    SessionFault,
    SessionInterrupted,
    SessionLost,
    SessionReady,
    SubmitToolResult,
    Tick,
    ToolCalled,
    ToolReturned,
    ToolThen,
    Truncate,
)
from gateway.conversation.awaited_answer import ALOUD
from gateway.conversation.line_changes import AWAY
from gateway.conversation.policy import STILL_THERE, Policy
from tests.conversation.followed_leg import PlayedCall
from tests.equipment.playbook import Playbook

PLAIN = Policy()
WAIT, SORRY = Announcement(b"hold", "Wait."), Announcement(b"none", "Sorry.")
SECOND = b"\0" * 48_000


def talking(policy: Policy = PLAIN) -> Playbook:
    """A call in which caller and agent are connected and nobody has said a word."""
    return Playbook(PlayedCall(policy)) >> SessionReady() << Answer() >> Answered()


def speaking(policy: Policy = PLAIN) -> Playbook:
    """A call in which the caller hears one second of an item of which the model may send more."""
    return (
        talking(policy)
        >> ResponseStarted("resp_1")
        >> AgentAudio("resp_1", "item_1", SECOND)
        << Play("item_1", SECOND)
    )


def test_what_was_overtaken_is_told_as_it_was_heard() -> None:
    """Another response began: what came of the first is heard out, and the model learns how much that was."""
    (
        speaking()
        >> AgentAudioDone("resp_1", "item_1")
        << FinishItem("item_1")
        >> ResponseEnded("resp_1", "cancelled")
        >> ResponseStarted("resp_2")
        >> AgentAudio("resp_2", "item_2", SECOND)
        << Play("item_2", SECOND)
        >> AgentAudioDropped("resp_1", "item_1")
        >> Played("item_1")
        << Truncate("item_1", 1000)
        >> AgentAudioDropped("resp_1", "item_3")
        << DeleteItem("item_3")
    ).done()


def test_the_phone_rings_until_the_greeting_is_there() -> None:
    """The call is answered with the greeting's first audio, so that nobody hears dead air."""
    (
        Playbook(PlayedCall(Policy(greeting="Greet.")))
        >> SessionReady()
        << Respond("Greet.")
        >> ResponseStarted("resp_1")
        >> AgentAudio("resp_1", "item_1", b"aa")
        << Play("item_1", b"aa")
        << Answer()
        >> AgentAudio("resp_1", "item_1", b"bb")
        << Play("item_1", b"bb")
    ).done()


def test_a_late_greeting_does_not_keep_the_phone_ringing() -> None:
    """The call is answered soon after the session is ready even when the greeting is slow."""
    playbook = Playbook(PlayedCall(Policy(greeting="Greet.", wait_for_greeting=0.8)))
    (playbook >> SessionReady() << Respond("Greet.")).after(790) >> Tick()
    (playbook.after(20) >> Tick() << Answer()).done()


def test_answers_at_once_when_the_plan_says_so() -> None:
    """The first tick answers, before the session is there."""
    (
        Playbook(PlayedCall(Policy(answer_at_once=True, greeting="Greet.")))
        >> Tick()
        << Answer()
        >> Answered()
        >> SessionReady()
        << Respond("Greet.")
    ).done()


def test_a_session_that_cannot_be_had_gives_the_call_up() -> None:
    """Before the answer a lost session is a 503, so that a proxy can try elsewhere."""
    refused = Ending(Result.FAILED, Reason.SESSION_UNAVAILABLE, 503)
    (Playbook(PlayedCall(Policy())) >> SessionLost("connect", "refused") << GiveUp(refused) >> Tick()).done()


def test_a_session_lost_in_the_middle_gives_the_call_up() -> None:
    """The caller gets an apology from somebody else."""
    lost = Ending(Result.FAILED, Reason.SESSION_LOST)
    (speaking() >> SessionLost("closed", "1011") << GiveUp(lost) >> Tick()).done()


def test_barge_in_truncates_where_the_caller_stopped_hearing() -> None:
    """Speaking over the agent silences it and tells the model what was heard."""
    (
        speaking()
        >> CallerStartedSpeaking("item_2")
        << Flush()
        >> AgentAudio("resp_1", "item_1", b"late")
        >> Flushed("item_1", heard_ms=180, remaining_ms=820)
        << Truncate("item_1", audio_end_ms=180)
        >> ResponseEnded("resp_1", "cancelled")
    ).done()


def test_barge_in_after_the_response_is_done_still_flushes() -> None:
    """Seconds of audio may be queued long after `response.done`."""
    (
        speaking()
        >> AgentAudioDone("resp_1", "item_1")
        << FinishItem("item_1")
        >> ResponseEnded("resp_1", "completed")
        >> CallerStartedSpeaking("item_2")
        << Flush()
        >> Flushed("item_1", heard_ms=400, remaining_ms=600)
        << Truncate("item_1", 400)
    ).done()


def test_truncation_never_exceeds_what_the_model_sent() -> None:
    """A server refuses a truncation beyond the end of the item."""
    (
        speaking()
        >> CallerStartedSpeaking("item_2")
        << Flush()
        >> Flushed("item_1", heard_ms=1003, remaining_ms=0)
        << Truncate("item_1", 1000)
    ).done()


def test_items_of_which_nothing_was_heard_are_deleted() -> None:
    """A response may hold several items: the one on air is cut, those not begun are taken back."""
    (
        speaking()
        >> AgentAudioDone("resp_1", "item_1")
        << FinishItem("item_1")
        >> AgentAudio("resp_1", "item_1b", SECOND)
        << Play("item_1b", SECOND)
        >> CallerStartedSpeaking("item_2")
        << Flush()
        >> Flushed("item_1", heard_ms=500, remaining_ms=500, unheard=("item_1b",))
        << Truncate("item_1", 500)
        << DeleteItem("item_1b")
    ).done()


def test_an_item_heard_to_its_end_is_left_alone() -> None:
    """Only the next item is cut when the first was heard."""
    (
        speaking()
        >> AgentAudioDone("resp_1", "item_1")
        << FinishItem("item_1")
        >> AgentAudio("resp_1", "item_1b", SECOND)
        << Play("item_1b", SECOND)
        >> Played("item_1")
        >> CallerStartedSpeaking("item_2")
        << Flush()
        >> Flushed("item_1b", heard_ms=20, remaining_ms=980)
        << Truncate("item_1b", 20)
    ).done()


def test_nothing_heard_yet_takes_the_item_back() -> None:
    """A truncation to 0 ms is an error to some servers, so the item is deleted."""
    (
        speaking()
        >> CallerStartedSpeaking("item_2")
        << Flush()
        >> Flushed("", 0, 0, ("item_1",))
        << DeleteItem("item_1")
    ).done()


def test_the_caller_who_speaks_into_silence_cuts_nothing() -> None:
    """Flush always, but an agent heard to its end is not truncated."""
    (
        speaking()
        >> AgentAudioDone("resp_1", "item_1")
        << FinishItem("item_1")
        >> ResponseEnded("resp_1", "completed")
        >> Played("item_1")
        >> CallerStartedSpeaking("item_2")
        << Flush()
        >> Flushed("item_1", heard_ms=1000, remaining_ms=0)
    ).done()


def test_a_session_that_does_not_interrupt_is_told_to() -> None:
    """Where the server goes on speaking, the response is cancelled by us."""
    (
        speaking(Policy(session_interrupts=False))
        >> CallerStartedSpeaking("item_2")
        << Flush()
        << CancelResponse("resp_1")
    ).done()


def test_an_agent_that_may_not_be_interrupted_goes_on() -> None:
    """With barge-in off the caller's speech changes nothing on the line."""
    (speaking(Policy(barge_in=False)) >> CallerStartedSpeaking("item_2")).done()


def test_a_greeting_that_may_not_be_interrupted_is_not_overheard() -> None:
    """The session hears the caller only once the greeting is over."""
    (
        Playbook(PlayedCall(Policy(greeting="Greet.", greeting_interruptible=False)))
        >> SessionReady()
        << Listen(on=False)
        << Respond("Greet.")
        >> ResponseStarted("resp_1")
        >> AgentAudio("resp_1", "item_1", SECOND)
        << Play("item_1", SECOND)
        << Answer()
        >> Answered()
        >> AgentAudioDone("resp_1", "item_1")
        << FinishItem("item_1", awaited=True)
        >> ResponseEnded("resp_1", "completed")
        >> Played("item_1")
        << Listen(on=True)
    ).done()


def test_speech_in_the_ignore_window_interrupts_only_if_it_lasts() -> None:
    """An echo at the start of a response is ignored; a caller who speaks on is not."""
    playbook = speaking(Policy(ignore_first_ms=500)).after(100) >> CallerStartedSpeaking("item_2")
    playbook.after(100) >> Tick()
    (playbook.after(400) >> Tick() << Flush()).done()


def test_a_cough_in_the_ignore_window_is_ignored() -> None:
    """Speech that ended inside the window has interrupted nothing."""
    playbook = speaking(Policy(ignore_first_ms=500)).after(100) >> CallerStartedSpeaking("item_2")
    playbook.after(100) >> CallerStoppedSpeaking("item_2")
    (playbook.after(400) >> Tick()).done()


def test_a_refused_truncation_is_harmless() -> None:
    """An error of the session changes nothing in the call."""
    (speaking() >> SessionFault("item_truncate_invalid_item_id", "no such item")).done()


def test_the_session_is_told_what_the_caller_hears() -> None:
    """It is replaced in a quiet moment: not while an answer is heard that came long ago, but on hold."""
    heard = (
        speaking()
        >> AgentAudio("resp_1", "item_1", SECOND)
        << Play("item_1", SECOND)
        >> AgentAudioDone("resp_1", "item_1")
        << FinishItem("item_1")
        >> ResponseEnded("resp_1", "completed")
        >> Played("item_1")
    )
    assert heard.done().noted == [True, False]
    cut = speaking() >> CallerStartedSpeaking("item_2") << Flush()
    cut = cut >> Flushed("item_1", heard_ms=180, remaining_ms=820) << Truncate("item_1", 180)
    assert cut.done().noted == [True, False]
    assert (speaking() >> Held() >> Resumed()).done().noted == [True, False, True]
    assert (talking() >> Held() >> Resumed()).done().noted == []


def test_a_hold_leaves_the_agent_its_words() -> None:
    """They wait on the line, and go on."""
    (
        speaking() >> Held() >> Resumed() >> AgentAudio("resp_1", "item_1", b"aa") << Play("item_1", b"aa")
    ).done()


def test_nobody_who_holds_is_asked_whether_they_are_there() -> None:
    """A server with an idle time-out does so by itself; an answer that is waited for is another thing."""
    idle = speaking() >> AgentAudioDone("resp_1", "item_1") << FinishItem("item_1")
    idle = idle >> ResponseEnded("resp_1", "completed") >> Played("item_1") >> Held()
    for number in ("2", "3"):
        asked = idle >> ResponseStarted(f"resp_{number}") << CancelResponse(f"resp_{number}")
        asked = asked >> AgentAudio(f"resp_{number}", f"item_{number}", SECOND)
        asked = asked >> AgentAudioDone(f"resp_{number}", f"item_{number}") << DeleteItem(f"item_{number}")
        idle = asked >> ResponseEnded(f"resp_{number}", "cancelled")
    idle = idle >> Resumed() >> CallerStartedSpeaking("u") << Flush() >> CallerStoppedSpeaking("u") >> Held()
    idle = idle >> ResponseStarted("resp_4") >> AgentAudio("resp_4", "item_4", SECOND)
    (idle << Play("item_4", SECOND) >> Resumed()).done()


def test_a_hold_cuts_the_agent_where_the_plan_says_so() -> None:
    """The model knows what was heard; what nobody has begun to hear is not cut off."""
    policy = Policy(hold_cuts=True)
    (
        speaking(policy)
        >> Held()
        << Flush()
        << CancelResponse("resp_1")
        >> Flushed("item_1", heard_ms=180, remaining_ms=820)
        << Truncate("item_1", 180)
        >> AgentAudio("resp_1", "item_1", b"late")
        >> Held()
        >> Resumed()
    ).done()
    (
        talking(policy)
        >> ResponseStarted("resp_1")
        >> Held()
        >> AgentAudio("resp_1", "item_1", b"aa")
        << Play("item_1", b"aa")
        >> Resumed()
    ).done()


def test_the_agent_hangs_up_when_its_last_word_was_heard() -> None:
    """Goodbye is heard to its end, and the phone's jitter buffer may play out, before BYE."""
    playbook = (
        speaking()
        >> ToolCalled("resp_1", "call_1", "hang_up", "{}")
        << CallTool("call_1", "hang_up", "{}")
        >> ToolReturned("call_1", "{}", ToolThen.HANG_UP)
        << SubmitToolResult("call_1", "{}")
        >> AgentAudioDone("resp_1", "item_1")
        << FinishItem("item_1", awaited=True)
        >> ResponseEnded("resp_1", "completed")
        >> Tick()
        >> Played("item_1")
    )
    goodbye = Ending(Result.COMPLETED, Reason.AGENT_HUNG_UP)
    (playbook.after(300) >> Tick() << HangUp(goodbye) >> LegEnded(goodbye)).done()


def test_a_call_goes_on_elsewhere_when_the_last_word_was_heard() -> None:
    """Where it goes, its flow knows; nothing of the call is this conversation's any more."""
    playbook = (
        speaking()
        >> ToolCalled("resp_1", "call_1", "to_sales", "{}")
        << CallTool("call_1", "to_sales", "{}")
        >> ToolReturned("call_1", "{}", ToolThen.MOVE_ON)
        << SubmitToolResult("call_1", "{}")
        >> AgentAudioDone("resp_1", "item_1")
        << FinishItem("item_1", awaited=True)
        >> ResponseEnded("resp_1", "completed")
        >> Tick()
        >> Played("item_1")
    )
    (playbook.after(300) >> Tick() << Leave() >> CallerStartedSpeaking("item_2") >> Tick()).done()


def test_a_call_that_moves_on_does_so_without_its_session() -> None:
    """Nobody is told that the agent was lost, who has left anyway."""
    playbook = (
        speaking()
        >> ToolCalled("resp_1", "call_1", "to_sales", "{}")
        << CallTool("call_1", "to_sales", "{}")
        >> ToolReturned("call_1", "{}", ToolThen.MOVE_ON)
        << SubmitToolResult("call_1", "{}")
    )
    (playbook >> SessionLost("gone", "") << Leave()).done()


def test_an_agent_that_hangs_up_before_the_ack_is_obeyed() -> None:
    """Its 200 is on the way; a call that nobody would end is worse than a short one."""
    goodbye = Ending(Result.COMPLETED, Reason.AGENT_HUNG_UP)
    playbook = (
        Playbook(PlayedCall(PLAIN))
        >> SessionReady()
        << Answer()
        >> ResponseStarted("resp_1")
        >> ToolCalled("resp_1", "call_1", "hang_up", "{}")
        << CallTool("call_1", "hang_up", "{}")
        >> ToolReturned("call_1", "{}", ToolThen.HANG_UP)
        << SubmitToolResult("call_1", "{}")
        >> Answered()
        >> ResponseEnded("resp_1", "completed")
    )
    (playbook.after(300) >> Tick() << HangUp(goodbye)).done()


def test_an_agent_that_never_finishes_is_hung_up_on() -> None:
    """The last words have a bound."""
    playbook = (
        speaking(Policy(last_words=5))
        >> ToolCalled("resp_1", "call_1", "hang_up", "{}")
        << CallTool("call_1", "hang_up", "{}")
        >> ToolReturned("call_1", "{}", ToolThen.HANG_UP)
        << SubmitToolResult("call_1", "{}")
    )
    playbook.after(4900) >> Tick()
    (playbook.after(200) >> Tick() << HangUp(Ending(Result.COMPLETED, Reason.AGENT_HUNG_UP))).done()


def asking(*calls: str) -> Playbook:
    """A call in which the model has called functions and says nothing meanwhile."""
    playbook = talking() >> ResponseStarted("resp_1")
    for call in calls:
        playbook = playbook >> ToolCalled("resp_1", call, "f", "{}") << CallTool(call, "f", "{}")
    return playbook


def answers_turn(playbook: Playbook) -> Playbook:
    """The caller speaks, and the server answers that by itself."""
    return (
        playbook
        >> CallerStartedSpeaking("caller_1")
        << Flush()
        >> ResponseEnded("resp_1", "cancelled")
        >> CallerStoppedSpeaking("caller_1")
        >> ResponseStarted("resp_2")
        >> AgentAudio("resp_2", "item_2", SECOND)
        << Play("item_2", SECOND)
        >> ResponseEnded("resp_2", "completed")
    )


def test_a_held_request_is_dropped_when_the_server_answers_the_caller() -> None:
    """The function had returned; its result is part of what the server answers to."""
    returned = asking("call_1") >> ToolReturned("call_1", "1") << SubmitToolResult("call_1", "1")
    answers_turn(returned).done()


def test_held_keys_are_dropped_when_the_server_answers_the_caller() -> None:
    """The model knows them by then."""
    told = AddText("user", "[The caller pressed 12 on the keypad.]")
    keyed = asking("call_1") >> Digit("1") >> Digit("2") >> Digit("#")
    keyed = keyed << Flush() << CancelResponse("resp_1") << told
    answered = answers_turn(keyed)
    (answered >> ToolReturned("call_1", "1", ToolThen.WAIT) << SubmitToolResult("call_1", "1")).done()


def test_a_result_that_the_servers_answer_does_not_know_is_asked_for_after_it() -> None:
    """It came while that began, or after: without a response of its own nobody would hear of it."""
    late = (
        asking("call_1")
        >> CallerStartedSpeaking("caller_1")
        << Flush()
        >> ResponseEnded("resp_1", "cancelled")
        >> CallerStoppedSpeaking("caller_1")
        >> ToolReturned("call_1", "1")
        << SubmitToolResult("call_1", "1")
        >> ResponseStarted("resp_2", knows_all=False)
        >> AgentAudio("resp_2", "item_2", SECOND)
        << Play("item_2", SECOND)
        >> ResponseEnded("resp_2", "completed")
        << Respond()
    )
    answered = late >> ResponseStarted("resp_3") >> AgentAudio("resp_3", "item_3", SECOND)
    (answered << Play("item_3", SECOND) >> ResponseEnded("resp_3", "completed")).done()


def test_a_result_that_was_left_to_a_cough_is_asked_for() -> None:
    """The session made nothing of what it heard, and would never speak of the result."""
    left = (
        asking("call_1")
        >> ResponseEnded("resp_1", "completed")
        >> CallerStartedSpeaking("caller_1")
        << Flush()
        >> ToolReturned("call_1", "1")
        << SubmitToolResult("call_1", "1")
        >> CallerStoppedSpeaking("caller_1")
        >> Tick()
    )
    (left.after(4000) >> Tick() << Respond()).done()


SPEECHLESS = Policy(
    hold=WAIT,
    unanswered=SORRY,
    greeting="Greet.",
    greeting_interruptible=False,
)


def test_a_greeting_without_a_sound_is_asked_for_again_then_told() -> None:
    """The phone is answered for the plan's words, and the session hears the caller from then on."""
    (
        Playbook(PlayedCall(SPEECHLESS))
        >> SessionReady()
        << Listen(on=False)
        << Respond("Greet.")
        >> ResponseStarted("resp_1")
        >> ResponseEnded("resp_1", "completed")
        << Respond("Greet.")
        >> ResponseStarted("resp_2")
        >> ResponseEnded("resp_2", "incomplete")
        << Play("unanswered_1", SORRY.pcm, SORRY.words)
        << FinishItem("unanswered_1")
        << Answer()
        << Listen(on=True)
    ).done()


def test_a_caller_whom_the_model_never_answers_is_left_to_an_apology() -> None:
    """After three unanswered turns."""
    playbook = talking(Policy(unanswered=SORRY))
    for turn in range(4):
        playbook = playbook >> CallerStartedSpeaking("c") << Flush() >> CallerStoppedSpeaking("c")
        playbook = (
            playbook >> ResponseStarted(f"{turn} a") >> ResponseEnded(f"{turn} a", "completed") << ALOUD
        )
        playbook = playbook >> ResponseStarted(f"{turn} b") >> ResponseEnded(f"{turn} b", "completed")
        if turn < 3:
            name = f"unanswered_{turn + 1}"
            playbook = playbook << Play(name, SORRY.pcm, SORRY.words) << FinishItem(name)
    (playbook << GiveUp(Ending(Result.FAILED, Reason.SESSION_LOST))).done()


def test_a_function_that_takes_its_time_is_waited_for_with_a_word() -> None:
    """The agent has announced it, and is heard no more."""
    play = talking(Policy(hold=WAIT)) >> ResponseStarted("resp_1")
    play = play >> AgentAudio("resp_1", "item_1", SECOND) << Play("item_1", SECOND)
    play = play >> AgentAudioDone("resp_1", "item_1") << FinishItem("item_1")
    play = play >> ToolCalled("resp_1", "call_1", "f", "{}") << CallTool("call_1", "f", "{}")
    play = (play >> ResponseEnded("resp_1", "completed") >> Tick()).after(1000) >> Tick() >> Played("item_1")
    play = play.after(3500) >> Tick()
    play = play.after(500) >> Tick() << Play("hold_1", WAIT.pcm, WAIT.words) << FinishItem("hold_1")
    play.done()


def test_results_of_parallel_tools_ask_for_one_response() -> None:
    """The agent speaks once all results are there and it is not speaking already."""
    (
        talking()
        >> ResponseStarted("resp_1")
        >> ToolCalled("resp_1", "call_1", "a", "{}")
        << CallTool("call_1", "a", "{}")
        >> ToolCalled("resp_1", "call_2", "b", "{}")
        << CallTool("call_2", "b", "{}")
        >> ToolReturned("call_2", "2")
        << SubmitToolResult("call_2", "2")
        >> ToolReturned("call_1", "1")
        << SubmitToolResult("call_1", "1")
        >> ResponseEnded("resp_1", "completed")
        << Respond()
    ).done()


def test_a_result_after_an_interruption_does_not_talk_over_the_caller() -> None:
    """The result is handed over, but the new turn of the caller is answered first."""
    (
        talking()
        >> ResponseStarted("resp_1")
        >> ToolCalled("resp_1", "call_1", "a", "{}")
        << CallTool("call_1", "a", "{}")
        >> CallerStartedSpeaking("item_2")
        << Flush()
        >> ResponseEnded("resp_1", "cancelled")
        >> ToolReturned("call_1", "1")
        << SubmitToolResult("call_1", "1")
        >> CallerStoppedSpeaking("item_2")
        >> ResponseStarted("resp_2")
        >> AgentAudio("resp_2", "item_3", SECOND)
        << Play("item_3", SECOND)
        >> ResponseEnded("resp_2", "completed")
    ).done()


def test_keys_are_told_to_the_model_as_one_number() -> None:
    """Digits are gathered until a pause."""
    playbook = talking() >> Digit("4") >> Digit("2")
    told = AddText("user", "[The caller pressed 42 on the keypad.]")
    (playbook.after(1600) >> Tick() << told << Respond()).done()


def test_a_failed_response_is_left_to_the_session() -> None:
    """The session asks for it again or tells that it is lost; asked for here as well, it would come twice."""
    (
        talking()
        >> ResponseStarted("resp_1")
        >> ResponseEnded("resp_1", "failed", "server_error")
        >> ResponseStarted("resp_2")
        >> ResponseEnded("resp_2", "failed", "server_error")
    ).done()


def test_a_silent_line_is_hung_up() -> None:
    """Nobody has spoken for as long as the plan allows."""
    playbook = talking(Policy(max_silence=10)).after(9900) >> Tick()
    (playbook.after(200) >> Tick() << HangUp(Ending(Result.COMPLETED, Reason.MAX_SILENCE))).done()


def test_an_agent_that_talks_to_itself_is_hung_up() -> None:
    """When it has done so as often as the plan allows; if it allows it for ever, never."""
    playbook = talking(Policy(max_echoes=3)) >> Echoed(1) >> Echoed(2)
    (playbook >> Echoed(3) << HangUp(Ending(Result.COMPLETED, Reason.ECHO)) >> Echoed(4)).done()
    (talking(Policy(max_echoes=None)) >> Echoed(1000)).done()


def test_a_talking_agent_is_not_silence() -> None:
    """The line is in use as long as the caller hears something."""
    playbook = speaking(Policy(max_silence=10)).after(30_000) >> Tick()
    playbook.done()


def test_the_longest_call_ends() -> None:
    """A call has a greatest length, and is ended once."""
    playbook = talking(Policy(max_duration=60)).after(60_000) >> Tick()
    playbook = playbook.after(300) >> Tick() << GiveUp(Ending(Result.COMPLETED, Reason.MAX_DURATION))
    (playbook.after(100) >> Tick()).done()


def test_the_time_that_it_rings_is_not_part_of_a_call() -> None:
    """Its length counts from the answer."""
    playbook = Playbook(PlayedCall(Policy(max_duration=60))).after(50_000) >> SessionReady() << Answer()
    playbook = (playbook >> Answered()).after(59_000) >> Tick()
    playbook = playbook.after(1000) >> Tick()
    (playbook.after(300) >> Tick() << GiveUp(Ending(Result.COMPLETED, Reason.MAX_DURATION))).done()


def test_the_time_in_a_menu_is_part_of_a_call() -> None:
    """It was answered there."""
    playbook = Playbook(PlayedCall(Policy(max_duration=60), 50.0, answered_at=10.0), now=50.0)
    playbook = (playbook >> SessionReady()).after(19_900) >> Tick()
    playbook = playbook.after(100) >> Tick()
    (playbook.after(300) >> Tick() << GiveUp(Ending(Result.COMPLETED, Reason.MAX_DURATION))).done()


def test_a_call_that_has_cost_enough_ends_after_the_sentence() -> None:
    """The agent is heard to its end; then somebody else tells the caller why the call ends."""
    playbook = (
        speaking(Policy(max_cost=Decimal("0.10")))
        >> CostUpdated(Decimal("0.09"))
        >> CostUpdated(None)
        >> CostUpdated(Decimal("0.11"))
        >> AgentAudioDone("resp_1", "item_1")
        << FinishItem("item_1", awaited=True)
        >> ResponseEnded("resp_1", "completed")
        >> Played("item_1")
    )
    (playbook.after(300) >> Tick() << GiveUp(Ending(Result.COMPLETED, Reason.MAX_COST))).done()


def test_a_limit_of_the_day_ends_a_call_as_its_own_do() -> None:
    """After the sentence; at once while the caller holds, who hears nobody's words."""
    limit = LimitReached(Reason.DAY_LIMIT)
    ends = GiveUp(Ending(Result.COMPLETED, Reason.DAY_LIMIT))
    playbook = speaking() >> limit >> limit >> AgentAudioDone("resp_1", "item_1")
    playbook = playbook << FinishItem("item_1", awaited=True)
    playbook = playbook >> ResponseEnded("resp_1", "completed") >> Played("item_1")
    (playbook.after(300) >> Tick() << ends).done()
    playbook = talking() >> Held() >> limit
    (playbook.after(100) >> Tick() << HangUp(Ending(Result.COMPLETED, Reason.DAY_LIMIT))).done()


def test_the_model_remembers_before_it_greets() -> None:
    """A history handed over with the call comes before the first word, once."""
    memory = (
        AddText("assistant", "We spoke yesterday."),
        AddImage("data:image/png;base64,AAAA", "The meter."),
    )
    (
        Playbook(PlayedCall(Policy(memory=memory, greeting="Greet.")))
        >> SessionReady()
        << memory[0]
        << memory[1]
        << Respond("Greet.")
        >> SessionReady()
    ).done()


def test_an_outage_is_filled_with_a_word() -> None:
    """A caller who waits for another session is not left in silence; then the agent is heard."""
    hold = Policy(hold=WAIT, hold_after=1.0, hold_every=6.0)
    playbook = talking(hold) >> SessionInterrupted("connection_lost", "lost")
    playbook = playbook.after(1100) >> Tick() << Play("hold_1", WAIT.pcm, WAIT.words) << FinishItem("hold_1")
    playbook = (
        playbook >> SessionReady() >> ResponseStarted("resp_1") >> AgentAudio("resp_1", "item_1", SECOND)
    )
    playbook = playbook << Play("item_1", SECOND) >> CallerStartedSpeaking("item_2") << Flush()
    (playbook >> Flushed("hold_1", 600, 400, ("item_1",)) << DeleteItem("item_1")).done()


def test_an_answer_that_comes_late_after_all_ends_the_wait() -> None:
    """Its first sound does, or its end without one: then nobody asks for patience any more."""
    for ends in (AgentAudio("resp_1", "item_1", SECOND), ResponseEnded("resp_1", "completed")):
        playbook = talking(Policy(hold=WAIT, hold_after=1.0)) >> ResponseStarted("resp_1")
        playbook = (playbook >> ResponseOverdue(asked_again=True)).after(500) >> Tick()
        playbook = (
            playbook
            << Play("hold_1", WAIT.pcm, WAIT.words)
            << FinishItem("hold_1")
            >> Played("hold_1")
            >> ends
        )
        if isinstance(ends, AgentAudio):
            playbook = playbook << Play("item_1", SECOND) >> AgentAudioDone("resp_1", "item_1")
            playbook = playbook << FinishItem("item_1") >> Played("item_1")
        (playbook.after(9000) >> Tick()).done()


def test_a_long_wait_for_an_answer_is_filled_with_a_word() -> None:
    """Sooner than in an outage, until the answer is heard; not while the caller speaks again."""
    for ends in (AgentAudio("resp_1", "item_1", SECOND), CallerStartedSpeaking("item_2")):
        playbook = talking(Policy(hold=WAIT, hold_after=1.0)) >> ResponseOverdue(asked_again=True)
        playbook = playbook.after(499) >> Tick()
        playbook = playbook.after(1) >> Tick() << Play("hold_1", WAIT.pcm, WAIT.words) << FinishItem("hold_1")
        playbook = playbook >> Played("hold_1") >> ends
        if isinstance(ends, CallerStartedSpeaking):
            playbook = playbook << Flush()
        else:
            playbook = playbook << Play("item_1", SECOND)
        (playbook.after(9000) >> Tick()).done()


def test_whoever_spoke_in_an_outage_waits_until_the_agent_is_heard() -> None:
    """A new session has yet to hear it and to answer; the caller may even say it once more meanwhile."""
    hold = Policy(hold=WAIT, hold_after=1.0, hold_every=5.0)
    playbook = talking(hold) >> SessionInterrupted("connection_lost", "lost")
    playbook = playbook.after(1000) >> Tick() << Play("hold_1", WAIT.pcm, WAIT.words) << FinishItem("hold_1")
    playbook = playbook >> Played("hold_1") >> SessionReady()
    playbook = playbook.after(2000) >> CallerStartedSpeaking("item_1") << Flush()
    playbook = playbook >> CallerStoppedSpeaking("item_1") >> ResponseStarted("resp_1")
    playbook = playbook >> CallerStartedSpeaking("item_2") << Flush() >> ResponseEnded("resp_1", "cancelled")
    playbook = playbook.after(2900) >> Tick() >> CallerStoppedSpeaking("item_2") >> ResponseStarted("resp_2")
    playbook = playbook.after(1100) >> Tick() << Play("hold_2", WAIT.pcm, WAIT.words) << FinishItem("hold_2")
    playbook = playbook >> AgentAudio("resp_2", "item_3", SECOND) << Play("item_3", SECOND)
    playbook = playbook >> Played("hold_2") >> Played("item_3") >> ResponseEnded("resp_2", "completed")
    (playbook.after(9000) >> Tick()).done()


# --- on hold ---------------------------------------------------------------------------------------------


def test_a_silent_caller_is_asked_in_the_plans_words_then_let_go() -> None:
    """Once; the question is no answer."""
    ask = Respond("Ask.")
    play = (
        talking(Policy(max_silence=8, asks_silent_caller=True, still_there=ask)).after(4000) >> Tick() << ask
    )
    play = play >> ResponseStarted("r") >> AgentAudio("r", "i", SECOND) << Play("i", SECOND)
    play = play >> AgentAudioDone("r", "i") << FinishItem("i") >> ResponseEnded("r", "completed")
    play = play.after(1000) >> Played("i") >> Tick()
    play = play.after(2900) >> Tick()
    (play.after(100) >> Tick() << HangUp(Ending(Result.COMPLETED, Reason.MAX_SILENCE))).done()


def away(seconds: int) -> AddText:
    """What the model is told of a hold."""
    return AddText("system", AWAY.format(seconds=seconds))


def test_a_hold_of_ours_is_no_news_to_the_model_and_has_no_end_of_its_own() -> None:
    """It or an operator has asked for it; nothing that it says is cut, and time stands still."""
    playbook = (speaking(Policy(max_hold=60.0, hold_cuts=True)) >> Held(ours=True)).after(90_000) >> Tick()
    (playbook >> Resumed(ours=True) >> Tick()).done()


def test_a_moment_on_hold_is_not_worth_a_word() -> None:
    """Phones and exchanges hold for a moment to hand a call over."""
    ((talking() >> Held()).after(1_500) >> Resumed()).done()


def test_silence_does_not_count_on_hold() -> None:
    """A caller who holds for longer than anybody may be silent is not lost; afterwards the rest counts."""
    playbook = talking(Policy(max_silence=1.0)).after(800) >> Tick() >> Held()
    playbook = (playbook.after(90_000) >> Tick() >> Resumed() << away(90)).after(100) >> Tick()
    (playbook.after(150) >> Tick() << HangUp(Ending(Result.COMPLETED, Reason.MAX_SILENCE))).done()


def test_nobody_is_asked_whether_they_are_there_on_hold() -> None:
    """They are not, and will be back."""
    playbook = talking(Policy(idle_timeout=5.0)) >> Held()
    playbook = (playbook.after(60_000) >> Tick() >> Resumed() << away(60)).after(4_900) >> Tick()
    (playbook.after(200) >> Tick() << STILL_THERE).done()


def test_nobody_is_asked_for_patience_on_hold() -> None:
    """A session is replaced meanwhile; who comes back before that waits as long as ever for the words."""
    playbook = talking(Policy(hold=WAIT, hold_after=1.0)) >> Held()
    playbook = (playbook >> SessionInterrupted("connection_lost", "")).after(5_000) >> Tick() >> Resumed()
    playbook = playbook << away(5)
    playbook = (playbook.after(900) >> Tick()).after(200) >> Tick()
    (playbook << Play("hold_1", WAIT.pcm, WAIT.words) << FinishItem("hold_1")).done()


def test_a_hold_ends_the_call_when_it_takes_too_long() -> None:
    """Nobody would hear a word about it."""
    playbook = (talking(Policy(max_hold=60.0)) >> Held()).after(59_000) >> Tick()
    (playbook.after(1_000) >> Tick() << HangUp(Ending(Result.COMPLETED, Reason.MAX_HOLD))).done()


def test_the_length_of_a_call_counts_on_hold() -> None:
    """Whatever a call may last includes it, and it is ended without the words that nobody would hear."""
    playbook = (talking(Policy(max_duration=60.0)) >> Held()).after(61_000)
    (playbook >> Tick() << HangUp(Ending(Result.COMPLETED, Reason.MAX_DURATION))).done()
    playbook = (talking(Policy(max_duration=60.0)) >> Held()).after(50_000)
    playbook = playbook >> Resumed() << away(50)
    playbook = (playbook.after(11_000) >> Tick()).after(300) >> Tick()
    (playbook << GiveUp(Ending(Result.COMPLETED, Reason.MAX_DURATION))).done()


def test_what_the_agent_said_before_a_hold_is_cut_where_it_was_heard() -> None:
    """Playout waits; who speaks over it afterwards has heard what the leg says, and no more."""
    playbook = (speaking() >> Held()).after(30_000) >> Tick() >> Resumed() << away(30)
    playbook = playbook >> CallerStartedSpeaking("item_2") << Flush()
    (playbook >> Flushed("item_1", 180, 820) << Truncate("item_1", 180)).done()


def test_an_agent_that_wants_to_hang_up_waits_for_a_caller_on_hold() -> None:
    """The goodbye is heard first."""
    playbook = speaking(Policy(last_words=2.0)) >> ToolReturned("c", "{}", ToolThen.HANG_UP)
    playbook = playbook << SubmitToolResult("c", "{}") >> Held()
    playbook = (playbook.after(30_000) >> Tick() >> Resumed() << away(30)).after(100) >> Tick()
    playbook = playbook >> Played("item_1")
    playbook = (playbook >> ResponseEnded("resp_1", "completed")).after(300) >> Tick()
    (playbook << HangUp(Ending(Result.COMPLETED, Reason.AGENT_HUNG_UP))).done()
