"""The guard, asked over a bare socket: what comes outside of calls gets the answer that RFC 3261 names."""

from __future__ import annotations

import itertools
import socket
import sys
import time
from collections.abc import Iterator

import pytest

from tests.equipment import patience
from tests.equipment.process import Process
from tests.sip.conftest import needs_guard

pytestmark = needs_guard

METHODS = ["REGISTER", "SUBSCRIBE", "NOTIFY", "PUBLISH", "MESSAGE", "REFER", "INFO", "UPDATE", "PRACK"]
"""Registered at IANA, and not served outside of calls."""

_numbers = itertools.count(1)


class Asker:
    """A UDP socket that sends one request and reads what comes back."""

    def __init__(self, process: Process) -> None:
        self.process = process
        port = int(process.wait_for(lambda line: line.get("event") == "listening")["port"])
        self.target = ("127.0.0.1", port)
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.bind(("127.0.0.1", 0))

    def close(self) -> None:
        """Give the port back."""
        self._socket.close()

    def ask(self, method: str, *headers: str, to_tag: str = "", cseq: str = "") -> str:
        """Send a request; give the response, or "" when none comes within a moment."""
        self.send(method, *headers, to_tag=to_tag, cseq=cseq)
        self._socket.settimeout(patience.seconds(0.5 if method == "ACK" else 3))
        try:
            return self._socket.recv(4096).decode()
        except TimeoutError:
            return ""

    def send(self, method: str, *headers: str, to_tag: str = "", cseq: str = "") -> None:
        """Send a request."""
        port = self._socket.getsockname()[1]
        number = next(_numbers)
        lines = [
            f"{method} sip:gateway@127.0.0.1 SIP/2.0",
            f"Via: SIP/2.0/UDP 127.0.0.1:{port};rport;branch=z9hG4bK{number}",
            f"From: <sip:asker@127.0.0.1>;tag={number}",
            f"To: <sip:gateway@127.0.0.1>{to_tag}",
            f"Call-ID: {number}@127.0.0.1",
            f"CSeq: 1 {cseq or method}",
            f"Contact: <sip:asker@127.0.0.1:{port}>",
            "Max-Forwards: 70",
            *headers,
            "Content-Length: 0",
        ]
        self._socket.sendto(("\r\n".join(lines) + "\r\n\r\n").encode(), self.target)


def asker(retry_after: int, beats: int = 0) -> Iterator[Asker]:
    """Start an endpoint and somebody who asks it."""
    with Process([sys.executable, "-m", "tests.sip.guarded", str(retry_after), str(beats)]) as process:
        asking = Asker(process)
        try:
            yield asking
        finally:
            asking.close()


@pytest.fixture(scope="module")
def available() -> Iterator[Asker]:
    """An endpoint that takes calls."""
    yield from asker(0)


@pytest.fixture
def late() -> Iterator[Asker]:
    """An endpoint whose event loop gives one sign of life and no other."""
    yield from asker(0, beats=1)


@pytest.fixture(scope="module")
def draining() -> Iterator[Asker]:
    """An endpoint that wants to be asked again in 30 seconds."""
    yield from asker(30)


def status(response: str) -> int:
    """Return the response's status code; 0 for none."""
    return int(response.split()[1]) if response else 0


def header(response: str, name: str) -> str:
    """Return a header's value, "" if the response has none."""
    lines = (line.partition(":") for line in response.split("\r\n")[1:])
    return next((value.strip() for key, _, value in lines if key.lower() == name.lower()), "")


def test_options_says_what_is_served(available: Asker) -> None:
    """Allow and Accept as RFC 3261 section 11.2 asks, and not which program we are."""
    response = available.ask("OPTIONS")
    assert status(response) == 200
    assert "INVITE" in header(response, "Allow")
    assert "REGISTER" not in header(response, "Allow")
    assert header(response, "Accept") == "application/sdp"
    assert "timer" in header(response, "Supported")
    assert header(response, "User-Agent") == header(response, "Server") == ""


