"""The application as a whole: what it says of itself is true, and nothing that is asked breaks it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import hypothesis
import pytest

from gateway.api.app import make
from gateway.node.api_settings import ApiSettings
from gateway.node.api_tokens import Role
from tests.api.running_api import running_api
from tests.equipment.fuzzed_api import FuzzedApi, fuzz

APP, _GATE, _NEWS = make(ApiSettings(), Path("control.sock"), None)


def operations() -> list[tuple[str, str, dict[str, Any]]]:
    """Return method, path and description of all that is documented."""
    return [
        (method, path, one)
        for path, all_of in APP.openapi()["paths"].items()
        for method, one in all_of.items()
    ]


def test_what_is_told_of_each_route() -> None:
    """A name of its own, a group, what it refuses; a token where one is needed."""
    names = [one["operationId"] for _method, _path, one in operations()]
    assert len(set(names)) == len(names)
    for _method, path, one in operations():
        assert one["tags"]
        if path not in ("/healthz", "/readyz"):
            assert one["security"] == [{"HTTPBearer": []}], path
            assert {"401", "403", "429", "503"} <= set(one["responses"]), path


@pytest.mark.parametrize(("role", "may"), [(Role.READ, 8), (Role.OPERATE, 6), (Role.ADMIN, 3)])
async def test_what_changes_something_takes_more_than_reading(tmp_path: Path, role: Role, may: int) -> None:
    """Each route takes the least role that does."""
    async with running_api(tmp_path) as api:
        found = 0
        for method, path, _one in operations():
            if path in ("/healthz", "/readyz") or path.endswith("/events"):
                continue
            least = Role.READ
            for client in (api.read, api.operate, api.admin):
                answer = await client.request(method, path.replace("{call}", "nobody"), json={})
                if answer.status_code != 403:
                    break
                least = Role(least + 1)
            found += least is role
            assert least is Role.READ or method != "get"
        assert found >= may


async def test_what_is_not_there(tmp_path: Path) -> None:
    """404 and 405 in the same words as all else."""
    async with running_api(tmp_path) as api:
        answer = await api.read.get("/v1/nowhere")
        assert (answer.status_code, list(answer.json())) == (404, ["error"])
        answer = await api.read.delete("/v1/calls")
        assert (answer.status_code, list(answer.json()), answer.headers["allow"]) == (405, ["error"], "GET")


@pytest.fixture(scope="module")
def fuzzed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[FuzzedApi]:
    """The API with a call up, on a thread of its own."""
    with FuzzedApi(tmp_path_factory.mktemp("fuzzed")) as running:
        yield running


def test_no_request_breaks_it(fuzzed: FuzzedApi) -> None:
    """Answers have the statuses, types and shapes that its own OpenAPI description promises.

    With a fixed seed, and a few requests of each route; `make proofs NAMES=api` asks for longer.
    """
    fuzz(fuzzed, "admin", hypothesis.settings(max_examples=4, deadline=None, database=None, derandomize=True))
    assert fuzzed.broke == []
    assert fuzzed.asked > 100
