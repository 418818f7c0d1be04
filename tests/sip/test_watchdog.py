"""The watchdog over what comes from a caller."""

from gateway.dialplan.model import Limits
from gateway.media.media_port import Arrivals
from gateway.sip.watchdog import BEFORE_FIRST, NO_MEDIA, MediaWatchdog

FIRST = NO_MEDIA * BEFORE_FIRST


def test_a_caller_who_never_sends_is_lost() -> None:
    """An answered call waits half a minute for its first packet."""
    dog = MediaWatchdog()
    assert not dog.lost(Arrivals(0, 0), 0.0)
    assert not dog.lost(Arrivals(0, 0), FIRST - 0.1)
    assert dog.lost(Arrivals(0, 0), FIRST)


def test_a_caller_who_stops_is_lost_sooner() -> None:
    """Audio that has flowed and stopped means a vanished phone."""
    dog = MediaWatchdog()
    dog.lost(Arrivals(0, 0), 0.0)
    assert not dog.lost(Arrivals(50, 0), 1.0)
    assert not dog.lost(Arrivals(50, 0), 0.9 + NO_MEDIA)
    assert dog.lost(Arrivals(50, 0), 1.0 + NO_MEDIA)


def test_reports_are_life() -> None:
    """A muted phone sends no RTP, but RTCP every five seconds; without that, too, it is gone."""
    dog = MediaWatchdog()
    dog.lost(Arrivals(50, 0), 0.0)
    for reports in range(1, 100):
        assert not dog.lost(Arrivals(50, reports), 5.0 * reports)
    assert not dog.lost(Arrivals(50, 99), 495.0 + NO_MEDIA - 0.1)
    assert dog.lost(Arrivals(50, 99), 495.0 + NO_MEDIA)


def test_who_only_reports_has_begun() -> None:
    """A caller who listens to an announcement may never send RTP."""
    dog = MediaWatchdog()
    dog.lost(Arrivals(0, 1), 0.0)
    assert dog.lost(Arrivals(0, 1), NO_MEDIA)


def test_a_plan_may_wait_longer_or_for_ever() -> None:
    """`limits.no_media` counts from the last packet, whenever it is set."""
    dog = MediaWatchdog()
    dog.lost(Arrivals(50, 0), 0.0)
    dog.limit = 60.0
    assert not dog.lost(Arrivals(50, 0), 59.0)
    assert dog.lost(Arrivals(50, 0), 60.0)
    dog.limit = None
    assert not dog.lost(Arrivals(50, 0), 1e6)


def test_hold_stops_the_clock() -> None:
    """Nothing is expected on hold, and the time starts anew after it."""
    dog = MediaWatchdog()
    dog.lost(Arrivals(50, 0), 0.0)
    assert not dog.lost(None, 100.0)
    assert not dog.lost(Arrivals(50, 0), 100.0 + NO_MEDIA - 0.1)


def test_the_default_is_the_plans() -> None:
    """A call is watched from its beginning, before a plan is found for it."""
    span = Limits().no_media
    assert span is not None
    assert span.total_seconds() == NO_MEDIA
