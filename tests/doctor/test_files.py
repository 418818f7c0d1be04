"""How long a certificate holds, read from its file."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

from gateway.doctor.files import certificate
from gateway.doctor.finding import Grade
from tests.equipment.certificates import Authority


def test_until_when_a_certificate_holds(tmp_path: Path) -> None:
    """To the second; soon over is worth a look, past it is wrong; an authority's own is read, too."""
    made = Authority(tmp_path)
    given = made.gives("server", days=60)
    now = datetime.now(UTC)
    for path, days in ((given.certificate, 60), (made.file, 2)):
        end = now + timedelta(days=days)
        assert certificate("it", path, end - timedelta(days=40)).grade is Grade.FINE
        assert certificate("it", path, end - timedelta(days=3)).grade is Grade.LOOK
        assert certificate("it", path, end - timedelta(minutes=5)).grade is Grade.LOOK
        assert certificate("it", path, end + timedelta(minutes=5)).grade is Grade.WRONG


def test_what_is_no_certificate(tmp_path: Path) -> None:
    """It is said, and what to name instead."""
    file = tmp_path / "x.pem"
    for text in ("", "nothing", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"):
        file.write_text(text, encoding="ascii")
        told = certificate("it", file, datetime.now(UTC))
        assert (told.grade, "PEM" in told.cure) == (Grade.WRONG, True), told
    assert "No such file" in certificate("it", tmp_path / "none", datetime.now(UTC)).found
