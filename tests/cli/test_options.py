"""Options drawn from the settings."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import pytest
import typer
from pydantic import ConfigDict
from pydantic.dataclasses import dataclass
from typer.testing import CliRunner

from gateway.cli.options import Shown, address, listed, option, reference, takes, variable
from gateway.node.settings import Settings


@dataclass(config=ConfigDict(use_attribute_docstrings=True))
class Kettle:
    """Settings of another kind."""

    cups: int = 2
    """Cups of water."""
    warm: bool = False
    """Keep it warm."""
    note: Path | None = None
    """File to note it in."""


def boil(*arguments: str) -> tuple[dict[str, Any], str]:
    """Return what a command with options of `Kettle` was given, and what was printed."""
    given_to: dict[str, Any] = {}
    app = typer.Typer(add_completion=False, rich_markup_mode="markdown")

    @app.command()
    @takes(Kettle, cups=Shown("CUPS", least=1), warm=Shown(names="--warm"), note=Shown("FILE"))
    def command(
        what: Annotated[str, typer.Argument()] = "water", *, loud: bool = False, **given: Any
    ) -> None:
        """Boil it."""
        given_to.update(given, what=what, loud=loud)

    return given_to, CliRunner().invoke(app, arguments, env={"COLUMNS": "200"}).output


def test_a_command_is_given_what_was_used() -> None:
    """In the setting's type; the rest is left to the settings."""
    assert boil()[0] == {"what": "water", "loud": False}
    assert boil("tea", "--cups", "3", "--note", "a.txt", "--warm", "--loud")[0] == {
        "what": "tea",
        "loud": True,
        "cups": 3,
        "note": Path("a.txt"),
        "warm": True,
    }


def test_a_command_refuses_what_makes_no_sense() -> None:
    """With the option's name."""
    for mistake in ("none", "0"):
        given, told = boil("--cups", mistake)
        assert given == {}
        assert "--cups" in told


def test_help_says_what_the_settings_say() -> None:
    """Each option in its place: after the positional parameters, before the keywords."""
    told = boil("--help")[1]
    parts = ("Boil it.", "Cups of water. [default: 2]", "Keep it warm.", "--loud")
    places = [told.index(part) for part in parts]
    assert places == sorted(places)


def test_an_option_tells_what_its_setting_does() -> None:
    """The description, what sets it in the environment, and what holds if nothing does."""
    shown = option(Settings, "max_calls", Shown("CALLS", "The line"))
    assert shown.help.startswith("Calls at once; one more gets 503")
    assert shown.help.endswith("[env var: GATEWAY_MAX_CALLS] [default: 1000]")
    assert (shown.rich_help_panel, shown.metavar) == ("The line", "CALLS")


def test_a_setting_without_a_default_claims_none() -> None:
    """Nor does one that is empty."""
    for name in ("journal", "public_address"):
        assert "[default:" not in option(Settings, name, Shown("X")).help


def test_a_switch_is_on_or_off() -> None:
    """Python's words for it are nobody else's."""
    assert option(Settings, "log_transcripts", Shown()).help.endswith("[default: off]")


def test_an_address_that_is_none_is_refused() -> None:
    """As a mistake of the option's."""
    assert address("127.0.0.1:80") == ("127.0.0.1", 80)
    with pytest.raises(typer.BadParameter, match="HOST:PORT"):
        address("80")


def test_settings_without_an_option_are_listed() -> None:
    """A paragraph each."""
    first, second = listed(("learn_source", "prices")).split("\n\n")
    assert first.startswith("`GATEWAY_LEARN_SOURCE`: Take audio from")
    assert second.startswith("`GATEWAY_PRICES`: A price list")


def test_the_variable_is_the_one_that_is_read() -> None:
    """In capitals, with the prefix."""
    assert variable("local_listen") == "GATEWAY_LOCAL_LISTEN"


def test_the_committed_page_of_settings_is_current() -> None:
    """Else put there what gateway schema --settings prints."""
    page = Path(__file__).parents[2].joinpath("docs", "settings.md").read_text(encoding="utf-8")
    assert f"\n{reference()}\n" in page
