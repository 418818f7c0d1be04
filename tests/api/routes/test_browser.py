"""A browser's offer over HTTP; `tests.whole_calls.test_browser` has whole calls."""

from __future__ import annotations

from pathlib import Path

from tests.api.running_api import running_api


async def test_who_may_ring(tmp_path: Path) -> None:
    """Operators; what is no number is refused before the gateway is asked."""
    offer = {"offer": "v=0", "number": "100"}
    async with running_api(tmp_path) as api:
        assert (await api.read.post("/v1/browser-calls", json=offer)).status_code == 403
        wrong = await api.operate.post("/v1/browser-calls", json=offer | {"number": "1@x"})
        assert wrong.status_code == 422
        assert (await api.operate.post("/v1/browser-calls", json=offer)).status_code == 400
