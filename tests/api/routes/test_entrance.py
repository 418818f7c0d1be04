"""The page for people: told what may be asked, with nothing from elsewhere."""

from __future__ import annotations

from pathlib import Path

from tests.api.running_api import running_api


async def test_the_page(tmp_path: Path) -> None:
    """The page and its style; both need to be let in (tests/api/test_gate.py)."""
    async with running_api(tmp_path) as api:
        page = await api.read.get("/docs")
        assert "/v1/calls/{call}/say" in page.text
        assert f"{api.url}/v1/calls" in page.text
        assert (await api.read.get("/docs.css")).headers["content-type"].startswith("text/css")
