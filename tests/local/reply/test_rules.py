from __future__ import annotations

from dataclasses import replace
from datetime import datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.local.reply import Asked
from gateway.local.reply.rules import (
    BEYOND,
    GOODBYE,
    NOT_HEARD,
    NOT_HEARD_WELL,
    NOT_UNDERSTOOD,
    STILL_NOT_HEARD,
    STILL_NOT_UNDERSTOOD,
    answer,
)
from gateway.local.reply.smalltalk import CAN_DO
from tests.local.reply.test_tools import HANG_UP, TRANSFER, WEATHER

CALL = Asked(
    "",
    now=datetime(2026, 11, 23, 9, 30),
    instructions="You are the agent of Acme Bikes. We are open Monday to Friday, 9 to 17. "
    "We sell bikes and helmets.",
    agent_said="Twelve times seven is eighty-four.",
    caller_said=("My name is Anna Berg.",),
)


@pytest.mark.parametrize(
    ("heard", "said"),
    [
        ("What time is it?", "It is nine thirty in the morning."),
        ("Hello! What time is it, please?", "It is nine thirty in the morning."),
        ("What is seven plus five?", "Seven plus five is twelve."),
        ("Are you open now?", "Yes, we are open now, until five p m."),
        ("What time do you close today?", "Today we are open from nine a m to five p m."),
        ("Spell my name, please.", "Anna Berg is spelled: A, N, N, A. B, E, R, G."),
        ("Please repeat four seven two nine.", "Four seven two nine."),
        ("Please repeat that.", "Twelve times seven is eighty-four."),
        ("They that again plea.", "Twelve times seven is eighty-four."),
        ("Pardon?", "Twelve times seven is eighty-four."),
        ("What can you do?", CAN_DO),
        ("Do you sell helmets?", "We sell bikes and helmets."),
        ("[caller pressed 5 on the keypad]", "You pressed five."),
        (
            "What is this? [image: png, 2600 bytes]",
            "I got a picture, png, three kilobytes. I cannot see what is on it.",
        ),
        ("Thank you.", "You are welcome. Is there anything else?"),
        ("The purple elephant sings.", f"I heard: The purple elephant sings. {NOT_UNDERSTOOD}"),
        ("", NOT_HEARD),
        ("I want to speak to a human.", "I am sorry, I cannot transfer you from here."),
    ],
)
def test_answers(heard: str, said: str) -> None:
    """Each kind of question reaches its rule."""
    assert answer(replace(CALL, text=heard)).text == said


@pytest.mark.parametrize(
    "heard",
    ["Goodbye.", "Good-by.", "Thank you. Goodbye!", "Bye-bye.", "Please hang up.", "That's all, thanks."],
)
def test_goodbye_hangs_up(heard: str) -> None:
    """A farewell is answered, then the session's tool called."""
    said = answer(replace(CALL, text=heard, tools=[WEATHER, HANG_UP]))
    assert said.text == GOODBYE
    assert [call.name for call in said.calls] == ["hang_up"]


def test_goodbye_without_a_tool() -> None:
    """Without a tool there is only the farewell."""
    assert answer(replace(CALL, text="Goodbye.")).calls == ()


def test_transfer() -> None:
    """With a tool the caller is transferred."""
    said = answer(replace(CALL, text="Connect me with support.", tools=[TRANSFER]))
    assert said.calls[0].arguments == {"destination": "support"}


@pytest.mark.parametrize(
    "heard", ["Are you a real person?", "Who is the manager?", "Am I talking to a human?"]
)
def test_who_asks_about_somebody_is_not_put_through(heard: str) -> None:
    assert answer(replace(CALL, text=heard, tools=[TRANSFER])).calls == ()


def test_tool() -> None:
    """A tool that fits is called without a word: its result will be spoken."""
    said = answer(replace(CALL, text="How is the weather in Paris?", tools=[WEATHER]))
    assert (said.text, said.calls[0].arguments) == ("", {"city": "Paris"})


