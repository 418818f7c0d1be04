"""What a model says, heard without Python: a WebSocket's bytes in, voices and frames out."""

from __future__ import annotations

import random
import string
from typing import Any

import orjson
import pytest
from websockets.frames import Frame, Opcode

from gateway.media.model_link import Heard
from gateway.realtime.events.wire import AudioDeltaFrames, audio_delta

pytestmark = pytest.mark.native
SECOND = 48_000
"""Bytes of a voice."""


def ear() -> Any:
    """Return one, of the native plane."""
    import pjsua2  # noqa: F401, PLC0415 - the PJSIP that the plane is linked to

    from gateway.media._port import ModelEar  # noqa: PLC0415

    return ModelEar()


def text(message: bytes) -> bytes:
    """Return the frame of a server's message."""
    return Frame(Opcode.TEXT, message).serialize(mask=False)


def event(kind: str, **fields: object) -> bytes:
    """Return the frame of an event."""
    return text(orjson.dumps({"type": kind, **fields}))


def voice(item: str, sound: bytes, response: str = "resp_1") -> bytes:
    """Return the frame of a piece of a voice."""
    return text(AudioDeltaFrames(response, item).frame("event_1", sound))


def all_heard(stream: bytes, cut: int = 0, chance: random.Random | None = None) -> list[Heard]:
    """Return what is heard of a stream that ends with something urgent, cut into pieces."""
    one, heard = ear(), list[Heard]()
    while stream:
        size = cut or (chance or random).choice((1, 2, 3, 9, 500, 20_000))
        _, told = one.take(stream[:size])
        heard += told
        stream = stream[size:]
    assert not one.odd
    return heard


def joined(heard: list[Heard]) -> list[Heard]:
    """Join what belongs together, as if it had been told at once."""
    whole: list[Heard] = []
    for one in heard:
        last = whole[-1] if whole else None
        if isinstance(one, bytes) and isinstance(last, bytes):
            whole[-1] = last + one
        elif isinstance(one, tuple) and isinstance(last, tuple) and one[:2] == last[:2]:
            whole[-1] = (*one[:2], last[2] + one[2])
        else:
            whole.append(one)
    return whole


PLAIN = orjson.dumps(
    {"type": "response.output_audio.delta", "response_id": "r", "item_id": "i", "delta": "AAAA"}
)
URGENT = event("input_audio_buffer.speech_started", item_id="turn_1")


def test_pieces_of_a_voice_are_one() -> None:
    """Of one item, in their order; whatever comes between is kept as it came."""
    done = event("response.output_audio.done", item_id="a")
    stream = voice("a", b"1234") + voice("a", b"56") + done + voice("b", b"78") + URGENT
    assert ear().take(stream) == (
        True,
        [("resp_1", "a", b"123456"), done, ("resp_1", "b", b"78"), URGENT],
    )


def test_a_pong_without_a_word_is_not_told() -> None:
    """That it came is enough; one that says which ping it answers is somebody's."""
    empty, answer = (Frame(Opcode.PONG, data).serialize(mask=False) for data in (b"", b"1234"))
    one = ear()
    assert one.take(empty) == (False, [])
    assert one.take(empty[:1]) == (False, [])
    assert one.take(empty[1:] + answer) == (True, [answer])


@pytest.mark.parametrize("seed", range(4))
def test_it_may_come_in_any_pieces(seed: int) -> None:
    """Within a header, too."""
    chance = random.Random(seed)
    frames = [
        chance.choice(
            (
                voice(f"item_{number // 7}", chance.randbytes(chance.randrange(1, 9000))),
                event("response.created", response={"id": "r", "n": number}),
                Frame(Opcode.PING, b"x").serialize(mask=False),
                text(b"x" * chance.choice((0, 125, 126, 65_535, 65_536, 200_000))),
            )
        )
        for number in range(30)
    ]
    stream = b"".join(frames) + URGENT
    assert joined(all_heard(stream, chance=chance)) == joined(all_heard(stream, len(stream)))