def test_options_tells_a_balancer_when_to_come_back(draining: Asker) -> None:
    """A process that drains is not sent new calls."""
    response = draining.ask("OPTIONS")
    assert (status(response), header(response, "Retry-After")) == (503, "30")


def test_options_tells_the_truth_about_the_event_loop(late: Asker) -> None:
    """Once nobody has led the calls for more than a second it is 503, so that a balancer turns elsewhere."""
    deadline = time.monotonic() + patience.seconds(5)
    while status(response := late.ask("OPTIONS")) == 200:
        assert time.monotonic() < deadline
    assert (status(response), header(response, "Retry-After")) == (503, "5")


def test_options_with_an_unknown_extension(available: Asker) -> None:
    """RFC 3261 section 8.2.2.3: 420, naming the extension."""
    response = available.ask("OPTIONS", "Require: timer, nothingSupportsThis")
    assert (status(response), header(response, "Unsupported")) == (420, "nothingSupportsThis")


@pytest.mark.parametrize("method", METHODS)
def test_methods_that_are_not_served_outside_of_calls(available: Asker, method: str) -> None:
    """405 with Allow: no registrar, no presence, no messages here."""
    response = available.ask(method, "Event: presence", "Refer-To: <sip:victim@127.0.0.1>", "Expires: 60")
    assert status(response) == 405
    assert "INVITE" in header(response, "Allow")


@pytest.mark.parametrize("method", ["NEWMETHOD", "!interesting-Method0123456789_*+`.%indeed'~"])
def test_methods_that_nobody_knows(available: Asker, method: str) -> None:
    """501, be they ever so strange (RFC 4475 section 3.1.1.2)."""
    assert status(available.ask(method)) == 501


@pytest.mark.parametrize("method", [*METHODS[1:], "BYE", "INVITE", "CANCEL", "OPTIONS", "NEWMETHOD"])
def test_requests_inside_a_dialog_that_is_gone(available: Asker, method: str) -> None:
    """With a To tag that nobody knows it is 481, whatever the method (RFC 3261 section 12.2.2)."""
    assert status(available.ask(method, to_tag=";tag=gone")) == 481


def test_a_tag_in_a_register_means_nothing(available: Asker) -> None:
    """It needs no dialog (RFC 3261 section 10.2): 405 as without one."""
    assert status(available.ask("REGISTER", to_tag=";tag=gone")) == 405


@pytest.mark.parametrize("to_tag", ["", ";tag=gone"])
@pytest.mark.parametrize(
    ("method", "cseq"), [("INVITE", "PUBLISH"), ("OPTIONS", "INVITE"), ("NEW", "INVITE")]
)
def test_two_methods_in_one_request(available: Asker, method: str, cseq: str, to_tag: str) -> None:
    """400, and no call comes of it (RFC 4475 sections 3.1.2.17 and 3.1.2.18)."""
    assert status(available.ask(method, cseq=cseq, to_tag=to_tag)) == 400


def test_an_ack_with_another_method_in_cseq(available: Asker) -> None:
    """An ACK is never answered, not even a wrong one."""
    assert status(available.ask("ACK", cseq="INVITE")) == 0


def test_a_bye_for_no_call(available: Asker) -> None:
    """Without a To tag, too, it is answered: 481 (RFC 3261 section 15.1.2)."""
    assert status(available.ask("BYE")) == 481


def test_a_call_is_not_the_guards(available: Asker) -> None:
    """INVITE and CANCEL pass it, and an ACK is never answered."""
    assert status(available.ask("ACK")) == 0
    assert status(available.ask("CANCEL")) == 481
    assert status(available.ask("INVITE")) not in (0, 405, 501, 503)


def test_a_flood_leaves_nothing_behind(available: Asker) -> None:
    """Stateless: ten thousand questions later the process is no larger."""
    for _ in range(500):
        available.ask("OPTIONS")
    before = available.process.rss_kb()
    for number in range(5000):
        available.ask(("OPTIONS", "REGISTER", "NEWMETHOD")[number % 3])
    assert available.process.rss_kb() - before < 1024
