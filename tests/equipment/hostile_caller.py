"""A caller who spoils what he says: `python -m tests.equipment.hostile_caller PORT --messages 3000`.

He makes calls as they should be made, over UDP and TCP, and spoils what he says inside of them and beside
them: requests, acknowledgements, answers, and messages after RFC 4475. What he is answered he acknowledges,
mostly; calls that came about although they were spoiled he ends, mostly. A program of its own, so that he
keeps his pace while a test waits; to be run where there is no network but a loopback, because spoiled
messages name addresses anywhere. Prints how many messages there were, and what they were answered.
"""

from __future__ import annotations

import argparse
import itertools
import json
import sys
import threading
import time
from collections import Counter, deque
from collections.abc import Callable, Iterable
from pathlib import Path

from tests.equipment import torture
from tests.equipment.hostile_call import HostileCall, acknowledging, hanging_up, header, reply, status_of
from tests.equipment.hostile_wire import Datagrams, Stream, Wire
from tests.equipment.mutations import Mutator, with_byte
from tests.equipment.process import Process, python

MOST_RATE = 2000
EXEMPT = ("127.0.0.66", "127.0.0.67")
"""Who speaks UDP and TCP; the gateway has to let in more calls than it would of strangers."""
STRANGER = "127.0.0.68"

CALLS = 6
"""That each speaker keeps up."""
WORDS = 25
"""Spoiled messages inside of a call; then it is ended as it should be."""
INSIDE = (
    "INVITE",
    "UPDATE",
    "INFO",
    "PRACK",
    "REFER",
    "OPTIONS",
    "BYE",
    "CANCEL",
    "ACK",
    "NOTIFY",
    "SUBSCRIBE",
    "MESSAGE",
)
OUTSIDE = (
    "INVITE",
    "INVITE",
    "INVITE",
    "OPTIONS",
    "REGISTER",
    "MESSAGE",
    "SUBSCRIBE",
    "CANCEL",
    "BYE",
    "ACK",
    "REFER",
    "INFO",
)
ANSWERS = (100, 180, 183, 200, 202, 302, 401, 407, 415, 422, 481, 486, 491, 500, 503, 603)
IMPATIENT_S = 3.0


class Speaker:
    """One address of his, with its calls."""

    def __init__(self, wire: Wire, seed: int, answering: str, refusing: str) -> None:
        self._wire = wire
        self._mutator = Mutator(seed)
        self.random = self._mutator.random
        self._numbers = (answering, refusing, refusing)
        self._calls: list[HostileCall] = []
        self._ringing: HostileCall | None = None
        self._asked: deque[bytes] = deque(maxlen=20)
        self.answered: Counter[int] = Counter()
        self.kept: deque[bytes] = deque(maxlen=1000)

    def speak(self) -> None:
        """Say one spoiled thing, after listening to what there was to hear."""
        self.listen()
        self._keep_calls()
        kind = self.random.random()
        if kind < 0.5 and self._calls:
            self._say(self._mutator.spoil(self._inside()))
        elif kind < 0.75:
            self._say(self._mutator.spoil(self._outside()))
        elif kind < 0.87:
            self._say(self._tortured())
        else:
            self._say(self._mutator.spoil(self._answer()))

    def speak_with(self, line: int, byte: int) -> None:
        """Ask for a call that is refused, with that byte in a line of it."""
        self.listen()
        self._say(with_byte(self._call(self._numbers[1]).request("INVITE"), line, byte))

    def listen(self) -> None:
        """Take what there is to hear."""
        for message in self._wire.heard():
            self._listen(message)

    def lines(self) -> int:
        """Count the lines that `speak_with` knows: the request line, and one for each header."""
        return self._call("").request("INVITE").partition(b"\r\n\r\n")[0].count(b"\r\n") + 1

    def _say(self, message: bytes) -> None:
        self.kept.append(message)
        self._wire.spoiled(message, self.random)

    # --- what he says

    def _call(self, number: str) -> HostileCall:
        return HostileCall(number, self._wire.local, self._wire.name)

    def _keep_calls(self) -> None:
        ringing = self._ringing
        if ringing is not None and time.monotonic() - ringing.began < IMPATIENT_S:
            return
        if len(self._calls) < CALLS:
            self._ringing = self._call(self._numbers[0])
            self._wire.send(self._ringing.request("INVITE"))

    def _inside(self) -> bytes:
        call = self.random.choice(self._calls)
        call.words += 1
        if call.words > WORDS:
            self._calls.remove(call)
            self._wire.send(call.request("BYE"))
        return call.request(self.random.choice(INSIDE))

    def _outside(self) -> bytes:
        call = self._call(self.random.choice(self._numbers))
        call.remote_tag = "x" if self.random.random() < 0.2 else ""
        return call.request(self.random.choice(OUTSIDE))

    def _tortured(self) -> bytes:
        name = self.random.choice(tuple(torture.CASES))
        number = self.random.randrange(1 << 40)
        message = torture.case(name, number=self._numbers[1], own=self._wire.local[1], n=number)
        return message if self.random.random() < 0.3 else self._mutator.spoil(message)

    def _answer(self) -> bytes:
        status = self.random.choice(ANSWERS)
        request = (
            self.random.choice(self._asked) if self._asked else self._call(self._numbers[0]).request("INVITE")
        )
        return reply(request, status)

    # --- what he hears

    def _listen(self, message: bytes) -> None:
        status = status_of(message)
        if status is None:
            self._asked_for(message)
            return
        self.answered[status] += 1
        if status >= 200 and header(message, "CSeq").endswith("INVITE"):
            self._answered(message, status)

    def _answered(self, message: bytes, status: int) -> None:
        ringing = self._ringing
        self._wire.send(acknowledging(message))
        if ringing is not None and header(message, "Call-ID") == ringing.call_id:
            self._ringing = None
            if status < 300:
                ringing.answered(message)
                self._calls.append(ringing)
        elif status < 300 and not self._mine(message) and self.random.random() < 0.9:
            self._wire.send(hanging_up(message))

    def _asked_for(self, message: bytes) -> None:
        if message.startswith(b"ACK"):
            return
        self._asked.append(message)
        answer = reply(message, 200)
        self._wire.send(self._mutator.spoil(answer) if self.random.random() < 0.5 else answer)
        if message.startswith(b"BYE"):
            self._calls = [call for call in self._calls if call.call_id != header(message, "Call-ID")]

    def _mine(self, message: bytes) -> bool:
        return any(call.call_id == header(message, "Call-ID") for call in self._calls)

    def leave(self) -> None:
        """End the calls there are."""
        for call in self._calls:
            self._wire.send(call.request("BYE"))
        self._wire.close()


