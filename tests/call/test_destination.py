"""A destination is made of checked parts, or not at all."""

from __future__ import annotations

import pytest

from gateway.call import Destination, read_destination


@pytest.mark.parametrize(
    ("uri", "parts"),
    [
        ("sip:200@pbx.example.com", Destination("200", "pbx.example.com")),
        ("sip:+4930123456@10.0.0.7:5080", Destination("+4930123456", "10.0.0.7", 5080)),
        ("sips:sales.desk@pbx;transport=tls", Destination("sales.desk", "pbx", 0, "tls", secure=True)),
        ("sip:pbx", Destination("", "pbx")),
        ("sip:*97%23@pbx", Destination("*97#", "pbx")),
    ],
)
def test_a_plain_address_is_read_and_written(uri: str, parts: Destination) -> None:
    """Both ways it is the same."""
    assert read_destination(uri) == parts
    assert parts.uri == str(parts) == uri


@pytest.mark.parametrize(
    "uri",
    [
        "200@pbx",
        "tel:+4930123456",
        "sip:200@pbx?Route=%3Csip:evil%3E",
        "sip:200@pbx;maddr=192.0.2.1",
        "sip:200@pbx;transport=ws",
        "sip:200@evil@pbx",
        "sip:200:secret@pbx",
        "sip:200@pbx\r\nX-Evil: 1",
        "sip:200@pbx\n",
        "sip:20 0@pbx",
        "sip:%0d%0a@pbx",
        "sip:\u0662\u0660@pbx",
        "sip:200@pb\u00d7",
        "sip:200@-pbx",
        "sip:200@[::1]",
        "sip:200@pbx:99999",
        "sip:@pbx",
        "sip:" + "2" * 65 + "@pbx",
        "sip:200@" + "a" * 254,
        "SIP:200@pbx",
        "",
    ],
)
def test_anything_else_is_refused_with_the_cure(uri: str) -> None:
    """No header, no parameter, no second address, no other digits."""
    with pytest.raises(ValueError, match=r"write a plain SIP address|is 1 to|is a name|is udp"):
        read_destination(uri)