def test_unsure() -> None:
    """What was badly heard and fits no rule is asked for again; what has its own words is answered."""
    for confidence in (-0.9, -0.3):
        assert answer(replace(CALL, text="Bird of ham.", confidence=confidence)).text == NOT_HEARD_WELL
        said = answer(replace(CALL, text="What time is it?", confidence=confidence)).text
        assert said == "It is nine thirty in the morning."
    sure = answer(replace(CALL, text="Bird of ham.", confidence=-0.1)).text
    assert sure == f"I heard: Bird of ham. {NOT_UNDERSTOOD}"


@pytest.mark.parametrize("heard", ["Hello, we've been.", "Yes.", "You sell helmets.", "The weather."])
def test_what_noise_may_have_made_is_not_taken_for_a_courtesy(heard: str) -> None:
    """Where nine texts in ten are wrong, only what has its own words counts."""
    assert answer(replace(CALL, text=heard, confidence=-0.8)).text == NOT_HEARD_WELL
    sure = answer(replace(CALL, text=heard, confidence=-0.1)).text
    assert NOT_HEARD_WELL not in sure
    assert NOT_UNDERSTOOD not in sure


@pytest.mark.parametrize(
    ("heard", "confidence", "told"),
    [
        (
            "The purple elephant hides.",
            -0.1,
            [
                f"I heard: The purple elephant hides. {NOT_UNDERSTOOD}",
                f"{BEYOND} {CAN_DO}",
                STILL_NOT_UNDERSTOOD,
            ],
        ),
        ("Bird of ham.", -0.6, [NOT_HEARD_WELL, NOT_HEARD_WELL, STILL_NOT_HEARD]),
        ("", -9.0, [NOT_HEARD, NOT_HEARD, STILL_NOT_HEARD]),
    ],
)
def test_it_asks_again_twice_at_most(heard: str, confidence: float, told: list[str]) -> None:
    """The second time it says what it can do; then that it does not work. What was understood counts anew."""
    exchanges: list[tuple[str, str]] = []
    agent = "Hello! How can I help you?"
    for expected in told:
        exchanges.append((agent, heard))
        agent = answer(
            replace(CALL, text=heard, confidence=confidence, agent_said=agent, exchanges=tuple(exchanges))
        ).text
        assert agent == expected
    exchanges += [(agent, "What time is it?"), ("It is nine thirty.", heard)]
    again = answer(replace(CALL, text=heard, confidence=confidence, exchanges=tuple(exchanges))).text
    assert again == told[0]


VOCABULARY = st.sampled_from(
    [
        "what",
        "is",
        "the",
        "time",
        "plus",
        "minus",
        "times",
        "divided",
        "by",
        "over",
        "point",
        "half",
        "of",
        "percent",
        "square",
        "root",
        "squared",
        "a",
        "an",
        "and",
        "one",
        "two",
        "twenty",
        "hundred",
        "thousand",
        "million",
        "5",
        "3.5",
        "1,250",
        "9:30",
        "100%",
        "monday",
        "open",
        "closed",
        "now",
        "spell",
        "my",
        "name",
        "is",
        "Anna",
        "P",
        "E",
        "T",
        "repeat",
        "after",
        "me",
        "double",
        "triple",
        "oh",
        "for",
        "to",
        "goodbye",
        "bye",
        "transfer",
        "weather",
        "in",
        "Oslo",
        "yes",
        "no",
        "thank",
        "you",
        "-",
        "/",
        "*",
        "^",
        "+",
        "(",
        "?",
        ".",
        "0",
        "0.0",
        "dozen",
        "negative",
        "minus",
        "x",
        "[image:",
        "png,",
        "3",
        "bytes]",
        "pressed",
        "#",
        "power",
        "dash",
        "number",
        "code",
        "A",
        "B",
    ]
)


@settings(deadline=None)  # a busy machine is no mistake
@given(st.one_of(st.text(max_size=60), st.lists(VOCABULARY, max_size=12).map(" ".join)))
def test_whatever_is_said_has_an_answer(heard: str) -> None:
    """No words can break the rules: there is always something to say or to call."""
    said = answer(replace(CALL, text=heard, tools=[HANG_UP, TRANSFER, WEATHER]))
    assert said.text or said.calls
