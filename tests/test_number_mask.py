"""Of telephone numbers only the ends are told; what a log is read for stays."""

from __future__ import annotations

import io
import json

import pytest
import structlog

from gateway import log
from gateway.number_mask import masked, masked_fields, masked_party


@pytest.mark.parametrize(
    ("written", "told"),
    [
        ("+15551230001", "+15*******01"),
        ("sip:15551230001@192.0.2.1:5060", "sip:15*******01@192.0.2.1:5060"),
        ("%2B15551230001", "%2B15*******01"),
        ("tel:+44-20-7946-0123", "tel:+44********23"),
        ("rang 020 7946 0123.", "rang 02*******23."),
        ("+15551230001: no plan", "+15*******01: no plan"),
    ],
)
def test_a_number_is_masked_wherever_it_stands(written: str, told: str) -> None:
    """However it is written."""
    assert masked(written) == told


@pytest.mark.parametrize(
    "written",
    [
        *("198.51.100.7:5060", "2001:db8::1", "2026-11-28T04:00:00.123456Z", "0.0000001", "a1b2c3d4"),
        *("anna", "488", "10000", "item_1234567", "1555123XXXX"),
    ],
)
def test_what_is_no_number_stays(written: str) -> None:
    """Addresses, times, ids, names, ports."""
    assert masked(written) == written


def test_who_calls_is_masked_from_four_digits_on() -> None:
    """Extensions, too; a name has none."""
    assert [masked_party(one) for one in ("1000", "55512", "100", "anna")] == ["***0", "***12", "100", "anna"]


def test_ids_and_sources_of_a_line_stay() -> None:
    """By them a call is found, and fail2ban knows whom to shut out."""
    line = {
        "call": "12345678",
        "sip_call_id": "5551230001@x",
        "source": "198.51.100.7:5060",
        "caller": "5551230001",
    }
    assert masked_fields(line) == {**line, "caller": "55******01"}


def test_what_is_nested_is_masked() -> None:
    """In lists, and in keys."""
    told = masked_fields({"most_of": {"+15551230001": 3}, "targets": ["+15551230001"], "seconds": 1234567.5})
    assert told == {"most_of": {"+15*******01": 3}, "targets": ["+15*******01"], "seconds": 1234567.5}


@pytest.mark.parametrize("json_lines", [True, False])
def test_a_log_masks_if_it_is_told_to(json_lines: bool) -> None:
    """Fields, and what an exception says."""
    stream = io.StringIO()
    log.configure(stream=stream, json=json_lines, masks=True)
    try:
        try:
            raise ValueError("who is +15551230001?")
        except ValueError:
            structlog.get_logger().exception("call.broke", call="12345678", caller="+15551230002")
    finally:
        structlog.reset_defaults()
    written = stream.getvalue()
    assert "5551230001" not in written
    assert "5551230002" not in written
    assert "12345678" in written
    if json_lines:
        assert json.loads(written)["caller"] == "+15*******02"
