"""SIP messages on their way to whoever keeps them: in their order, and without secrets."""

from __future__ import annotations

from collections.abc import Sequence

from gateway.sip.message_tap import MessageTap, Taken, cleaned

INVITE = (
    b"INVITE sip:100@127.0.0.1 SIP/2.0\r\nCall-ID: abc@host\r\nCSeq: 1 INVITE\r\n"
    b"Authorization: Digest username=ann,\r\n response=secret\r\nProxy-Authorization: Digest secret\r\n\r\n"
    b"v=0\r\na=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:secret|2^31\r\n"
)
OURS = "127.0.0.1:5060"


def test_a_message_without_its_secrets() -> None:
    """Nothing that proves who somebody is, and no key of the audio; its Call-ID is found, long or short."""
    message = cleaned(1.5, True, "UDP", "192.0.2.1:5060", OURS, INVITE)
    assert (message.call_id, message.came_in, message.peer, message.local) == (
        "abc@host",
        True,
        "192.0.2.1:5060",
        OURS,
    )
    assert b"secret" not in message.text
    assert b"Authorization: ...\r\nProxy-Authorization: ...\r\n\r\nv=0" in message.text
    assert cleaned(0, False, "", "", "", b"\xff\xfe").call_id == ""
    assert cleaned(0, False, "", "", "", b"BYE x\r\ni: c@d\r\n\r\n").call_id == "c@d"


class Kept:
    """Keeps them in a list."""

    def __init__(self) -> None:
        self.messages: list[Taken] = []
        self.lost = 0
        self.closed = False

    def take(self, messages: Sequence[Taken], lost: int) -> None:
        self.messages += messages
        self.lost += lost

    def close(self) -> None:
        self.closed = True


def test_everybody_gets_every_message() -> None:
    """Also what came between the last look and the end; and how many are missing."""
    waiting: list[tuple[list[Taken], int]] = [
        ([(1.0, True, "UDP", "a:1", OURS, INVITE)], 3),
        ([(2.0, False, "UDP", "a:1", OURS, INVITE)], 0),
    ]
    one, other = Kept(), Kept()
    tap = MessageTap(lambda: waiting.pop(0) if waiting else ([], 0), (one, other))
    tap.look(0.0)
    tap.close()
    assert [message[0] for message in one.messages] == [1.0, 2.0]
    assert (other.messages, other.lost) == (one.messages, 3)
    assert (one.closed, other.closed) == (True, True)
