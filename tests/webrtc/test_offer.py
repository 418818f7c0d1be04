"""Offers in each form in which pages send them."""

from __future__ import annotations

import pytest

from gateway.errors import BadInput
from gateway.webrtc.offer import LONGEST_SDP, Offer, read_offer

SDP = "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nt=0 0\r\n"
FORM = "multipart/form-data; boundary=x1"


def form(**fields: str) -> bytes:
    """Write a form as browsers do."""
    parts = (
        f'--x1\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'
        for name, value in fields.items()
    )
    return ("".join(parts) + "--x1--\r\n").encode()


@pytest.mark.parametrize("kind", ["application/sdp", "Application/SDP; charset=utf-8", "text/plain", ""])
def test_an_offer_alone(kind: str) -> None:
    assert read_offer(kind, SDP.encode()) == Offer(SDP)


def test_a_form_with_a_session() -> None:
    """Lines of the offer stay as they are."""
    read = read_offer(FORM, form(sdp=SDP, session='{"type": "realtime", "model": "tone"}'))
    assert read.sdp.split() == SDP.split()
    assert read.session == {"type": "realtime", "model": "tone"}
    assert read_offer(FORM, form(sdp=SDP)).session is None


def test_an_object() -> None:
    body = b'{"type": "offer", "sdp": "v=0\\r\\n", "session": {"voice": "x"}}'
    assert read_offer("application/json", body) == Offer("v=0\r\n", {"voice": "x"}, in_json=True)


@pytest.mark.parametrize(
    ("kind", "body", "told"),
    [
        ("application/sdp", b"", "begins with v=0"),
        ("application/sdp", b"hello", "begins with v=0"),
        ("application/sdp", b"v=0" + b"x" * LONGEST_SDP, "longer than"),
        ("image/png", SDP.encode(), "multipart/form-data"),
        (FORM, form(session="{}"), "there is no offer"),
        (FORM, form(sdp=SDP, session="{"), "not JSON"),
        (FORM, form(sdp=SDP, session="[]"), "write an object"),
        ("multipart/form-data", form(sdp=SDP), "no boundary"),
        (FORM, b"\xff\xfe" * 40, "no boundary"),
        ("application/json", b"[]", "write an object"),
        ("application/json", b'{"sdp": 5}', "there is no offer"),
        ("application/json", b'{"sdp": "v=0", "session": 5}', "write an object"),
    ],
)
def test_what_is_no_offer(kind: str, body: bytes, told: str) -> None:
    """Is refused with its cure."""
    with pytest.raises(BadInput, match=told):
        read_offer(kind, body)
