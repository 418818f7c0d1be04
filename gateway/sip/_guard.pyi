"""Answers that PJSIP leaves to us, written in C++. Everything on the SIP thread.

`guard.cpp`: outside of calls; `in_dialog.cpp`, `info.cpp`: inside; `body.cpp`: offers that lead to no call;
`connections.cpp`: TCP connections.
"""

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

def set_unavailable(retry_after_s: int) -> None:
    """Answer OPTIONS with 503 and this Retry-After; 0 makes it 200 again."""

def beat() -> None:
    """Take a sign of life of the event loop, from any thread; one is due every 250 ms from the first on.

    While the last is older than 1.25 s, OPTIONS is answered 503 with Retry-After: a balancer learns that
    nobody leads the calls.
    """
