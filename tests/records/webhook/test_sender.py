"""Webhooks over real HTTP: signed, in their turn, again until they are taken."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import orjson
import pytest
from structlog.testing import capture_logs

from gateway.errors import BadInput
from gateway.records.outbox import OutboxWorker
from gateway.records.store.deliveries import Delivery
from gateway.records.store.opening import open_records
from gateway.records.store.records_store import RecordsStore
from gateway.records.store.sqlite import SQLITE_ERRORS
from gateway.records.webhook import sender as module
from gateway.records.webhook.sender import WebhookSender
from gateway.records.webhook.signature import headers, key
from tests.equipment import patience, ports
from tests.equipment.receiver import Receiver
from tests.records.store.made_records import ended

KEY = key("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")


@pytest.fixture(autouse=True)
def _soon_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "RETRY_S", (0.05, 0.05))


@pytest.fixture
def records(tmp_path: Path) -> Iterator[RecordsStore]:
    """Records whose calls are to be told."""
    with open_records(tmp_path / "r.db", delivers=True) as opened:
        yield opened


@contextmanager
def sending(file: Path, url: str) -> Iterator[OutboxWorker[Delivery]]:
    """Deliver what waits in a file."""
    worker = worker_of(file, lambda: (url, KEY))
    try:
        yield worker
    finally:
        worker.close()


def worker_of(file: Path, target: Callable[[], tuple[str, bytes]]) -> OutboxWorker[Delivery]:
    """Make a worker that delivers."""
    opened = lambda: open_records(file)  # noqa: E731
    sender = WebhookSender(target)
    return OutboxWorker("webhooks", opened, lambda records: records.deliveries, sender, SQLITE_ERRORS)


def eventually(holds: Callable[[], object]) -> None:
    """Wait until something holds. Raises AssertionError if it does not."""
    until = time.monotonic() + patience.seconds(5)
    while not holds():
        assert time.monotonic() < until, "does not come to hold"
        time.sleep(0.01)  # noqa: TID251 - another thread sets no event for us


def waiting(records: RecordsStore) -> int:
    """Return how many have yet to be taken."""
    return len(records.deliveries.due(4e9, 100))


def test_each_call_is_told_once_and_signed(tmp_path: Path, records: RecordsStore) -> None:
    """In the order of their ends; the receiver can tell that it was us."""
    with Receiver((204, {})) as receiver, sending(tmp_path / "r.db", receiver.url) as sender:
        records.put("run", [ended("a")])
        sender.wake()
        eventually(lambda: not waiting(records) and receiver.came)
        records.put("run", [ended("b"), ended("c")])
        sender.wake()
        eventually(lambda: not waiting(records))
        assert receiver.ids() == ["run-a", "run-b", "run-c"]
    for told, body in receiver.came:
        signed = headers(KEY, told["webhook-id"], int(told["webhook-timestamp"]), body)
        assert signed["webhook-signature"] == told["webhook-signature"]
        assert abs(int(told["webhook-timestamp"]) - time.time()) < 60
        assert orjson.loads(body)["data"]["reason"] == "caller_hung_up"


@pytest.mark.parametrize("status", [500, 404, 302, 410])
def test_what_is_not_taken_is_tried_again(tmp_path: Path, records: RecordsStore, status: int) -> None:
    """With the same id; a redirect is not followed. It is said once, and when they are taken again."""
    elsewhere = {"location": "http://127.0.0.1:1/"}
    with (
        capture_logs() as lines,
        Receiver((status, elsewhere), (status, elsewhere), (200, {})) as receiver,
        sending(tmp_path / "r.db", receiver.url) as sender,
    ):
        records.put("run", [ended("a")])
        sender.wake()
        eventually(lambda: not waiting(records))
    assert receiver.ids() == ["run-a"] * 3
    assert [line["event"] for line in lines] == ["webhook.failed", "webhook.taken_again"]
    assert f"answered {status}" in lines[0]["error"]


def test_it_is_given_up_at_last(tmp_path: Path, records: RecordsStore) -> None:
    """That is said, and the others have their turn."""
    with (
        capture_logs() as lines,
        Receiver((500, {}), (500, {}), (500, {}), (200, {})) as receiver,
        sending(tmp_path / "r.db", receiver.url) as sender,
    ):
        records.put("run", [ended("a")])
        sender.wake()
        eventually(records.deliveries.given_up)
        records.put("run", [ended("b")])
        sender.wake()
        eventually(lambda: receiver.ids()[-1] == "run-b")
    assert receiver.ids() == ["run-a"] * 3 + ["run-b"]
    assert [line["event"] for line in lines if line["log_level"] == "error"] == ["webhook.given_up"]


def test_a_server_that_asks_for_time(tmp_path: Path, records: RecordsStore) -> None:
    """It has it."""
    with (
        Receiver((503, {"retry-after": "3600"})) as receiver,
        sending(tmp_path / "r.db", receiver.url) as sender,
    ):
        records.put("run", [ended("a")])
        sender.wake()
        eventually(lambda: receiver.came and (records.deliveries.next_due() or 0) > time.time() + 3000)
    assert len(receiver.came) == 1


def test_a_server_that_answers_byte_by_byte(
    tmp_path: Path, records: RecordsStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It keeps nobody for longer than one that is silent."""
    monkeypatch.setattr(module, "TIMEOUT_S", 0.3)
    over = threading.Event()

    def drip(server: socket.socket) -> None:
        line, _ = server.accept()
        with line, suppress(OSError):  # it is hung up on
            line.sendall(b"HTTP/1.1 200 OK\r\n")
            while not over.wait(0.05):
                line.sendall(b"x: y\r\n")

    with capture_logs() as lines, socket.create_server(("127.0.0.1", 0)) as server:
        threading.Thread(target=drip, args=(server,), daemon=True).start()
        url = f"http://127.0.0.1:{server.getsockname()[1]}/hook"
        with sending(tmp_path / "r.db", url) as sender:
            records.put("run", [ended("a")])
            sender.wake()
            try:
                eventually(lambda: lines)
            finally:
                over.set()
    assert "did not answer within 0.3 s" in lines[0]["error"]


def test_nobody_is_there_until_the_next_gateway(tmp_path: Path, records: RecordsStore) -> None:
    """What was not taken is told after a restart."""
    port = ports.free_port()
    url = f"http://127.0.0.1:{port}/hook"
    with capture_logs() as lines, sending(tmp_path / "r.db", url) as sender:
        records.put("run", [ended("a")])
        sender.wake()
        eventually(lambda: lines)
    with Receiver((200, {}), port=port) as receiver, sending(tmp_path / "r.db", url):
        eventually(lambda: not waiting(records))
    assert receiver.ids() == ["run-a"]


def test_a_secret_that_is_gone(tmp_path: Path, records: RecordsStore) -> None:
    """It is looked up at each try: nothing is sent unsigned, and the call is told when it is back."""
    there = threading.Event()

    def target() -> tuple[str, bytes]:
        if not there.is_set():
            raise BadInput("webhook", "secret", None, "the environment variable HOOK is not set")
        return receiver.url, KEY

    with capture_logs() as lines, Receiver((200, {})) as receiver:
        sender = worker_of(tmp_path / "r.db", target)
        records.put("run", [ended("a")])
        sender.wake()
        eventually(lambda: lines)
        there.set()
        eventually(lambda: not waiting(records))
        sender.close()
    assert "HOOK is not set" in lines[0]["error"]
