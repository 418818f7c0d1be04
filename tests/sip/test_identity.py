"""Who rings, as a trusted network says, and who sent the call on."""

from __future__ import annotations

import pytest

from gateway.call import Party
from gateway.sip.identity import ANONYMOUS, asserted, diverted_by, verstat


def test_first_asserted_identity_counts() -> None:
    """RFC 3325: a SIP and a tel URI may stand beside each other, commas in names do not part them."""
    headers = {"p-asserted-identity": '"Doe, Ann" <sip:+15551230001@carrier.example>, <tel:+15559999999>'}
    assert asserted(headers) == Party("+15551230001", "carrier.example", "Doe, Ann")


def test_asserted_identity_counts_before_remote_party_id() -> None:
    """The older header is read where the newer is not there."""
    older = {"remote-party-id": '"Bob" <sip:+15551230002@c.example>;party=calling;screen=yes'}
    assert asserted(older) == Party("+15551230002", "c.example", "Bob")
    assert asserted(older | {"p-asserted-identity": "<sip:+1@c.example>"}) == Party("+1", "c.example")


@pytest.mark.parametrize(
    "headers",
    [
        {"p-asserted-identity": "<sip:+15551230001@c.example>", "privacy": "id;critical"},
        {"p-asserted-identity": "<sip:+15551230001@c.example>", "privacy": "user"},
        {"remote-party-id": "<sip:+15551230001@c.example>;privacy=full"},
    ],
)
def test_who_does_not_want_to_be_known_is_anonymous(headers: dict[str, str]) -> None:
    """RFC 3323: the network knows, plans and models do not."""
    assert asserted(headers) == ANONYMOUS


def test_nobody_is_asserted() -> None:
    """Without the headers, or with ones that cannot be read, From counts."""
    assert asserted({"from": "<sip:+1@x>"}) is None
    assert asserted({"p-asserted-identity": "<<<"}) is None


def test_verstat_is_passed_on_as_it_came() -> None:
    """3GPP TS 24.229: a parameter of the asserted identity, or of From."""
    inside = "<tel:+15551230001;verstat=TN-Validation-Passed>"
    assert verstat({"p-asserted-identity": inside}) == "TN-Validation-Passed"
    assert verstat({"from": "<sip:+1@c.example;verstat=No-TN-Validation>;tag=x"}) == "No-TN-Validation"
    assert verstat({"from": "<sip:+1@c.example>"}) == ""


def test_topmost_diversion_sent_the_call_on() -> None:
    """RFC 5806: the last one to divert stands first."""
    headers = {"diversion": "<sip:+15550000002@c.example>;reason=no-answer, <sip:+15550000001@c.example>"}
    assert diverted_by(headers) == Party("+15550000002", "c.example")


def test_history_names_who_was_before_us() -> None:
    """RFC 7044: entries are in the order of their index, and we are the last."""
    history = (
        "<sip:+15550000001@c.example>;index=1, <sip:gateway@192.0.2.1>;index=1.1.1,"
        " <sip:+15550000002@c.example?Reason=SIP%3Bcause%3D302>;index=1.1"
    )
    assert diverted_by({"history-info": history}) == Party("+15550000002", "c.example")
    assert diverted_by({"history-info": "<sip:gateway@192.0.2.1>;index=1"}) is None
    assert diverted_by({}) is None


@pytest.mark.parametrize(
    "text", ["<" * 1_000_000, '"\\' * 500_000 + "\\", ",;" * 500_000, "<a>;index=1," * 50_000]
)
@pytest.mark.parametrize("name", ["diversion", "p-asserted-identity", "history-info"])
def test_no_header_takes_longer_than_its_length(name: str, text: str) -> None:
    """What does not end is read once; it would be minutes if each bracket looked for its end again."""
    headers = {name: text}
    assert asserted(headers) is None
    assert diverted_by(headers) is None
