"""What PJSIP calls back into."""

from __future__ import annotations

from structlog.testing import capture_logs

from gateway.sip.contained import contained


def test_a_callback_that_raises_is_logged() -> None:
    """The exception must not travel back into C++; the name says where it was."""

    @contained
    def callback(_prm: object) -> None:
        raise ZeroDivisionError

    with capture_logs() as logs:
        callback(None)
    assert [(line["event"], line["callback"]) for line in logs] == [("sip.callback_failed", "callback")]
