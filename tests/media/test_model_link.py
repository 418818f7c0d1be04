"""A model's socket, and the caller's audio that goes there without Python: ticked by hand."""

from __future__ import annotations

import base64
import select
import socket
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path

import numpy as np
import orjson
import pytest
from websockets.frames import Frame, Opcode
from websockets.protocol import Protocol, Side, State

from gateway.media.kept_sound import KeptSound, levels
from gateway.media.media_port import AGENT_RATE, CALLER_RATES, PHONE_TICK, MediaPlane, MediaPort
from gateway.media.model_link import Heard, ModelLink
from gateway.media.port_events import MarkPlayed
from gateway.media.tls import native_tls
from gateway.realtime.events.wire import AudioDeltaFrames, appended_audio
from tests.equipment import tone
from tests.equipment.certificates import Authority
from tests.equipment.patience import seconds
from tests.media.conftest import made

pytestmark = pytest.mark.native
MOST_UNTOLD = 4 << 20
"""Bytes that a link keeps: model_link.cpp."""


class Server:
    """The far end of a link: reads frames as a server of the library does."""

    def __init__(self) -> None:
        self.ours, theirs = socket.socketpair()
        self.ours.setblocking(False)
        self.socket = theirs
        self.socket.settimeout(seconds(2))
        self._protocol = Protocol(Side.SERVER, state=State.OPEN, max_size=None)
        self.came: list[bytes] = []

    def read(self, enough: Callable[[], bool]) -> None:
        """Read until there is enough; what does not come in time is missed by the assertion that follows."""
        while not enough():
            self.read_some()

    def read_some(self) -> None:
        """Wait for something, and read what is there."""
        self._protocol.receive_data(self.socket.recv(1 << 20))
        for frame in self._protocol.events_received():
            assert isinstance(frame, Frame)
            assert (frame.opcode, frame.fin) == (Opcode.TEXT, True)
            self.came.append(bytes(frame.data))

    @property
    def heard(self) -> bytes:
        """All caller audio so far."""
        return b"".join(audio for one in self.came if (audio := appended_audio(one)) is not None)

    def close(self) -> None:
        """Let go of both ends."""
        self.ours.close()
        self.socket.close()


class Caller:
    """A port ticked by hand, in which every tick can be told from its neighbours."""

    def __init__(self, port: MediaPort) -> None:
        self.port = port
        self._ticks = 0

    def says(self, ticks: int) -> None:
        """Speak for so many ticks."""
        for _ in range(ticks):
            self._ticks += 1
            level = np.full(PHONE_TICK, 10 * self._ticks, np.int16)
            self.port.exchange(level.tobytes())


@pytest.fixture
def plane() -> MediaPlane:
    """The native plane."""
    return made(native=True)


@pytest.fixture
def server() -> Iterator[Server]:
    """A server."""
    running = Server()
    yield running
    running.close()


@pytest.fixture
def link(plane: MediaPlane, server: Server) -> Iterator[ModelLink]:
    """A link to it."""
    made_link = plane.link(server.ours.fileno())
    assert made_link is not None
    yield made_link
    made_link.close()


def until(true: Callable[[], bool]) -> None:
    """Wait for what another thread does."""
    late = time.monotonic() + seconds(2)
    while not true():
        assert time.monotonic() < late
        time.sleep(0.001)  # noqa: TID251 - no event loop here, and the other thread tells nobody


def message(number: int, size: int = 100) -> bytes:
    """A message as Python's side frames it."""
    body = orjson.dumps({"type": "other", "n": number, "x": "x" * size})
    return Frame(Opcode.TEXT, body).serialize(mask=True)


# --- the caller's audio ------------------------------------------------------------------------------


