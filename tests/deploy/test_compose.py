import re
from pathlib import Path

import yaml

from gateway.cli.options import variable
from gateway.node.settings import Settings, load

ROOT = Path(__file__).parents[2]


def test_what_is_passed_on_is_known() -> None:
    """Every variable is one that the gateway reads, and all that its providers need are there."""
    (service,) = yaml.safe_load((ROOT / "docker-compose.yml").read_text())["services"].values()
    passed = set(service["environment"])
    settings = {variable(name) for name in Settings.model_fields}
    assert {name for name in passed if name.startswith("GATEWAY_")} <= settings
    guide = (ROOT / "docs/providers.md").read_text()
    assert set(re.findall(r"`((?:OPENAI|AZURE)_\w+)`", guide)) <= passed


def test_what_plans_and_providers_need_reaches_the_container() -> None:
    """Secrets that only a plan knows, and the place of gateway.yaml, come from `.env`, if there is one."""
    (service,) = yaml.safe_load((ROOT / "docker-compose.yml").read_text())["services"].values()
    assert service["env_file"] == [{"path": ".env", "required": False}]
    assert "${GATEWAY_YAML:-/dev/null}:/gateway/gateway.yaml:ro" in service["volumes"]
    assert "GATEWAY_YAML=./gateway.yaml" in (ROOT / "docs/running.md").read_text()


def test_an_empty_settings_file_is_none() -> None:
    """What is mounted where nobody has written one."""
    assert load(Path("/dev/null")) == load()


def test_it_has_longer_to_stop_than_calls_to_finish() -> None:
    """Else the container is killed while callers talk."""
    (service,) = yaml.safe_load((ROOT / "docker-compose.yml").read_text())["services"].values()
    assert (
        float(service["stop_grace_period"].removesuffix("s")) > Settings.model_fields["drain_seconds"].default
    )
