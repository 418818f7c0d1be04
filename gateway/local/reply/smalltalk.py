"""What needs no thought: who the agent is, what it can do, hello, thanks, yes and no."""

from __future__ import annotations

import re

from gateway.local.reply.greeting import company

CAN_DO = (
    "I can tell you the time and the date. I can do simple sums, spell a name, and repeat digits. "
    "You can also ask me about our opening hours."
)
_WHO = (
    r"who are you|what are you|your name|who is this|am i (?:talking|speaking) (?:to|with)"
    r"|are you (?:a |an )?(?:human|robot|computer|machine|bot|real|person|ai)"
)
_HELP = (
    r"what can you do|what do you do|what else can you|how can you help|what can i (?:ask|say|do)"
    r"|^(?:please )?(?:can you |could you )?help(?: me)?(?: please)?$"
)
_WRONG = re.compile(
    r"\b(?:(?:that|this|it) (?:is|was) (?:all |totally |completely )?(?:wrong|not (?:right|correct|true"
    r"|it|what i \w+))"
    r"|not what i (?:asked|said|meant|want(?:ed)?)|you (?:are|got (?:it|that|me)) wrong|incorrect"
    r"|wrong(?: \w+)?$"
    r"|you (?:misunderstood|misheard|did not (?:understand|listen|hear))|i did not (?:say|ask|mean) that"
    r"|that (?:is )?not right|i meant? something else)\b"
)
_SORRY = "I am sorry. Please tell me again, in other words if you can."
_SMALL_TALK = (
    (r"no,? thank(?:s| you)|not right now", "All right. Just say goodbye when you are done."),
    (r"^excuse me$", "Yes? What can I do for you?"),
    (r"how are you|how do you do|how is it going", "I am fine, thank you. How can I help you?"),
    (r"thank you|thanks|thank|cheers", "You are welcome. Is there anything else?"),
    (r"can you hear me|do you hear me|are you there|testing", "Yes, I can hear you well."),
    (
        r"hello|hi|hey|good (?:morning|afternoon|evening|day)|is (?:anybody|anyone|someone) there",
        "Hello! How can I help you?",
    ),
    (
        r"stop|be quiet|shut up|wait|hold on|(?:one|just a) (?:moment|second|minute)",
        "Of course. I am listening.",
    ),
    (r"sorry|never ?mind|forget it", "No problem. How can I help you?"),
    (r"no|nope|nothing|not really", "All right. Just say goodbye when you are done."),
    (
        r"yes|yeah|yep|yup|sure|ok|alright|all right|right|correct|exactly|please do",
        "All right. What can I do for you?",
    ),
    (r"great|good|nice|perfect|wonderful|cool", "I am glad to hear that."),
)


def answer_about(text: str, instructions: str) -> str | None:
    """Say who the agent is or what it can do, if that is asked in plain words."""
    if re.search(rf"\b(?:{_WHO})\b", text):
        name = company(instructions)
        whose = f" of {name}" if name else ""
        return f"I am the voice agent{whose}. I am a computer, and I run right here, without any cloud."
    return CAN_DO if re.search(rf"\b(?:{_HELP})\b", text) else None


def answer_correction(text: str) -> str | None:
    """Apologise for what the caller says was wrong, in plain words."""
    return _SORRY if _WRONG.search(text) else None


def answer_small_talk(text: str) -> str | None:
    """Answer a word of courtesy, in plain words."""
    for pattern, answer in _SMALL_TALK:
        if re.search(rf"\b(?:{pattern})\b", text):
            return answer
    return None
