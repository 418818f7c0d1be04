"""What a source of INVITEs has earned: the accounts alone, with a clock that the test sets; and their log."""

from __future__ import annotations

from collections.abc import Callable
from ipaddress import ip_address, ip_network
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from structlog.testing import capture_logs

from gateway.sip import sources
from gateway.sip.sources import SourceLog, readable, strangers, wire_network
from gateway.source_limits import SourceLimits
from tests.sip.conftest import needs_guard

pytestmark = needs_guard

guard = pytest.importorskip("gateway.sip._guard")
LET_IN, WAIT, REFUSE, DROP = (getattr(guard.Verdict, name) for name in ("LET_IN", "WAIT", "REFUSE", "DROP"))


def wire(text: str) -> bytes:
    """Write an address as the accounts know it."""
    return wire_network(ip_network(text))[0]


ANN, BOB = wire("192.0.2.1"), wire("192.0.2.2")


class Line:
    """Calls of one source, numbered; a second after the other where no time is given."""

    def __init__(self, source: bytes = ANN, **limits: int) -> None:
        self.source = source
        self.accounts = guard.Sources(**limits)
        self._calls = 0

    def invite(self, now: float, source: bytes | None = None, **waited: bool) -> Any:
        """Send the next INVITE; return what becomes of it."""
        self._calls += 1
        return self.accounts.judge(source or self.source, f"call {self._calls}", now, **waited)

    def invites(self, count: int, now: float, source: bytes | None = None) -> list[Any]:
        """Send several at once."""
        return [self.invite(now, source) for _ in range(count)]

    def answer(self, now: float, status: int = 200, calls: range | None = None) -> None:
        """Answer calls, all there are unless told otherwise."""
        for call in calls or range(1, self._calls + 1):
            self.accounts.answered(f"call {call}", f"tag {call}", status, now)

    def acknowledge(self, now: float, calls: range | None = None) -> None:
        """Have answers acknowledged."""
        for call in calls or range(1, self._calls + 1):
            self.accounts.acknowledged(f"call {call}", f"tag {call}", now)


def test_ten_calls_may_be_without_an_ack() -> None:
    """The next waits while the last answers are on their way, is refused half a second later, and so on."""
    line = Line()
    assert line.invites(11, 0.0) == [LET_IN] * 10 + [WAIT]
    line.answer(1.0, calls=range(1, 11))
    assert line.invite(1.4) is WAIT
    assert line.invite(1.6) is REFUSE


def test_one_that_rings_keeps_the_next_waiting() -> None:
    """Its ACK cannot have come; whoever has waited for as long as he may is refused all the same."""
    line = Line()
    line.invites(10, 0.0)
    assert line.invite(5.0) is WAIT
    assert line.invite(5.0, waited=True) is REFUSE


def test_whoever_acknowledges_opens_his_own_window() -> None:
    """As TCP does: twice as many after each round, until nothing but admission holds him."""
    line = Line()
    for allowed in (10, 20, 40, 80):
        assert line.invites(allowed + 1, 1.0) == [LET_IN] * allowed + [WAIT]
        line.answer(1.0)
        line.acknowledge(1.0)
        assert line.accounts.unacknowledged == 0


@pytest.mark.parametrize("status", [200, 302, 404, 486, 487, 503, 603])
def test_an_ack_is_an_ack(status: int) -> None:
    """Of a refusal, too: only somebody who is there can send it."""
    line = Line()
    line.invites(10, 0.0)
    line.answer(0.1, status)
    line.acknowledge(0.2)
    assert line.invites(15, 0.3) == [LET_IN] * 15


