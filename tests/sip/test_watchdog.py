"""The watchdog over a caller's RTP."""

from gateway.sip.watchdog import FIRST_PACKET, NEXT_PACKET, RtpWatchdog


def test_a_caller_who_never_sends_is_lost() -> None:
    """An answered call waits half a minute for its first packet."""
    dog = RtpWatchdog()
    assert not dog.lost(0, 0.0)
    assert not dog.lost(0, FIRST_PACKET - 0.1)
    assert dog.lost(0, FIRST_PACKET)


def test_a_caller_who_stops_is_lost_sooner() -> None:
    """Audio that has flowed and stopped means a vanished phone."""
    dog = RtpWatchdog()
    dog.lost(0, 0.0)
    assert not dog.lost(50, 1.0)
    assert not dog.lost(50, 0.9 + NEXT_PACKET)
    assert dog.lost(50, 1.0 + NEXT_PACKET)


def test_hold_stops_the_clock() -> None:
    """No audio is expected on hold, and the time starts anew after it."""
    dog = RtpWatchdog()
    dog.lost(50, 0.0)
    assert not dog.lost(None, 100.0)
    assert not dog.lost(50, 100.0 + NEXT_PACKET - 0.1)
