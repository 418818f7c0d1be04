import re
from pathlib import Path
from typing import Any

import yaml

from gateway.calls.registry import GOODBYE_S
from gateway.cli.options import variable
from gateway.node.serve import LEAVE_S
from gateway.node.settings import Settings, load

ROOT = Path(__file__).parents[2]


def services() -> dict[str, Any]:
    """Return all services of the file."""
    told: dict[str, Any] = yaml.safe_load((ROOT / "docker-compose.yml").read_text())["services"]
    return told


def test_what_is_passed_on_is_known() -> None:
    """Every variable is one that the gateway reads, and all that its providers need are there."""
    service = services()["gateway"]
    passed = {name.partition("=")[0] for name in service["environment"]}
    settings = {variable(name) for name in Settings.model_fields}
    assert {name.partition("__")[0] for name in passed if name.startswith("GATEWAY_")} <= settings
    guide = (ROOT / "docs/providers.md").read_text()
    assert set(re.findall(r"`((?:OPENAI|AZURE)_\w+)`", guide)) <= passed


def test_what_plans_and_providers_need_reaches_the_container() -> None:
    """Secrets that only a plan knows, and the place of gateway.yaml, come from `.env`, if there is one."""
    service = services()["gateway"]
    assert service["env_file"] == [{"path": ".env", "required": False}]
    assert "${GATEWAY_YAML:-/dev/null}:/gateway/gateway.yaml:ro" in service["volumes"]
    assert "GATEWAY_YAML=./gateway.yaml" in (ROOT / "docs/running.md").read_text()


def test_an_empty_settings_file_is_none() -> None:
    """What is mounted where nobody has written one."""
    assert load(Path("/dev/null")) == load()


def test_it_has_longer_to_stop_than_calls_to_finish() -> None:
    """Else the container is killed while callers talk."""
    service = services()["gateway"]
    grace = Settings.model_fields["drain_seconds"].default + GOODBYE_S + LEAVE_S
    assert float(service["stop_grace_period"].removesuffix("s")) > grace


def test_the_gateway_alone_unless_more_is_asked_for() -> None:
    """Everything else belongs to a profile, keeps its log small, and listens on this machine alone."""
    for name, service in services().items():
        assert ("profiles" in service) is (name != "gateway")
        assert name == "load" or service["logging"]["options"]["max-size"]
        assert all(port.startswith("127.0.0.1:") for port in service.get("ports", ())), name
    assert "--web.listen-address=127.0.0.1:9090" in services()["prometheus"]["command"]
    assert "GF_SERVER_HTTP_ADDR=127.0.0.1" in services()["grafana"]["environment"]


def test_every_file_that_is_mounted_is_there() -> None:
    """A folder that is not would be made by Docker, owned by root."""
    for service in services().values():
        for volume in service.get("volumes", ()):
            source = volume.partition(":")[0]
            assert not source.startswith("./") or (ROOT / source).exists(), source


def test_every_stage_is_in_the_dockerfile() -> None:
    """What a service is built of."""
    stages = set(re.findall(r"^FROM \S+ AS (\w+)", (ROOT / "deploy/Dockerfile").read_text(), re.MULTILINE))
    assert {one["build"]["target"] for one in services().values() if "build" in one} <= stages
