"""`cluster` of `gateway.yaml`, and what is wrong with it."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from pydantic import ValidationError

from gateway.node import settings, settings_check
from gateway.node.cluster.settings import NAME, ClusterSettings, host_name
from gateway.node.workers.share import share


def read(folder: Path, text: str) -> settings.Settings:
    """Return the settings of a file with this text."""
    file = folder / "gateway.yaml"
    file.write_text(text)
    return settings.load(file)


def test_a_name_is_made_of_the_hosts() -> None:
    """Whatever that is."""
    assert re.match(NAME, host_name())


def test_each_worker_has_its_own_name(tmp_path: Path) -> None:
    """For each counts calls of its own."""
    own = read(tmp_path, "workers: 2\ncluster: {redis: redis://10.0.0.9, node: a}\n")
    names = [share(own, number, 2).cluster for number in range(2)]
    assert [one.node for one in names if one] == ["a-0", "a-1"]


@pytest.mark.parametrize("text", ["http://10.0.0.9", "redis://user:hunter2@10.0.0.9", "10.0.0.9:6379"])
def test_an_address_that_is_none(text: str, tmp_path: Path) -> None:
    """Also one with a password in clear."""
    with pytest.raises(Exception, match=r"cluster\.redis") as caught:
        read(tmp_path, f"cluster: {{redis: '{text}'}}\n")
    assert "hunter2" not in str(caught.value)


def test_a_name_that_is_none() -> None:
    """Names are parts of keys."""
    with pytest.raises(ValidationError):
        ClusterSettings.model_validate({"redis": "redis://10.0.0.9", "node": "a b"})


def test_a_password_that_is_missing_is_found(tmp_path: Path) -> None:
    """Before the first call."""
    own = read(tmp_path, "cluster: {redis: 'redis://:${REDIS_PASSWORD}@10.0.0.9', node: a}\n")
    (found,) = settings_check.problems(own, tmp_path / "gateway.yaml", {})
    assert (found.key, found.forbids) == ("cluster.redis", True)
    assert "REDIS_PASSWORD" in found.cure
    assert not settings_check.problems(own, tmp_path / "gateway.yaml", {"REDIS_PASSWORD": "x"})