def test_a_steady_caller_is_never_held() -> None:
    """Fifty calls a second that ring for two seconds each, for a minute."""
    line = Line(refusals=1)
    line.invites(10, -1.0)
    line.answer(-1.0)
    line.acknowledge(-1.0)
    begun = line._calls
    for tick in range(3000):
        now = tick * 0.02
        if tick >= 100:
            answered = range(begun + tick - 99, begun + tick - 98)
            line.answer(now, calls=answered)
            line.acknowledge(now, calls=answered)
        if tick % 100 < min(tick // 10 + 10, 50):
            assert line.invite(now) is LET_IN, tick
        else:
            line._calls += 1


def test_an_ack_for_no_answer_of_ours_counts_for_nothing() -> None:
    """A wrong tag, before the answer, or for a call that nobody made: it proves nothing."""
    line = Line()
    line.invites(10, 0.0)
    line.acknowledge(0.1)
    line.answer(0.2)
    line.accounts.acknowledged("call 1", "tag 2", 0.3)
    line.accounts.acknowledged("another", "tag 1", 0.3)
    assert line.accounts.unacknowledged == 10
    assert line.invite(1.0) is REFUSE


def test_an_ack_that_never_came_is_given_up_with_its_call() -> None:
    """After 64*T1 (RFC 3261 section 13.3.1.4) the place is free again, not before."""
    line = Line()
    line.invites(10, 0.0)
    line.answer(1.0)
    assert line.invite(32.9) is REFUSE
    assert line.invites(10, 33.5) == [LET_IN] * 10
    assert line.invite(40.0) is WAIT


def test_a_call_that_nobody_could_be_told_the_end_of() -> None:
    """Its connection is gone: the place is free 32 s after that."""
    line = Line()
    line.invites(10, 0.0)
    for call in range(1, 11):
        line.accounts.ended(f"call {call}", 2.0)
    assert line.invite(33.0) is REFUSE
    assert line.invite(34.5) is LET_IN


def test_what_is_earned_is_used_up() -> None:
    """Half of it is gone every ten seconds, and ten with each call that is left without its ACK."""
    line = Line()
    line.invites(10, 0.0)
    line.answer(0.0)
    line.acknowledge(0.0)
    assert line.invites(16, 10.0) == [LET_IN] * 15 + [WAIT]
    line.answer(10.0)
    assert line.invites(11, 45.0) == [LET_IN] * 10 + [WAIT]


def test_refusals_are_counted_a_second() -> None:
    """Those beyond are dropped; after a second there are as many again, never more."""
    line = Line(unacked=1, refusals=5)
    line.invite(0.0)
    line.answer(0.0)
    assert line.invites(8, 1.0) == [REFUSE] * 5 + [DROP] * 3
    assert line.invites(6, 2.0) == [REFUSE] * 5 + [DROP]
    assert line.invites(7, 9.0) == [REFUSE] * 5 + [DROP] * 2
    assert line.accounts.turned_away() == (15, 6, [(ANN, 21)])
    assert line.accounts.turned_away() == (0, 0, [])


@pytest.mark.parametrize("status", [404, 486, 487, 500, 603])
def test_a_dialplans_refusals_count_like_ours(status: int) -> None:
    """Even if each is acknowledged."""
    line = Line(refusals=20)
    for tick in range(20):
        line.invite(tick * 0.001)
        line.answer(tick * 0.001, status, range(tick + 1, tick + 2))
        line.acknowledge(tick * 0.001, range(tick + 1, tick + 2))
    assert line.invite(0.02) is DROP
    assert line.invite(1.1) is LET_IN


@pytest.mark.parametrize("status", [200, 302, 401, 407, 503])
def test_what_turns_nobody_away_is_no_refusal(status: int) -> None:
    """Where else to call, and who is it, are questions; that we are full is no fault of theirs."""
    line = Line(refusals=20)
    for tick in range(100):
        line.invite(tick * 0.001)
        line.answer(tick * 0.001, status, range(tick + 1, tick + 2))
        line.acknowledge(tick * 0.001, range(tick + 1, tick + 2))
    assert line.invite(0.1) is LET_IN


def test_the_same_call_counts_once() -> None:
    """By another branch (RFC 3261 section 8.2.2.2) it is let through, at the rate of refusals."""
    accounts = guard.Sources(unacked=2, refusals=5)
    assert [accounts.judge(ANN, "same", 0.0) for _ in range(9)] == [LET_IN] * 6 + [DROP] * 3
    assert accounts.unacknowledged == 1
    assert accounts.judge(BOB, "another", 0.0) is LET_IN


def test_strangers_take_no_place_of_those_we_know() -> None:
    """A flood from a thousand addresses fills its own bound; who has acknowledged goes on as before."""
    line = Line(strangers=100)
    line.invite(0.0, BOB)
    line.answer(0.0)
    line.acknowledge(0.0)
    spoofed = [line.invite(1.0, bytes(14) + number.to_bytes(2)) for number in range(1, 1001)]
    assert spoofed.count(LET_IN) == 100
    assert line.accounts.unacknowledged == 100
    assert line.invites(10, 1.0, BOB) == [LET_IN] * 10


def test_answers_to_strangers_are_bounded_in_all() -> None:
    """Nobody reflects a flood off us by inventing addresses."""
    line = Line(unacked=1, strangers=1, refusals=50)
    line.invite(0.0)
    line.answer(0.0)
    told = [line.invite(1.0, bytes(14) + number.to_bytes(2)) for number in range(1, 2001)]
    assert told.count(REFUSE) == 200
    assert told.count(DROP) == 1800


def test_memory_is_bounded() -> None:
    """A hundred thousand addresses later no more than the newest are remembered, and those we know."""
    line = Line()
    line.invite(0.0, BOB)
    line.answer(0.0)
    line.acknowledge(0.0)
    for number in range(100_000):
        line.accounts.judge(bytes(12) + number.to_bytes(4), f"spoofed {number}", number / 2000)
    assert line.accounts.remembered <= 4097 + 100
    assert line.accounts.unacknowledged <= 200
    assert line.invites(9, 50.0, BOB) == [LET_IN] * 9
    refused, dropped, _ = line.accounts.turned_away()
    assert refused + dropped > 99_000


@given(
    st.lists(
        st.tuples(
            st.sampled_from(["invite", "answer", "refuse", "ack", "end"]),
            st.integers(0, 3),
            st.integers(0, 40),
            st.floats(0, 20),
        ),
        max_size=120,
    )
)
def test_whatever_happens_the_accounts_hold(steps: list[tuple[str, int, int, float]]) -> None:
    """Without ACKs there are never more than the bounds allow, and never more than were let in."""
    accounts = guard.Sources(unacked=3, refusals=4, strangers=6)
    now, open_calls = 0.0, set()
    for what, source, call, passed in steps:
        now += passed
        name = f"{source} {call}"
        match what:
            case "invite":
                if accounts.judge(bytes(15) + bytes([source]), name, now) is LET_IN:
                    open_calls.add(name)
            case "answer":
                accounts.answered(name, "tag", 200, now)
            case "refuse":
                accounts.answered(name, "tag", 486, now)
            case "ack" if source == 0:
                accounts.acknowledged(name, "tag", now)
            case "end":
                accounts.ended(name, now)
        assert accounts.unacknowledged <= len(open_calls)
        assert accounts.remembered <= 4
    if not any(what == "ack" and source == 0 for what, source, *_ in steps):
        assert accounts.unacknowledged <= 6


# --- the bounds and the log in Python ----------------------------------------------------------------------


@pytest.mark.parametrize(("max_calls", "bound"), [(1, 10), (8, 10), (50, 25), (1000, 40)])
def test_strangers_leave_half_of_a_gateway_to_others(max_calls: int, bound: int) -> None:
    """And get no less than one source may have."""
    assert strangers(SourceLimits(), max_calls) == bound


@pytest.mark.parametrize("text", ["192.0.2.7", "2001:db8::1", "0.0.0.0"])
def test_addresses_are_read_back_as_they_are_written(text: str) -> None:
    """IPv4 within IPv6, without a trace of it."""
    assert readable(wire(text)) == str(ip_address(text))


def test_networks_are_prefixes_of_sixteen_bytes() -> None:
    """An IPv4 network is one of IPv6."""
    assert wire_network(ip_network("10.0.0.0/8")) == (b"\0" * 10 + b"\xff\xff\x0a\0\0\0", 104)
    assert wire_network(ip_network("2001:db8::/32")) == (bytes.fromhex("20010db8") + b"\0" * 12, 32)


class Report:
    """What the accounts have to tell, one after the other."""

    def __init__(self, *told: sources.TurnedAway) -> None:
        self._told = list(told)

    def __call__(self) -> sources.TurnedAway:
        return self._told.pop(0) if self._told else (0, 0, [])


def lines(report: Callable[[], sources.TurnedAway], *times: float) -> list[Any]:
    """Look at those times; return what was logged."""
    source_log = SourceLog(report)
    with capture_logs() as logs:
        for now in times:
            source_log.look(now)
    return logs


def test_a_flood_is_one_line_every_ten_seconds() -> None:
    """With its size and the three it comes from most."""
    many = [(wire(f"192.0.2.{n}"), 50 - n) for n in range(5)]
    logs = lines(Report((5, 240, many), (1, 2, many[:1])), 100.0, 102.5, 105.0, 107.5, 110.0)
    assert [(line["refused"], line["dropped"], line["sources"]) for line in logs] == [(5, 240, 5), (1, 2, 1)]
    assert logs[0]["most_of"] == {"192.0.2.0": 50, "192.0.2.1": 49, "192.0.2.2": 48}
    assert "limits.sources" in logs[0]["cure"]


def test_no_flood_is_no_line() -> None:
    """Silence as long as everybody behaves."""
    assert lines(Report(), 0.0, 20.0, 40.0) == []
