"""`gateway top` and `gateway calls live, end, ...`: what is asked, of which call, and what is said."""

from __future__ import annotations

import socketserver
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import ClassVar

import orjson
import pytest

from tests.cli.conftest import Run
from tests.test_control_wire import VIEW, view_json

ABOUT: dict[str, object] = {
    "sip": "127.0.0.1:5060",
    "calls": 2,
    "max_calls": 9,
    "taken": 2,
    "seconds": 5,
    "draining": False,
}
TRUNKS: list[dict[str, object]] = []
CALLS = [view_json(VIEW) | {"id": name} for name in ("aa11", "aa22")]


class Answers(socketserver.StreamRequestHandler):
    """Lists two calls; what else is asked is kept."""

    asked: ClassVar[list[dict[str, object]]] = []

    def handle(self) -> None:
        for line in self.rfile:
            question = orjson.loads(line)
            told = {"calls": CALLS, "about": ABOUT, "trunks": TRUNKS}.get(question["do"])
            if told is None:
                self.asked.append(question)
            self.wfile.write(orjson.dumps({"id": 1, "ok": told}) + b"\n")


@contextmanager
def answering(path: Path) -> Iterator[list[dict[str, object]]]:
    """Answer on a socket; gives what was ordered."""
    Answers.asked = []
    path.parent.mkdir(exist_ok=True)
    with socketserver.UnixStreamServer(str(path), Answers) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield Answers.asked
        server.shutdown()


def test_calls_are_listed(gateway: Run, tmp_path: Path) -> None:
    """From the gateway of this folder; for people and for programs."""
    with answering(tmp_path / "var" / "control.sock"):
        told = gateway("calls", "live").out.splitlines()
        lines = gateway("calls", "live", "--json").out.splitlines()
    assert told[0].startswith("127.0.0.1:5060  2 of 9 calls")
    assert [line.split()[0] for line in told[3:]] == ["aa11", "aa22"]
    assert [orjson.loads(line)["id"] for line in lines] == ["aa11", "aa22"]


@pytest.mark.parametrize(
    ("words", "asked"),
    [
        (["end", "aa1"], {"do": "end", "call": "aa11"}),
        (["say", "aa22", "Hello."], {"do": "say", "call": "aa22", "text": "Hello."}),
        (["tell", "aa1", "x"], {"do": "tell", "call": "aa11", "text": "x", "answer": False}),
        (["tell", "aa1", "x", "--answer"], {"do": "tell", "call": "aa11", "text": "x", "answer": True}),
        (["instruct", "aa1", "x"], {"do": "instruct", "call": "aa11", "text": "x", "answer": False}),
        (["mute", "aa1", "on"], {"do": "mute", "call": "aa11", "on": True}),
        (["keys", "aa1", "1#"], {"do": "keys", "call": "aa11", "digits": "1#"}),
        (["message", "aa1"], {"do": "message", "call": "aa11"}),
        (["hold", "aa1"], {"do": "hold", "call": "aa11"}),
        (["resume", "aa1"], {"do": "resume", "call": "aa11"}),
        (
            ["transfer", "aa1", "sales", "--summary", "Ann."],
            {"do": "transfer", "call": "aa11", "target": "sales", "digits": "", "summary": "Ann."},
        ),
        (["move", "aa1", "sales"], {"do": "move", "call": "aa11", "plan": "sales"}),
    ],
)
def test_orders(gateway: Run, tmp_path: Path, words: list[str], asked: dict[str, object]) -> None:
    """To the one call whose id begins so; nothing is said when it is done."""
    with answering(tmp_path / "other.sock") as ordered:
        told = gateway("calls", *words, "--socket", str(tmp_path / "other.sock"))
    assert (told.code, told.out, told.err) == (0, "", "")
    assert [{name: value for name, value in one.items() if name != "id"} for one in ordered] == [asked]


def test_workers_are_replaced(gateway: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where there are any."""
    with answering(tmp_path / "var" / "control.sock") as ordered:
        told = gateway("restart")
        assert (told.code, "stop it, and start it again" in told.err, ordered) == (1, True, [])
        monkeypatch.setitem(ABOUT, "workers", [{"pid": 2}])
        assert gateway("restart").code == 0
    assert [one["do"] for one in ordered] == ["restart"]


SEVERAL = "several calls begin so, write more of it:\n  aa11  "


@pytest.mark.parametrize(("call", "said"), [("aa", SEVERAL), ("b", "no such call is up"), ("", SEVERAL)])
def test_which_call_is_meant(gateway: Run, tmp_path: Path, call: str, said: str) -> None:
    """One, or none is ended."""
    with answering(tmp_path / "var" / "control.sock") as ordered:
        told = gateway("calls", "end", call)
    assert (told.code, said in told.err, ordered) == (1, True, [])


@pytest.mark.parametrize("words", [("top",), ("calls", "live"), ("calls", "watch"), ("calls", "end", "a")])
def test_no_gateway(gateway: Run, tmp_path: Path, words: tuple[str, ...]) -> None:
    """It is said where it was looked for; and if nobody may ask, that."""
    told = gateway(*words)
    assert (told.code, "var/control.sock" in told.err) == (1, True)
    (tmp_path / "gateway.yaml").write_text("control: off\n")
    assert "nobody can ask" in gateway(*words).err
