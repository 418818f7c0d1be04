"""What PJSIP is told."""

import pytest

pytest.importorskip("pjsua2")

from gateway.media.plane import native_available
from gateway.sip.stack import SipSettings, account_config, codec_priority, endpoint_config


def test_one_call_too_many_still_gets_our_answer() -> None:
    """PJSIP has room above the allowed calls, as far as it was built for them; portable it has four."""
    assert endpoint_config(SipSettings(max_calls=10), native=True).uaConfig.maxCalls > 10
    assert endpoint_config(SipSettings(max_calls=1024), native=True).uaConfig.maxCalls == 1024
    assert endpoint_config(SipSettings(max_calls=1000), native=False).uaConfig.maxCalls == 4


def test_callbacks_come_on_our_thread() -> None:
    """No thread of PJSIP's own ever takes Python's lock."""
    config = endpoint_config(SipSettings(), native=True).uaConfig
    assert (config.threadCnt, config.mainThreadOnly) == (0, True)


@pytest.mark.skipif(not native_available(), reason="PJSIP 2.15 aborts where no endpoint was made before")
def test_audio_takes_ports_of_the_range() -> None:
    """At the address that we listen on."""
    transport = account_config(
        SipSettings("127.0.0.2", 5060, 20_000, 20_100), 5060
    ).mediaConfig.transportConfig
    assert (transport.boundAddress, transport.port, transport.portRange) == ("127.0.0.2", 20_000, 100)


def test_only_g711_is_spoken() -> None:
    """Mu-law before A-law, nothing else."""
    names = ["opus/48000/2", "PCMA/8000/1", "PCMU/8000/1", "GSM/8000/1"]
    assert sorted(names, key=codec_priority)[-2:] == ["PCMA/8000/1", "PCMU/8000/1"]
    assert codec_priority("opus/48000/2") == 0
