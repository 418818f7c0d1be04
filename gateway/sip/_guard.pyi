"""Answers that PJSIP leaves to us, written in C++. Everything on the SIP thread.

`guard.cpp`: outside of calls; `in_dialog.cpp`, `info.cpp`: inside; `body.cpp`, `sdp_guard.cpp`: offers that
lead to no call; `connections.cpp`: TCP connections; `door.cpp`, `sources.cpp`: INVITEs too many of a source;
`admission.cpp`: calls too many for this machine;
`shortage.cpp`: calls that the system has nothing left for.
"""

from enum import Enum

def install() -> None:
    """Answer what comes outside of calls, and INFO inside, from now on. After `libInit`; idempotent.

    Callbacks that `Dialog` has no use for are left out (`callbacks.cpp`). Raises SipError.
    """

def bound_connections(per_source: int, in_all: int, half_open_s: float, idle_s: float) -> None:
    """Hold TCP connections to these bounds (`connections.hpp`); see `stack.ConnectionBounds`.

    After `install`, before there are transports. Idempotent. Raises SipError.
    """

def refused_connections() -> tuple[int, str]:
    """Return how many were closed for being too many since the last time, and the last one's address."""

def tap_messages() -> None:
    """Keep a copy of every message that comes or goes from now on (`message_tap.cpp`). Raises SipError."""

def take_messages() -> tuple[list[tuple[float, bool, str, str, str, bytes]], int]:
    """Take those that are kept: when, came in, transport, peer, text; and how many were lost."""

def set_unavailable(retry_after_s: int) -> None:
    """Answer OPTIONS with 503 and this Retry-After; 0 makes it 200 again."""

def admit(calls: int, full: bool) -> None:
    """Let in so many calls more until the next word, from any thread; -1, as at first: any number.

    One too many gets 503 with Retry-After. `full`: so does OPTIONS.
    """

def refused_for_load() -> int:
    """Return how many calls were one too many since the last look; any thread."""

def beat() -> None:
    """Take a sign of life of the event loop, from any thread; one is due every 500 ms from the first on.

    While the last is older than 1.5 s, OPTIONS is answered 503 with Retry-After: a balancer learns that
    nobody leads the calls.
    """

def speak(codecs: list[str]) -> None:
    """Take offers of these codecs from now on, in this order of preference: `CODECS[...].rtpmap`."""

def take_refers(account: int) -> None:
    """Let calls of an account send REFER: `Dialog.onCallTransferRequest` says what is answered."""

def tell_referrer(call: int, status: int) -> None:
    """Tell who has sent a REFER, by NOTIFY, how far it is with the call that they asked for.

    200 or more ends that. Nothing where their call is over.
    """

def speak_over(account: int, codecs: list[str]) -> None:
    """Do the same for the calls of an account alone; an empty list: as all others."""

def speak_in(call: int, codecs: list[str]) -> bool:
    """Do the same for one call; False if its offer has none of them."""

def settle(call: int) -> bool:
    """Leave of a call's offer, before it is answered, what it may have; False if that is nothing."""

def take_audio_of(account: int, host: str, named: str) -> None:
    """Have an account's audio there instead, where it is of that family. After `take_audio_at`."""

def take_audio_at(four: str, four_named: str, six: str, six_named: str) -> None:
    """Have calls' audio at these addresses of IPv4 and IPv6 from now on; "": not over that.

    `four_named` and `six_named` are what session descriptions say in their place; "": the same.
    """

def name_public(host: str) -> None:
    """Write this address of IPv4 into Via, Contact and session descriptions from now on."""

def lead_audio(account: int, six: bool) -> None:
    """Have an account's next call open its sockets over IPv6, or IPv4, as far as there is audio there."""

def shortage() -> tuple[int, int, int]:
    """Return the calls that failed since the last look: for want of descriptors, of RTP ports, of time."""

def revive_listener() -> bool:
    """Listen anew for TCP connections if some wait that nobody accepts, as after a want of descriptors.

    To be called every few seconds: two looks are needed to be sure. Returns whether it was necessary.
    """

def judge_sources(unacked: int, refusals: int, strangers: int, exempt: list[tuple[bytes, int]]) -> None:
    """Judge INVITEs by where they come from, from now on and with nothing of the past. After `install`.

    `unacked` calls of one source that it has not acknowledged, `strangers` of all together that never have;
    `refusals` answered a second to one source. `exempt`: networks, 16 bytes and a prefix length each.
    """

def turned_away() -> tuple[int, int, list[tuple[bytes, int]]]:
    """Return the INVITEs refused and dropped since the last look, and of whom, the most first."""

HAS_TLS: bool
HAS_DTLS: bool
"""Whether this PJSIP was built with OpenSSL."""

def open_gate(guests: str, home: list[tuple[bytes, int]], edges: list[tuple[bytes, int]] = ...) -> None:
    """Let this machine and the trunks knock from now on, with `allow` anybody; `refuse` or `drop` others.

    `home`: networks of this machine, beside its interfaces' addresses. `edges`: proxies of ours, behind which
    a new call comes from where they say. After `install`. Raises SipError.
    """

def know_trunks(trunks: list[tuple[int, list[tuple[bytes, int]], str, str, str]]) -> None:
    """Take these for our trunks, and no others.

    Each: PJSIP's account; the networks that its calls come from, 16 bytes and a prefix length (none:
    anywhere, with a password); the user that we registered as, or ""; user and password that each call has
    to show, or "".
    """

def digest_of(user: str, registrar: str) -> str:
    """Return the algorithm by which a registration of ours has shown its password last; "" if none has."""

def lost_connections() -> list[tuple[str, str]]:
    """Return connections of ours that broke since the last look: `ip:port`, and what its certificate lacked.

    The second is "" where that was right.
    """

def renew_tls(
    listener: int, certificate: str, key: str, authorities: str, verifies: bool, asks: bool
) -> None:
    """Have PJSIP's listener of that number show and trust these files from now on; connections go on.

    `verifies` those that we connect to; `asks` whoever connects for a certificate. Raises SipError.
    """

def look_around() -> None:
    """Learn which addresses this machine has now."""

def turned_back() -> list[tuple[bytes, int, int, bytes, bytes]]:
    """Return who was not let in since the last look, the most first.

    Address, requests, wrong passwords, the last method, and what it says it is.
    """

class Verdict(Enum):
    """What becomes of an INVITE."""

    LET_IN = 0
    WAIT = 1
    REFUSE = 2
    DROP = 3

class Sources:
    """The accounts of all sources: pure counting, time is an argument in seconds. See `sources.hpp`."""

    unacknowledged: int
    """Calls that were let in and are not acknowledged."""
    remembered: int
    """Sources that are known of."""

    def __init__(self, unacked: int = 10, refusals: int = 50, strangers: int = 100) -> None: ...
    def judge(self, source: bytes, call: str, now: float, waited: bool = False) -> Verdict:
        """Judge an INVITE; `call` is its Call-ID and From tag."""

    def answered(self, call: str, tag: str, status: int, now: float) -> None:
        """Take note of a response of ours; `tag` is the one in its To."""

    def ended(self, call: str, now: float) -> None:
        """Take note of the end of a call that may have had no answer."""

    def acknowledged(self, call: str, tag: str, now: float) -> None:
        """Take note of an ACK."""

    def turned_away(self) -> tuple[int, int, list[tuple[bytes, int]]]:
        """See the function of this name."""
