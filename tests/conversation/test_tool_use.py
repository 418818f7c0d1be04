"""The model's functions in a conversation: run, agreed to, returned while others speak."""

from __future__ import annotations

from gateway.call import (
    AddText,
    AgentAudio,
    AgentAudioDone,
    Announcement,
    AnswerApproval,
    ApprovalRequested,
    CallerSaid,
    CallerStartedSpeaking,
    CallerStoppedSpeaking,
    CallTool,
    Digit,
    FinishItem,
    Flush,
    Flushed,
    Play,
    Played,
    ProviderToolCalled,
    ProviderToolReturned,
    Respond,
    ResponseEnded,
    ResponseStarted,
    SubmitToolResult,
    Tick,
    ToolCalled,
    ToolReturned,
)
from gateway.conversation.policy import Policy
from tests.conversation.test_machine import talking
from tests.equipment.playbook import Playbook

FILLER = bytes(960)
QUESTION = Respond(
    'Ask the caller this question, in the language of the conversation, and say nothing else: "Book?"'
)


def calling(policy: Policy | None = None) -> Playbook:
    """Talk, until the model has called a function and ended its response."""
    return (
        talking(policy or Policy())
        >> ResponseStarted("resp_1")
        >> ToolCalled("resp_1", "call_1", "book", "{}")
        << CallTool("call_1", "book", "{}")
        >> ResponseEnded("resp_1", "completed")
    )


def asking() -> Playbook:
    """The same, until the caller was asked whether they agree."""
    return (
        calling()
        >> ApprovalRequested("call_1", "Book?")
        << QUESTION
        >> ResponseStarted("resp_2")
        >> AgentAudio("resp_2", "item_2", FILLER)
        << Play("item_2", FILLER)
        >> AgentAudioDone("resp_2", "item_2")
        << FinishItem("item_2")
        >> ResponseEnded("resp_2", "completed")
        >> Played("item_2")
    )


def test_a_wait_for_a_function_is_filled() -> None:
    """With the plan's phrase, after its time; the answer follows when the result is there."""
    play = calling(Policy(filler=Announcement(FILLER), filler_after=1.0)).after(900) >> Tick()
    (
        play.after(100)
        >> Tick()
        << Play("filler_1", FILLER)
        << FinishItem("filler_1")
        >> ToolReturned("call_1", "done")
        << SubmitToolResult("call_1", "done")
        << Respond()
    ).done()


def test_a_caller_is_asked_and_agrees() -> None:
    """The function runs on a yes, and its result is spoken of as any other."""
    (
        asking()
        >> CallerStartedSpeaking("turn_1")
        << Flush()
        >> Flushed("item_2", 20, 0)
        >> CallerStoppedSpeaking("turn_1")
        >> ResponseStarted("resp_3")
        >> CallerSaid("turn_1", "Yes, please.")
        << AnswerApproval("call_1", approve=True)
        >> ResponseEnded("resp_3", "completed")
        >> ToolReturned("call_1", "booked")
        << SubmitToolResult("call_1", "booked")
        << Respond()
    ).done()


def test_a_caller_who_says_nothing_has_not_agreed() -> None:
    """Nobody tells them to wait: it is they who are waited for."""
    play = asking()
    for _ in range(199):
        play = play.after(100) >> Tick()
    (play.after(200) >> Tick() << AnswerApproval("call_1", approve=False, why="no answer")).done()


def test_the_question_waits_for_who_speaks() -> None:
    """For the model's own answer, and for the caller's turn."""
    (
        talking(Policy())
        >> ResponseStarted("resp_1")
        >> ToolCalled("resp_1", "call_1", "book", "{}")
        << CallTool("call_1", "book", "{}")
        >> ApprovalRequested("call_1", "Book?")
        >> CallerStartedSpeaking("turn_1")
        << Flush()
        >> ResponseEnded("resp_1", "cancelled")
        >> CallerStoppedSpeaking("turn_1")
        >> ResponseStarted("resp_2")
        >> ResponseEnded("resp_2", "completed")
        << QUESTION
    ).done()


