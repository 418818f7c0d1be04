"""What trunks and certificates are told to mend, each with its place."""

from __future__ import annotations

from pathlib import Path

import pytest

from gateway.node import trunk_check
from gateway.node.settings import load
from tests.equipment.certificates import Authority
from tests.node.test_settings_check import told

PBX = "trunks:\n  pbx: {peers: [127.0.0.1]"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (
            "trunks:\n  c:\n    register: {registrar: h, user: u, password: '${NOT_SET}'}\n",
            "gateway.yaml:3:39: trunks.c.register.password: '${NOT_SET}': the environment variable",
        ),
        ("sip_tls: 127.0.0.1:5061\n", "gateway.yaml:1:1: sip_tls: '127.0.0.1:5061': add tls: {certificate"),
        (
            f"{PBX}, encryption: required}}\n",
            "gateway.yaml:2:29: warning: trunks.pbx.encryption: 'required': its keys travel",
        ),
        (
            f"{PBX}, transport: tls, tls: {{ca: none.pem}}}}\n",
            "gateway.yaml:2:51: trunks.pbx.tls.ca: ",
        ),
        (f"native: no\n{PBX}}}\n", "gateway.yaml:2:1: trunks: portable mode has none"),
        (
            "native: no\nsip: '[::1]:5060'\n",
            "gateway.yaml:2:1: sip: '[::1]:5060': portable mode listens at one",
        ),
        (
            "trunks:\n  a: {peers: ['2001:db8::1'], address: '[2001:db8::1]'}\n",
            "gateway.yaml:2:31: trunks.a.address: '[2001:db8::1]': an address of IPv6, and sip has none",
        ),
        (
            "sip: '[::1]:5060'\ntrunks:\n  a: {peers: [h], proxy: 192.0.2.1}\n",
            "gateway.yaml:3:19: trunks.a.proxy: '192.0.2.1': an address of IPv4, and sip has none",
        ),
        (
            f"{PBX}, rtp: 5000-5100}}\n",
            "gateway.yaml:2:29: warning: trunks.pbx.rtp: '5000-5100': the SIP port 5060",
        ),
        (
            f"{PBX}, rtp: 12000-12003, max_calls: 3}}\n",
            "gateway.yaml:2:29: warning: trunks.pbx.rtp: '12000-12003': ports for 2 calls",
        ),
        (
            f"{PBX}, transport: tcp, local_address: 192.0.2.20}}\n",
            "gateway.yaml:2:45: trunks.pbx.local_address: '192.0.2.20': sip has no such address",
        ),
        (
            f"{PBX}}}\n  other: {{peers: [127.0.0.0/8]}}\n",
            "gateway.yaml:3:11: warning: trunks.other.peers: '127.0.0.0/8': 127.0.0.0/8 is of trunk pbx, too",
        ),
        (
            "trunks:\n  a: {peers: ['2000::/8']}\n",
            "gateway.yaml:2:7: warning: trunks.a.peers: '2000::/8': so many addresses that strangers are",
        ),
        (
            "guests: allow\ntrunks: {a: {auth: {user: u, password: '${file:gateway.yaml}'}}}\n",
            "gateway.yaml:2:14: trunks.a.auth: with guests: allow nobody has to show a password",
        ),
    ],
)
def test_what_is_wrong_is_said_in_one_line(tmp_path: Path, text: str, said: str) -> None:
    """With its place and its cure."""
    (line,) = told(tmp_path, text)
    assert line.startswith(said)


def test_certificate_that_does_not_fit_is_found(tmp_path: Path) -> None:
    """Another's key, and one that has expired; a right one is right."""
    authority = Authority(tmp_path)
    right, late = authority.gives("right"), authority.gives("late", days=-1)
    text = "sip_tls: 127.0.0.1:5061\ntls: {certificate: %s, key: %s}\n"
    assert told(tmp_path, text % right) == []
    (other,) = told(tmp_path, text % (right.certificate, late.key))
    assert "tls.key" in other
    assert "belongs to another certificate" in other
    (expired,) = told(tmp_path, text % late)
    assert "tls.certificate" in expired
    assert "certificate has expired: renew it" in expired


async def test_host_that_leads_nowhere_is_named(tmp_path: Path) -> None:
    """By a check that asks name servers; addresses are not asked for."""
    file = tmp_path / "gateway.yaml"
    file.write_text("trunks: {pbx: {peers: [no-such-host.invalid, 192.0.2.1, 192.0.2.0/24]}}\n")
    found = await trunk_check.unknown_hosts(load(file))
    assert [(key, value, warning) for key, value, _, warning in found] == [
        (("trunks", "pbx"), "no-such-host.invalid", True)
    ]
