"""What the user agent is told: addresses one by one, as they were written."""

from __future__ import annotations

from pathlib import Path

import pytest

from gateway.node.settings import load
from gateway.node.sip_settings import sip_settings
from gateway.sip.stack import SipSettings


def told(folder: Path, text: str) -> SipSettings:
    """Return what is made of a settings file."""
    (folder / "gateway.yaml").write_text(text)
    return sip_settings(load(folder / "gateway.yaml"), ())


@pytest.mark.parametrize("text", ["sip: ['0.0.0.0:5060', '[::]:5070']\n", "sip: '0.0.0.0:5060,[::]:5070'\n"])
def test_several_addresses_are_written_as_a_list_or_with_commas(tmp_path: Path, text: str) -> None:
    """The first is the one that others are told."""
    found = told(tmp_path, text)
    assert (found.host, found.port, found.further) == ("0.0.0.0", 5060, (("::", 5070),))


def test_tls_is_taken_at_each_of_its_addresses(tmp_path: Path) -> None:
    """With one certificate."""
    found = told(tmp_path, "sip_tls: ['0.0.0.0:5061', '[::]:5061']\ntls: {certificate: c.pem}\n")
    assert found.tls is not None
    assert [(one.host, one.port) for one in (found.tls, *found.further_tls)] == [
        ("0.0.0.0", 5061),
        ("::", 5061),
    ]
    assert {one.certificate for one in (found.tls, *found.further_tls)} == {tmp_path / "c.pem"}


def test_without_an_address_tls_is_for_connections_of_ours(tmp_path: Path) -> None:
    """At any port."""
    found = told(tmp_path, "tls: {certificate: c.pem}\n")
    assert found.tls is not None
    assert (found.tls.host, found.tls.port) == ("127.0.0.1", 0)


@pytest.mark.parametrize(
    ("text", "stun", "written"),
    [
        ("stun:stun.example", "stun.example", ""),
        ("stun:192.0.2.1:3479,2001:db8::5", "192.0.2.1:3479", "2001:db8::5"),
        ("203.0.113.5", "", "203.0.113.5"),
    ],
)
def test_a_public_address_is_written_or_asked_for(tmp_path: Path, text: str, stun: str, written: str) -> None:
    """Of a STUN server."""
    found = told(tmp_path, f"public_address: '{text}'\n")
    assert (found.stun, found.public_address) == (stun, written)
