"""Options drawn from the settings."""

from pathlib import Path

from gateway.options import listed, reference, setting, variable


def test_an_option_tells_what_its_setting_does() -> None:
    """The description, what sets it in the environment, and what holds if nothing does."""
    option = setting("max_calls", panel="The line", metavar="CALLS", more="Not less than one.")
    assert option.help.startswith("Calls at once; one more gets 503")
    assert option.help.endswith("Not less than one. [env var: GATEWAY_MAX_CALLS] [default: 1000]")
    assert (option.rich_help_panel, option.metavar) == ("The line", "CALLS")


def test_a_setting_without_a_default_claims_none() -> None:
    """Nor does one that is empty."""
    for name in ("journal", "public_address"):
        assert "[default:" not in setting(name, panel="x").help


def test_a_switch_is_on_or_off() -> None:
    """Python's words for it are nobody else's."""
    assert setting("log_transcripts", panel="x").help.endswith("[default: off]")


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
    page = Path(__file__).parents[1].joinpath("docs", "settings.md").read_text(encoding="utf-8")
    assert f"\n{reference()}\n" in page
