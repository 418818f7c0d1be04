"""Where calls of ours go, and where they never do."""

from __future__ import annotations

import pytest

from gateway.errors import BadInput, NumberBarred
from gateway.sip.trunk_keys import TrunkKeys
from gateway.sip.ways import Ways

CARRIER = {"peers": ["192.0.2.10"], "address": "192.0.2.10:5070", "region": "DE"}


def ways(**trunks: dict[str, object]) -> Ways:
    """Return the ways over these trunks."""
    return Ways({name: TrunkKeys.model_validate(keys) for name, keys in trunks.items()})


def test_a_number_goes_over_the_only_trunk() -> None:
    """To its address, without what only pleases the eye."""
    way = ways(carrier=CARRIER).find("+49 (0)30-123456", "")
    assert (way.to.uri, way.trunk) == ("sip:+49030123456@192.0.2.10:5070", "carrier")


def test_a_trunk_is_named_where_there_are_several() -> None:
    """Or where nobody else can know."""
    both = ways(one=CARRIER, two={**CARRIER, "address": "198.51.100.1", "transport": "tls"})
    assert both.find("+4930123456", "two").to.uri == "sip:+4930123456@198.51.100.1;transport=tls"
    with pytest.raises(BadInput, match="name one of one, two"):
        both.find("+4930123456", "")
    with pytest.raises(BadInput, match="there are: one, two"):
        both.find("+4930123456", "three")
    with pytest.raises(BadInput, match="call a SIP address"):
        ways().find("+4930123456", "")


def test_a_sip_address_is_called_as_it_is() -> None:
    """Over no trunk, unless one is named."""
    assert ways(carrier=CARRIER).find("sip:200@pbx.example", "").trunk == ""
    assert ways(carrier=CARRIER).find("sip:200@pbx.example", "carrier").trunk == "carrier"


@pytest.mark.parametrize(
    "number", ["", "ann", "+49;x=1", "1\r\nX: y", "sip:a@b;maddr=c", "sip:a@b?X=y", "\uff11"]
)
def test_what_is_no_number_is_called_nowhere(number: str) -> None:
    """Neither as text that a carrier may read in its own way."""
    with pytest.raises(BadInput):
        ways(carrier=CARRIER).find(number, "")


def test_the_prefixes_of_a_trunk_hold() -> None:
    """Before anything is sent."""
    bounded = ways(carrier={**CARRIER, "dial": ["+49"]})
    assert bounded.find("+4930123456", "").trunk == "carrier"
    with pytest.raises(BadInput, match="begin with"):
        bounded.find("+15551234567", "")


@pytest.mark.parametrize("number", ["112", "sip:112@pbx.example", "0900123456", "*31#110"])
def test_a_barred_number_is_not_called(number: str) -> None:
    """By the region of the trunk, and by that of the settings."""
    with pytest.raises(NumberBarred):
        ways(carrier=CARRIER).find(number, "")


def test_emergency_services_are_called_where_that_is_wanted() -> None:
    """A number at a premium rate is not, by that."""
    able = ways(carrier={**CARRIER, "emergency": "allow"})
    assert able.find("112", "").to.user == "112"
    with pytest.raises(NumberBarred):
        able.find("0900123456", "")


def test_a_number_that_the_trunk_writes_out_is_meant() -> None:
    """Whatever it is."""
    meant = ways(carrier={**CARRIER, "dial": ["+49", "110"]})
    assert meant.find("110", "").to.user == "110"
    with pytest.raises(NumberBarred):
        meant.find("+49112", "")
