"""What ends the SIP thread's wait, written in C++ (`wake.cpp`)."""

def install() -> None:
    """Let `wake` end the waits of this endpoint. SIP thread, after `libInit`; idempotent. Raises SipError."""

def wake() -> None:
    """End the SIP thread's wait, or its next one. From any thread, at any time, also without an endpoint."""