def test_what_is_keyed_waits_for_no_function() -> None:
    """Who has pressed keys is answered, however long a function takes."""
    play = calling() >> Digit("1")
    (play >> Digit("#") << AddText("user", "[The caller pressed 1 on the keypad.]") << Respond()).done()


def test_a_result_after_a_newer_turn_does_not_talk_over_it() -> None:
    """The model has it, and is asked to speak of it when it has answered the turn."""
    (
        calling()
        >> CallerStartedSpeaking("turn_1")
        << Flush()
        >> ToolReturned("call_1", "late")
        << SubmitToolResult("call_1", "late")
        >> CallerStoppedSpeaking("turn_1")
        >> ResponseStarted("resp_2")
        >> AgentAudio("resp_2", "item_2", FILLER)
        << Play("item_2", FILLER)
        >> ResponseEnded("resp_2", "completed")
        >> Played("item_2")
    ).done()


def test_a_result_in_a_newer_answer_is_spoken_of_behind_it() -> None:
    """That answer did not know it."""
    (
        calling()
        >> CallerStartedSpeaking("turn_1")
        << Flush()
        >> CallerStoppedSpeaking("turn_1")
        >> ResponseStarted("resp_2")
        >> ToolReturned("call_1", "late")
        << SubmitToolResult("call_1", "late")
        >> ResponseEnded("resp_2", "completed")
        << Respond()
    ).done()


def test_a_providers_own_function_is_waited_for_like_any_other() -> None:
    """The wait is filled; a provider that does not go on by itself is asked to."""
    play = (
        talking(Policy(filler=Announcement(FILLER), filler_after=1.0))
        >> ResponseStarted("resp_1")
        >> ProviderToolCalled("mcp_1", "find")
    )
    play = play.after(1000) >> Tick() << Play("filler_1", FILLER) << FinishItem("filler_1")
    play = play >> ProviderToolReturned("mcp_1") >> ResponseEnded("resp_1", "completed")
    play = play.after(900) >> Tick()
    (play.after(200) >> Tick() << Respond()).done()


def test_a_provider_that_speaks_of_its_function_is_not_asked_to() -> None:
    """In the same response, or in one of its own."""
    play = (
        talking(Policy())
        >> ResponseStarted("resp_1")
        >> ProviderToolCalled("mcp_1", "find")
        >> ProviderToolReturned("mcp_1")
        >> AgentAudio("resp_1", "item_1", FILLER)
        << Play("item_1", FILLER)
        >> AgentAudioDone("resp_1", "item_1")
        << FinishItem("item_1")
        >> ResponseEnded("resp_1", "completed")
        >> Played("item_1")
    )
    (play.after(2000) >> Tick()).done()


def test_a_provider_waits_for_the_caller_to_agree() -> None:
    """It is told what they said; where that was a no, the agent is to say what follows."""
    play = (
        talking(Policy())
        >> ResponseStarted("resp_1")
        >> ApprovalRequested("mcpr_1", "Book?")
        >> ResponseEnded("resp_1", "completed")
        << QUESTION
        >> ResponseStarted("resp_2")
        >> AgentAudio("resp_2", "item_2", FILLER)
        << Play("item_2", FILLER)
        >> AgentAudioDone("resp_2", "item_2")
        << FinishItem("item_2")
        >> ResponseEnded("resp_2", "completed")
        >> Played("item_2")
        >> CallerStartedSpeaking("turn_1")
        << Flush()
        >> CallerStoppedSpeaking("turn_1")
        >> ResponseStarted("resp_3")
        >> CallerSaid("turn_1", "No!")
        << AnswerApproval("mcpr_1", approve=False)
        >> ResponseEnded("resp_3", "completed")
        << Respond()
    )
    play.done()