@pytest.mark.parametrize("rate", CALLER_RATES)
def test_a_tick_of_the_caller_is_a_message(
    plane: MediaPlane, server: Server, link: ModelLink, rate: int
) -> None:
    """Bytes are those that `read` would have given, in the frame that Python would have made."""
    caller, same = Caller(port := plane.port(rate)), Caller(by_hand := plane.port(rate))
    port.send_to(link)
    assert port.direct
    for tick in range(1, 31):
        caller.says(1)
        same.says(1)
        server.read(lambda due=tick: len(server.came) == due)  # type: ignore[misc]
    audio = by_hand.read()
    assert server.heard == audio
    assert server.came[0] == (
        b'{"type":"input_audio_buffer.append","audio":"' + base64.b64encode(audio[: rate // 25]) + b'"}'
    )
    link.release()
    assert port.read() == b""


@pytest.mark.parametrize("rate", CALLER_RATES)
@pytest.mark.parametrize("law", ["pcmu", "pcma"])
def test_a_model_that_hears_g711_hears_the_lines_codes(
    plane: MediaPlane, server: Server, link: ModelLink, rate: int, law: str
) -> None:
    """Every code there is, as it was, in a sixth of the bytes; it is kept as PCM, as ever."""
    codes = bytes(range(256)) * 5
    line = (tone.ulaw_decode if law == "pcmu" else tone.alaw_decode)(codes)
    port = plane.port(rate)
    kept = KeptSound()
    port.send_to(link, law, [kept] if rate == AGENT_RATE else [])
    for tick in np.split(line, 8):
        port.exchange(tick.tobytes())
    server.read(lambda: len(server.heard) == len(codes))
    assert server.heard == (codes.replace(b"\x7f", b"\xff") if law == "pcmu" else codes)
    link.release()
    if rate == AGENT_RATE:
        told = np.frombuffer(kept.pcm(), "<i2")[:: rate // 8000]
        assert (np.abs(told - line) <= (0 if law == "pcmu" else np.abs(line) / 32 + 8)).all()


def test_masks_differ(plane: MediaPlane, server: Server, link: ModelLink) -> None:
    """No key comes twice among a few hundred: RFC 6455 section 10.3."""
    caller = Caller(port := plane.port())
    port.send_to(link)
    keys, raw = set[bytes](), b""
    for _ in range(300):
        caller.says(1)
        while len(raw) < 8 or len(raw) < 8 + int.from_bytes(raw[2:4], "big"):
            raw += server.socket.recv(65_536)
        keys.add(raw[4:8])
        raw = raw[8 + int.from_bytes(raw[2:4], "big") :]
    assert len(keys) == 300


def test_a_link_begins_with_what_was_not_read_and_leaves_what_was_not_sent(
    plane: MediaPlane, server: Server, link: ModelLink
) -> None:
    """Of what is said before, meanwhile and afterwards, nothing is missing, and nothing comes twice."""
    caller, same = Caller(port := plane.port()), Caller(by_hand := plane.port())
    caller.says(3)
    before = port.read()
    caller.says(5)
    port.send_to(link)
    caller.says(5)
    server.read(lambda: len(server.heard) == 10 * 960)
    link.release()
    assert not port.direct
    caller.says(4)
    same.says(17)
    assert before + server.heard + port.read() == by_hand.read()
    assert len(server.heard) == 10 * 960


def test_silence_travels_together_and_a_voice_at_once(
    plane: MediaPlane, server: Server, link: ModelLink
) -> None:
    """Five ticks of it in a message; with the first sound all goes, and each tick for a second after it."""
    plane.wake_every(1, silence=5)
    port = plane.port()
    port.send_to(link)
    quiet, loud = bytes(320), tone.sine(400, 20).tobytes()

    def after(ticks: int, pcm: bytes, messages: int) -> list[int]:
        """Return how many ticks each message had."""
        server.came.clear()
        for _ in range(ticks):
            port.exchange(pcm)
        server.read(lambda: len(server.came) == messages)
        return [len(appended_audio(one) or b"") // 960 for one in server.came]

    assert after(5, quiet, 1) == after(5, quiet, 1) == [5]
    port.exchange(quiet)
    port.exchange(quiet)
    assert after(1, loud, 1) == [3]
    assert [after(1, quiet, 1) for _ in range(59)] == [[1]] * 59
    assert after(5, quiet, 1) == [5]


@pytest.mark.parametrize("wrong", [0, 11])
def test_silence_waits_for_a_fifth_of_a_second_at_most(plane: MediaPlane, wrong: int) -> None:
    """What the model hears of it is never older."""
    with pytest.raises(ValueError, match="1 to 10 ticks"):
        plane.wake_every(1, silence=wrong)


def test_what_is_sent_is_kept(plane: MediaPlane, server: Server, link: ModelLink) -> None:
    """By all who want it, each in its own way, though Python looks for it after seconds only."""
    caller = Caller(port := plane.port())
    kept, last = KeptSound(), KeptSound(most=4800, slow=True)
    port.send_to(link, "pcm", [kept, last])
    for tick in range(1, 151):
        caller.says(1)
        server.read(lambda due=tick: len(server.heard) == due * 960)  # type: ignore[misc]
    link.release()
    line = 10 * np.arange(1, 151).repeat(PHONE_TICK)
    assert (np.abs(np.frombuffer(kept.pcm(), "<i2")[::3] - line) <= line / 32 + 8).all()
    assert (
        np.abs(levels()[np.frombuffer(last.codes(), np.uint8)] - line[-800::2]) <= line[-800::2] / 32 + 8
    ).all()
    caller.says(1)
    assert (len(port.read()), kept.end) == (960, len(server.heard))


def test_what_is_kept_is_of_24_khz(plane: MediaPlane, link: ModelLink) -> None:
    """Nothing else can be put there."""
    with pytest.raises(ValueError, match="what is kept is 24 kHz"):
        plane.port(8000).send_to(link, "pcm", [KeptSound()])


def test_a_link_carries_one_call_at_a_time(plane: MediaPlane, server: Server, link: ModelLink) -> None:
    """The one before has its audio back."""
    first, second = plane.port(), plane.port()
    first.send_to(link)
    second.send_to(link)
    assert (first.direct, second.direct) == (False, True)


# --- beside what Python writes -----------------------------------------------------------------------


def test_messages_stay_whole_beside_audio(plane: MediaPlane, server: Server, link: ModelLink) -> None:
    """Both come in their own order, however large a message is."""
    caller = Caller(port := plane.port())
    port.send_to(link)
    for number in range(60):
        caller.says(1)
        link.write(message(number, size=500 * number))
        server.read(lambda due=number: len(server.came) == 2 * due + 2)  # type: ignore[misc]
    others = [orjson.loads(one) for one in server.came if appended_audio(one) is None]
    assert [other["n"] for other in others] == list(range(60))
    link.release()
    assert (len(server.heard), port.read()) == (60 * 960, b"")


def test_a_socket_that_takes_no_more_gives_the_audio_back(
    plane: MediaPlane, server: Server, link: ModelLink
) -> None:
    """What it has of a message it gets whole later; what is said meanwhile can be read."""
    caller = Caller(port := plane.port())
    server.ours.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 10_000)
    port.send_to(link)
    said = 0
    while port.direct:
        caller.says(1)
        said += 1
        time.sleep(0.001)  # noqa: TID251 - no event loop here
        assert said < 90
    assert link.pending > 0
    sent = said * 960 - len(port.read())
    link.write(message(7, size=200_000))
    while link.pending:
        caller.says(1)  # at each tick it is tried again
        server.read_some()
    server.read(lambda: b'"other"' in server.came[-1])
    assert len(server.heard) == sent
    port.read()
    port.send_to(link)
    caller.says(1)
    server.read(lambda: len(server.heard) == sent + 960)


# --- the end -----------------------------------------------------------------------------------------


def test_a_broken_socket_gives_the_audio_back(plane: MediaPlane, server: Server, link: ModelLink) -> None:
    """And raises nothing at whoever writes: whoever reads the socket hears why."""
    caller = Caller(port := plane.port())
    port.send_to(link)
    server.socket.close()
    caller.says(1)
    until(lambda: not port.direct)
    link.write(message(1))
    port.send_to(link)
    assert not port.direct


def test_nothing_is_written_after_the_end(plane: MediaPlane, server: Server, link: ModelLink) -> None:
    """FIN follows what was written before, and a link that is closed is closed for good."""
    link.write(message(1))
    link.finish()
    server.read(lambda: len(server.came) == 1)
    assert server.socket.recv(10) == b""
    port = plane.port()
    port.send_to(link)
    link.close()
    link.close()
    link.write(message(2))
    port.send_to(link)
    assert (port.direct, link.pending) == (False, 0)


def test_the_descriptor_is_the_links_own(plane: MediaPlane, server: Server, link: ModelLink) -> None:
    """The transport may close its own first."""
    server.ours.close()
    link.write(message(1))
    server.read(lambda: len(server.came) == 1)


def test_what_is_no_descriptor_is_refused(plane: MediaPlane) -> None:
    """As an error of the system's."""
    with pytest.raises(Exception, match="a model's socket"):
        plane.link(-1)


def test_a_sine_arrives_as_one(plane: MediaPlane, server: Server, link: ModelLink) -> None:
    """Sound, not only bytes."""
    port = plane.port()
    port.send_to(link)
    said = tone.sine(440, 200).tobytes()
    for at in range(0, len(said), 2 * PHONE_TICK):
        port.exchange(said[at : at + 2 * PHONE_TICK])
    server.read(lambda: len(server.heard) == 10 * 960)
    heard = np.frombuffer(server.heard, np.int16)
    assert tone.tones(heard[1200:], rate=24_000)[0].frequency == pytest.approx(440, abs=5)


# --- what the model says -----------------------------------------------------------------------------


class Told:
    """What a link has heard; looks after its news as an event loop would."""

    def __init__(self, link: ModelLink) -> None:
        self.heard: list[Heard] = []
        self.over = False
        self._link = link

    def __call__(self, heard: list[Heard], over: bool) -> None:
        self.heard += heard
        self.over = over

    def until(self, true: Callable[[], bool]) -> None:
        """Wait for what the links' thread reads."""
        late = time.monotonic() + seconds(2)
        while not true():
            assert select.select([self._link.news.descriptor], [], [], late - time.monotonic())[0]
            self._link.news.tell()


def said(item: str, sound: bytes) -> bytes:
    """A piece of a voice, as a server frames it."""
    return Frame(Opcode.TEXT, AudioDeltaFrames("r", item).frame("e", sound)).serialize(mask=False)


URGENT = Frame(Opcode.TEXT, b'{"type":"input_audio_buffer.speech_started"}').serialize(mask=False)


def test_a_link_that_listens_tells_what_the_model_says(server: Server, link: ModelLink) -> None:
    """From a beginning on that was read before; what is urgent at once, the rest in time."""
    told, first = Told(link), said("a", bytes(9600))
    link.listen(first[:1000], told)
    server.socket.sendall(first[1000:] + URGENT)
    told.until(lambda: len(told.heard) == 2)
    assert told.heard == [("r", "a", bytes(9600)), URGENT]
    patient = Frame(Opcode.TEXT, b'{"type":"response.created"}').serialize(mask=False)
    server.socket.sendall(patient)
    told.until(lambda: told.heard[-1] == patient)
    assert not told.over


def test_what_is_urgent_brings_along_what_is_not(plane: MediaPlane, server: Server, link: ModelLink) -> None:
    """Of another link, and of the ports, whose reports come first; by itself it would wake nobody yet."""
    other = Server()
    other_link = plane.link(other.ours.fileno())
    assert other_link is not None
    told, others = Told(link), Told(other_link)
    link.listen(b"", told)
    other_link.listen(b"", others)
    patient = Frame(Opcode.TEXT, b'{"type":"response.created"}').serialize(mask=False)
    other.socket.sendall(patient)
    until(lambda: not select.select([other.ours], [], [], 0)[0])
    (port := plane.port()).mark(1, False)
    port.exchange(bytes(2 * PHONE_TICK))
    server.socket.sendall(URGENT)
    told.until(lambda: told.heard == [URGENT])
    assert others.heard == [patient]
    assert select.select([plane.wake_fd], [], [], 0)[0]
    other_link.close()
    other.close()


def test_a_report_that_nobody_waits_for_is_told_in_time(plane: MediaPlane, link: ModelLink) -> None:
    """Though nothing else happens; one that somebody waits for, at once."""
    port, told = plane.port(), Told(link)
    link.listen(b"", told)
    for awaited in (False, True):
        port.mark(1, awaited)
        port.exchange(bytes(2 * PHONE_TICK))
        assert select.select([plane.wake_fd], [], [], seconds(2))[0]
        plane.clear_wake()
        assert port.events() == [MarkPlayed(1)]


def test_a_link_that_listens_no_more_leaves_what_it_has_not_told(server: Server, link: ModelLink) -> None:
    """And what comes after is left in the socket."""
    told, half = Told(link), said("b", b"1234")[:20]
    link.listen(b"", told)
    server.socket.sendall(URGENT)
    told.until(lambda: told.heard == [URGENT])
    server.socket.sendall(said("a", b"123456") + half)
    rest: list[Heard] = []
    until(lambda: not select.select([server.ours], [], [], 0)[0])
    rest = link.hush()
    assert rest == [("r", "a", b"123456"), half]
    server.socket.sendall(URGENT)
    until(lambda: select.select([server.ours], [], [], 0)[0] != [])
    assert server.ours.recv(1000) == URGENT
    assert link.hush() == []


@pytest.mark.parametrize("odd", [False, True], ids=["the end", "fragments"])
def test_a_socket_is_given_back_when_there_is_no_more_to_hear(
    server: Server, link: ModelLink, odd: bool
) -> None:
    """With all that was not understood."""
    told = Told(link)
    link.listen(b"", told)
    fragment = Frame(Opcode.TEXT, b"a", fin=False).serialize(mask=False) if odd else b""
    server.socket.sendall(said("a", b"12") + fragment)
    if not odd:
        server.socket.close()
    told.until(lambda: told.over)
    assert told.heard == [("r", "a", b"12"), *([fragment] if odd else [])]
    assert link.hush() == []


def test_a_model_that_speaks_faster_than_anybody_listens_is_waited_for(
    server: Server, link: ModelLink
) -> None:
    """No more than some megabytes are kept; it goes on, whole and in order, as soon as they are taken."""
    told, sent = Told(link), 400
    link.listen(b"", told)
    server.socket.settimeout(seconds(10))
    pieces = b"".join(said("a", bytes([number & 0xFF, number >> 8]) * 12_000) for number in range(sent))
    sending = threading.Thread(target=server.socket.sendall, args=(pieces,))
    sending.start()
    time.sleep(0.2)  # noqa: TID251 - for nothing to happen
    assert sending.is_alive()

    def came() -> int:
        return sum(len(one[2]) for one in told.heard if isinstance(one, tuple))

    told.until(lambda: came() == sent * 24_000)
    sending.join()
    sound = b"".join(one[2] for one in told.heard if isinstance(one, tuple))
    assert [int.from_bytes(sound[n * 24_000 :][:2], "little") for n in range(sent)] == list(range(sent))


class TlsServer:
    """The far end of a link under TLS."""

    def __init__(self, folder: Path) -> None:
        authority = Authority(folder)
        make = native_tls()
        assert make is not None
        ours, theirs = socket.socketpair()
        ours.setblocking(False)
        self.ours = make(str(authority.file), "", "", "", 0).client(ours.detach(), "localhost")
        wrap = partial(authority.gives("server").serves().wrap_socket, theirs, server_side=True)
        with ThreadPoolExecutor(1) as other_side:
            shaken = other_side.submit(wrap)
            while self.ours.handshake().name != "DONE":
                assert select.select([self.ours.socket], [], [], seconds(2))[0]
            self.socket = shaken.result()

    def close(self) -> None:
        """Let go of both ends."""
        self.ours.close()
        self.socket.close()


def test_what_tls_has_read_already_is_heard_once_there_is_room(plane: MediaPlane, tmp_path: Path) -> None:
    """It would wake nobody: the socket has nothing more."""
    server = TlsServer(tmp_path)
    link = plane.link(-1, server.ours)
    assert link is not None
    told, much = Told(link), said("a", bytes(MOST_UNTOLD - 300))
    server.socket.sendall(said("a", bytes(600)) + said("b", bytes(6000)) + URGENT)  # one record
    link.listen(much, told)
    told.until(lambda: URGENT in told.heard)
    sounds = [one[2] for one in told.heard if isinstance(one, tuple)]
    assert sounds == [bytes(MOST_UNTOLD + 300), bytes(6000)]
    link.close()
    server.close()
