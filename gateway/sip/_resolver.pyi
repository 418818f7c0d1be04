"""Where PJSIP asks for hosts, written in C++ (`resolver.cpp`). All on the SIP thread."""

def install() -> None:
    """Have PJSIP ask here for hosts, from now on. After `libInit`; idempotent. Raises SipError."""

def questions() -> list[tuple[int, str, int, str, bytes]]:
    """Take what is to be looked up: number, host, port (0: none), udp/tcp/tls, Call-ID of what waits."""

def answer(number: int, addresses: list[tuple[str, int]]) -> None:
    """Tell whoever asked; no addresses: the name leads nowhere. A number is answered once, then ignored."""

def give_up() -> None:
    """Tell everybody who still asks that there is no answer, before the endpoint goes."""
