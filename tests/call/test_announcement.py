"""A sound of the gateway's own."""

from gateway.call import Announcement


def test_silence_is_no_sound() -> None:
    """Words that nobody has spoken are not to be heard either."""
    assert Announcement(b"\0\0")
    assert not Announcement()
    assert not Announcement(words="Hello.")
