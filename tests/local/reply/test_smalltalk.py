from __future__ import annotations

import pytest

from gateway.local.reply.smalltalk import CAN_DO, answer_about, answer_correction, answer_small_talk


def test_who_it_is() -> None:
    """It says that it is a computer, and whose."""
    told = answer_about("who are you", "You are the agent of Acme. Be kind.")
    assert told is not None
    assert "of Acme" in told
    assert "computer" in told
    assert answer_about("are you a robot", "") is not None


def test_what_it_can_do() -> None:
    """Capabilities are told."""
    assert answer_about("what can you do", "") == CAN_DO
    assert answer_about("can you help me", "") == CAN_DO
    assert answer_about("good morning", "") is None


@pytest.mark.parametrize(
    ("words", "part"),
    [
        ("hello", "Hello"),
        ("hi there", "Hello"),
        ("thank you very much", "welcome"),
        ("yes please", "All right"),
        ("no", "goodbye"),
        ("no thank you", "goodbye"),
        ("how are you", "fine"),
        ("can you hear me", "hear you"),
        ("stop that is enough", "listening"),
        ("never mind", "No problem"),
    ],
)
def test_courtesy(words: str, part: str) -> None:
    """Every courtesy has its answer."""
    assert part in (answer_small_talk(words) or "")


@pytest.mark.parametrize(
    "words", ["no that is wrong", "that is not right", "know that is wrong", "you misunderstood me", "wrong"]
)
def test_a_correction(words: str) -> None:
    """What was wrong is apologised for, and asked for again."""
    assert "sorry" in (answer_correction(words) or "")


@pytest.mark.parametrize("words", ["that is right", "no thank you", "what is wrong with my bike then"])
def test_no_correction(words: str) -> None:
    """Approval, thanks and questions are none."""
    assert answer_correction(words) is None


def test_anything_else() -> None:
    """What is no courtesy is left alone."""
    assert answer_small_talk("the purple elephant sings") is None