@pytest.mark.parametrize("size", range(1, 40))
def test_sound_is_what_it_was(size: int) -> None:
    """Of any length."""
    sound = random.Random(size).randbytes(size)
    assert ear().take(voice("a", sound)) == (True, [("resp_1", "a", sound)])


@pytest.mark.parametrize(
    "message",
    [
        b'{"type":"response.audio.delta","response_id":"r","item_id":"i","delta":"AAAA"}',
        (
            b' {\n"item_id" : "i" , "delta":"AAAA","output_index":0,"x":null,"y":true , "response_id":"r",'
            b'"type":"response.output_audio.delta"}\r\n'
        ),
        PLAIN.replace(b'"r"', b'"q","response_id":"r"'),
    ],
    ids=["older", "spaces", "twice"],
)
def test_what_the_typed_way_reads_is_read_alike(message: bytes) -> None:
    """Under its older name, and in any order."""
    delta = audio_delta(message)
    assert delta is not None
    assert ear().take(text(message)) == (True, [tuple(delta)])


@pytest.mark.parametrize(
    "message",
    [
        PLAIN[:-1],
        PLAIN + b"}",
        PLAIN.replace(b'"r"', b'"\\u0072"'),
        PLAIN.replace(b'"r"', '"ä"'.encode()),
        PLAIN.replace(b'"r"', b"7"),
        PLAIN.replace(b'"r"', b'""'),
        PLAIN.replace(b'"r"', b'"r",'),
        PLAIN.replace(b'"r"', b'"r","x":{}'),
        PLAIN.replace(b'"r"', b'"r","x":01'),
        PLAIN.replace(b'"r"', b'"r","x":nul'),
        PLAIN.replace(b"AAAA", b"AAA"),
        PLAIN.replace(b"AAAA", b"AA=A"),
        PLAIN.replace(b"AAAA", b"AAB="),
        PLAIN.replace(b"AAAA", b"AA-A"),
        PLAIN.replace(b"AAAA", b"A==="),
        PLAIN.replace(b"AAAA", b""),
        PLAIN.replace(b'"response.output_audio.delta"', b'"response.output_audio.delta2"'),
    ],
)
def test_what_is_not_plain_is_left_as_it_came(message: bytes) -> None:
    """Whether it is wrong, or only unusual, is not judged here."""
    assert ear().take(text(message) + URGENT) == (True, [text(message) + URGENT])


@pytest.mark.parametrize("place", [0, 7, 15, 16, 40, 60, 63])
def test_a_foreign_letter_is_found_wherever_it_is(place: int) -> None:
    """Of sixteen letters that are decoded at one go, or alone at the end."""
    alphabet = string.ascii_letters + string.digits + "+/"
    for letter in set(range(256)) - set(alphabet.encode()):
        letters = bytearray(random.Random(place).choices(alphabet.encode(), k=64))
        letters[place] = letter
        message = PLAIN.replace(b"AAAA", bytes(letters))
        if place < 63 or letter != ord("="):
            assert ear().take(text(message) + URGENT) == (True, [text(message) + URGENT])


@pytest.mark.parametrize(
    "frame",
    [
        Frame(Opcode.TEXT, b"a", fin=False).serialize(mask=False),
        bytes([0x81, 127]) + (1 << 40).to_bytes(8, "big"),
        bytes([0xC1, 0]),
        bytes([0x81, 0x81, 0, 0, 0, 0, 1]),
    ],
    ids=["fragments", "too large", "an extension", "masked"],
)
def test_what_is_out_of_the_ordinary_ends_it(frame: bytes) -> None:
    """All from there on is left, whatever it would be otherwise."""
    one = ear()
    assert one.take(voice("a", b"12") + frame + voice("a", b"34")) == (True, [("resp_1", "a", b"12")])
    assert one.odd
    assert one.take(URGENT) == (False, [])
    assert one.rest() == frame + voice("a", b"34") + URGENT


