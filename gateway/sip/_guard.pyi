"""Answers to requests outside of calls, written in C++ (`guard.cpp`). Both on the SIP thread."""

def install() -> None:
    """Answer what comes outside of calls from now on. After `libInit`; idempotent. Raises SipError."""

def set_unavailable(retry_after_s: int) -> None:
    """Answer OPTIONS with 503 and this Retry-After; 0 makes it 200 again."""
