"""What sessions begin with."""

from __future__ import annotations

import pytest

from gateway.local.server.registry import Engines
from gateway.local.server.session_preparer import SessionPreparer
from gateway.local.server.settings import LocalSettings
from gateway.local.session.schema import Refused


def maker(**settings: object) -> SessionPreparer:
    told = LocalSettings(engine="tone", **settings)  # type: ignore[arg-type]
    return SessionPreparer(told, Engines(told))


async def test_a_session_is_what_was_given_over_what_is_usual() -> None:
    """Its model, too, and whether it only writes down."""
    prepared = await maker().prepare(
        {"type": "realtime", "model": "echo", "instructions": "Be brief."}, "tone"
    )
    assert (prepared.model, prepared.config.wire["instructions"]) == ("echo", "Be brief.")
    assert type(prepared.engine).__name__ == "EchoEngine"
    plain = await maker().prepare(None, "tone")
    assert (plain.model, plain.config.transcription_only) == ("tone", False)
    assert (await maker().prepare({"type": "transcription"}, "tone")).config.transcription_only


async def test_what_a_session_cannot_be() -> None:
    with pytest.raises(Refused):
        await maker().prepare({"type": "realtime", "nonsense": 1}, "tone")


async def test_how_long_it_may_live_is_told() -> None:
    first = (await maker(session_seconds=100).prepare(None, "tone")).config.wire["expires_at"]
    second = (await maker(session_seconds=500).prepare(None, "tone")).config.wire["expires_at"]
    assert 398 <= second - first <= 402
