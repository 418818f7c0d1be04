"""Settings of a gateway that only rehearses."""

from __future__ import annotations

from pathlib import Path

import pytest

from gateway.node.rehearsal_settings import CONTROL, NOBODY, apart
from gateway.node.settings import load

FILE = """
sip: 127.0.0.1:5060
region: DE
codecs: [pcma]
log_level: error
workers: 2
sip_tls: 127.0.0.1:5061
tls: {certificate: cert.pem}
encryption: required
public_address: 203.0.113.5
sip_messages: messages
api: 127.0.0.1:8080
webhook: {url: "https://example.com", secret: "${SECRET}"}
hep: 192.0.2.9:9060
traces: {otlp: "http://127.0.0.1:4318"}
recording: {folder: kept, format: ogg}
trunks:
  carrier:
    register: {user: "1000", password: "${SECRET}", registrar: sip.example.com}
  pbx: {peers: [192.0.2.10]}
providers:
  lab: {like: openai, url: "ws://192.0.2.7/v1/realtime"}
"""


def test_nothing_outside_is_touched(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No registration, nobody told, nothing kept; what plans are made for stays."""
    monkeypatch.setenv("SECRET", "s")
    file = tmp_path / "gateway.yaml"
    file.write_text(FILE)
    settings = apart(load(file), tmp_path / "own")
    gone = ("tls", "edge", "cluster", "sip_messages", "api", "webhook", "hep", "traces")
    assert [getattr(settings, name) for name in gone] == [None] * len(gone)
    assert settings.control == tmp_path / "own" / CONTROL
    assert (settings.sip_tls, settings.public_address, settings.encryption) == ("", "", "off")
    assert (settings.workers_count, settings.log_level) == (1, "info")
    assert (settings.records.database, settings.recording.folder) == (None, tmp_path / "own")
    assert (settings.recording.upload, settings.recording.keys) == (None, ())
    carrier, pbx = settings.trunks["carrier"], settings.trunks["pbx"]
    assert (carrier.register_, carrier.keepalive, carrier.peers) == (None, None, (NOBODY,))
    assert pbx.peers == ("192.0.2.10",)
    assert (settings.region, list(settings.codecs), list(settings.providers)) == ("DE", ["pcma"], ["lab"])
