"""The console's files, as a browser gets them. `tests.proofs.console` has a real one."""

from __future__ import annotations

import hashlib
import json
import re
from pathlib import Path

import pytest

from gateway.api.routes.console import WEB
from tests.api.running_api import running_api

MOST_BYTES = 300 * 1024


async def test_all_that_the_page_loads_is_there(tmp_path: Path) -> None:
    """Its style, its scripts, what they import, of the kinds that a browser takes; nothing from elsewhere."""
    async with running_api(tmp_path) as api:
        page = await api.read.get("/")
        assert page.headers["content-type"].startswith("text/html")
        assert "script-src 'self' 'sha256-" in page.headers["content-security-policy"]
        (imports,) = re.findall(r'importmap">(.*?)</script>', page.text)
        names = json.loads(imports)["imports"]
        waiting = ["/web/style.css", "/web/js/main.js"]
        seen: dict[str, int] = {}
        while waiting:
            path = waiting.pop()
            if path in seen:
                continue
            answer = await api.read.get(path)
            assert answer.status_code == 200, path
            kind = "text/css" if path.endswith(".css") else "text/javascript"
            assert answer.headers["content-type"].startswith(kind), path
            seen[path] = len(answer.content)
            imported = re.findall(r'(?:from|import)\s?"([^"]+)"', answer.text)
            waiting += [names.get(name) or f"/web/js/{name.removeprefix('./')}" for name in imported]
            waiting += re.findall(r'"(/web/vendor/[^"]+)"', answer.text)
    assert len(seen) > 15
    assert sum(seen.values()) <= MOST_BYTES


@pytest.mark.parametrize(
    "path",
    ["/web/", "/web/js", "/web/../app.py", "/web/%2e%2e/app.py", "/web//etc/passwd", "/web/index.html"],
)
async def test_nothing_else_is_served(tmp_path: Path, path: str) -> None:
    """No folder, nothing outside of the page's own."""
    async with running_api(tmp_path) as api:
        assert (await api.read.get(path)).status_code in (404, 422)


async def test_a_browser_that_is_not_let_in(tmp_path: Path) -> None:
    """A person is told in words where the address is that lets it in; its parts are for nobody."""
    async with running_api(tmp_path) as api:
        told = await api.nobody.get("/", headers={"accept": "text/html,*/*"})
        assert (told.status_code, "gateway token link" in told.text) == (401, True)
        assert (await api.nobody.get("/web/js/main.js")).status_code == 401


def test_what_is_not_ours_is_as_it_was_published() -> None:
    """Each library in a folder with its version, with its licence, byte for byte."""
    sums = (WEB / "vendor" / "SHA256SUMS").read_text(encoding="ascii").splitlines()
    told = dict(reversed(line.split()) for line in sums)
    found = {
        str(path.relative_to(WEB / "vendor")): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in (WEB / "vendor").rglob("*")
        if path.is_file() and path.name != "SHA256SUMS"
    }
    assert found == told
    folders = {name.partition("/")[0] for name in told}
    assert all(f"{folder}/LICENSE" in told for folder in folders)
    assert all(re.search(r"-\d+\.\d+\.\d+$", folder) for folder in folders)