def words(speakers: list[Speaker], messages: int) -> Iterable[Callable[[], None]]:
    """Let them speak in turns; of ten words a stranger has one."""
    return (speakers[2 if number % 10 == 9 else number % 2].speak for number in range(messages))


def every_byte(speakers: list[Speaker]) -> Iterable[Callable[[], None]]:
    """Say every byte in every line, over UDP and TCP."""
    for line, byte, speaker in itertools.product(range(speakers[0].lines()), range(256), speakers[:2]):
        yield lambda speaker=speaker, line=line, byte=byte: speaker.speak_with(line, byte)


def paced(said: Iterable[Callable[[], None]], rate: int) -> int:
    """Say it at an even pace; return how many messages it was."""
    began, idle = time.monotonic(), threading.Event()
    number = 0
    for number, say in enumerate(said, 1):
        say()
        early = number / rate - (time.monotonic() - began)
        if early > 0:
            idle.wait(early)
    return number


def hostile_caller(port: int, *options: str, keep: Path) -> Process:
    """Start the program with these of its options; it ends by itself."""
    return Process(python("-m", "tests.equipment.hostile_caller", str(port), *options, f"--keep={keep}"))


def main() -> int:
    """Read the command line, and speak."""
    parser = argparse.ArgumentParser()
    parser.add_argument("port", type=int)
    parser.add_argument("--messages", type=int, default=3000)
    parser.add_argument("--every-byte", action="store_true", help="in every header of an INVITE, instead")
    parser.add_argument("--rate", type=int, default=400)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--answering", default="100", help="number whose agent answers")
    parser.add_argument("--refusing", default="404", help="number that is refused")
    parser.add_argument("--keep", type=Path, help="file for the last messages, to be looked at")
    given = parser.parse_args()
    if given.rate > MOST_RATE:
        sys.exit(f"at most {MOST_RATE} a second")
    target = ("127.0.0.1", given.port)
    wires = [Datagrams(EXEMPT[0], target), Stream(EXEMPT[1], target), Datagrams(STRANGER, target)]
    speakers = [
        Speaker(wire, given.seed * 3 + number, given.answering, given.refusing)
        for number, wire in enumerate(wires)
    ]
    try:
        said = every_byte(speakers) if given.every_byte else words(speakers, given.messages)
        messages = paced(said, given.rate)
    finally:
        if given.keep:
            kept = (message for speaker in speakers for message in speaker.kept)
            given.keep.write_bytes(b"\n=====\n".join(kept))
    for speaker in speakers:
        speaker.leave()
    answered: Counter[int] = sum((speaker.answered for speaker in speakers), Counter())
    line = {"event": "said", "messages": messages, "answered": dict(sorted(answered.items()))}
    sys.stdout.write(json.dumps(line) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