def test_the_first_of_a_voice_is_told_at_once_and_the_rest_in_time() -> None:
    """Pieces wait for each other while the caller has 0.15 s to hear, a tenth of a second at most."""
    one, piece = ear(), b"\1" * (SECOND // 5)
    assert one.take(voice("a", piece), 0) == (True, [("resp_1", "a", piece)])
    assert one.take(voice("a", piece), 5) == (False, [])  # 195 ms are left
    assert one.take(voice("a", piece), 45) == (False, [])
    assert one.take(b"", 49) == (False, [])
    assert one.take(b"", 50) == (True, [("resp_1", "a", 2 * piece)])
    assert one.take(voice("a", piece), 60) == (False, [])  # 540 ms are
    assert one.take(b"", 159) == (False, [])
    assert one.take(b"", 160) == (True, [("resp_1", "a", piece)])
    assert one.take(voice("b", piece), 162) == (True, [("resp_1", "b", piece)])  # another voice


def test_who_hears_the_last_of_what_came_is_told_the_next_at_once() -> None:
    """It may be late already."""
    one, piece = ear(), b"\1" * (SECOND // 5)
    one.take(voice("a", piece), 0)
    assert one.take(voice("a", piece), 50) == (True, [("resp_1", "a", piece)])


@pytest.mark.parametrize("size", [2, 998, 9_600, 29_998, 30_000, 30_002, 100_000])
def test_what_waits_is_told_in_one_piece(size: int) -> None:
    """However much it is: it is kept in parts."""
    one, chance = ear(), random.Random(size)
    pieces = [chance.randbytes(size) for _ in range(20)]
    one.take(voice("a", bytes(SECOND)))
    for piece in pieces:
        assert one.take(voice("a", piece), 10) == (False, [])
    assert one.take(b"", 110) == (True, [("resp_1", "a", b"".join(pieces))])


@pytest.mark.parametrize(
    "urgent",
    [
        URGENT,
        event("response.done", response={"status": "cancelled"}),
        event("response.done", response={"status": "incomplete"}),
        event("response.done", response={"status": "completed", "output": [{"type": "function_call"}]}),
        event("error", error={}),
        Frame(Opcode.CLOSE, b"\3\xe8").serialize(mask=False),
        text(b"no event"),
    ],
    ids=["the caller speaks", "broken off", "cut short", "a call", "an error", "closed", "no event"],
)
def test_what_a_caller_would_notice_waits_for_nothing(urgent: bytes) -> None:
    """It is told with all that came before it, in order."""
    one, piece = ear(), b"\1" * SECOND
    one.take(voice("a", piece))
    assert one.take(voice("a", b"1234"), 10) == (False, [])
    assert one.take(urgent, 11) == (True, [("resp_1", "a", b"1234"), urgent])


BEGINNINGS = (
    event("input_audio_buffer.speech_stopped", item_id="turn_1")
    + event("input_audio_buffer.committed", item_id="turn_1")
    + event("response.created", response={"status": "in_progress"})
    + event("response.output_audio_transcript.delta", delta="Hello")
)
"""That somebody will be heard."""
ENDS = event("response.output_audio.done") + event("response.done", response={"status": "completed"})
"""That a voice is complete, and that there is nothing more to say."""


def test_what_announces_something_waits_for_it() -> None:
    """A tenth of a second, and it is told before what it announces."""
    one, piece = ear(), b"\1" * SECOND
    assert one.take(b"") == (False, [])
    assert one.take(BEGINNINGS, 10) == (False, [])
    assert one.take(b"", 109) == (False, [])
    assert one.take(b"", 110) == (True, [BEGINNINGS])
    assert one.take(BEGINNINGS, 200) == (False, [])
    assert one.take(voice("a", piece), 201) == (True, [BEGINNINGS, ("resp_1", "a", piece)])


def test_an_end_waits_while_the_caller_has_enough_to_hear() -> None:
    """It comes within a moment of the last piece; where little is left, somebody may wait for it."""
    one = ear()
    assert one.take(ENDS) == (True, [ENDS])
    one.take(voice("a", b"\1" * (SECOND // 5)), 10)
    assert one.take(ENDS, 11) == (True, [ENDS])  # 199 ms are left
    one.take(voice("b", b"\1" * SECOND), 20)
    assert one.take(ENDS, 30) == (False, [])
    assert one.take(b"", 129) == (False, [])
    assert one.take(b"", 131) == (True, [ENDS])
