"""Reading SIP headers, and building the few that we send."""

import pytest

from gateway.call import Party
from gateway.errors import SipError
from gateway.sip.headers import LONGEST_CALL_ID, TrunkIdentity, call_info, lacks_audio, parse_headers, sip_uri

INVITE = (
    "INVITE sip:+15551230001;npdi@gw.example:5060;user=phone SIP/2.0\r\n"
    "Via: SIP/2.0/UDP 192.0.2.1;branch=z9hG4bK1\r\n"
    'f: "Ann \\"A\\" Lee" <sip:+15557654321@carrier.example;user=phone>;tag=1\r\n'
    "To: <sip:sales@gw.example>\r\n"
    "i: abc@192.0.2.1\r\n"
    "X-Campaign: spring\r\n"
    " sale\r\n"
    "X-Campaign: second\r\n"
    "\r\n"
    "v=0\r\nX-Body: not a header\r\n"
)


def test_an_invite_names_the_call() -> None:
    """Called is the Request-URI's user, caller the From, names and folded headers are read."""
    info = call_info("c1", INVITE, "192.0.2.1:5060", "udp")
    assert info.called.user == "+15551230001"
    assert info.to.user == "sales"
    assert info.caller == Party("+15557654321", "carrier.example", 'Ann "A" Lee')
    assert info.sip_call_id == "abc@192.0.2.1"
    assert info.headers["x-campaign"] == "spring sale"
    assert "x-body" not in info.headers


@pytest.mark.parametrize("end", ["\r\n", "\n", "\r"])
def test_lines_end_where_pjsip_ends_them(end: str) -> None:
    """Whoever ends his lines in another way is read all the same, and so is one who mixes them."""
    info = call_info("c1", INVITE.replace("\r\n", end), "192.0.2.1:5060", "udp")
    assert (info.caller.user, info.unclear) == ("+15557654321", "")
    assert info.headers["x-campaign"] == "spring sale"
    assert "x-body" not in info.headers
    mixed = INVITE.replace("\r\nTo", f"{end}X-Y: 1{end} 2{end}To")
    assert call_info("c1", mixed, "192.0.2.1:5060", "udp").headers["x-y"] == "1 2"


@pytest.mark.parametrize(
    ("body", "offered"),
    [
        ("", False),
        ("v=0\r\ns=-\r\n", False),
        ("v=0\r\nm=audio 4000 RTP/AVP 0\r\n", True),
        ("--b\r\nContent-Type: application/sdp\r\n\r\nv=0\r\nm=audio 4000 RTP/AVP 0\r\n--b--\r\n", True),
        ("--b\r\nContent-Type: application/isup\r\n\r\n\x01\r\n--b--\r\n", False),
    ],
)
def test_an_invite_without_an_offer_is_known(body: str, offered: bool) -> None:
    """A compact Contact (m:) is none."""
    head = INVITE.partition("\r\n\r\n")[0] + "\r\nm: <sip:a@192.0.2.1>\r\n\r\n"
    assert call_info("c1", head + body, "192.0.2.1:5060", "udp").offered is offered


def test_empty_lines_before_a_message_are_none_of_it() -> None:
    """Keep-alives may precede it (RFC 3261 section 7.5)."""
    assert call_info("c1", "\r\n\r\n" + INVITE, "192.0.2.1:5060", "udp").called.user == "+15551230001"


@pytest.mark.parametrize(
    ("before", "after", "unclear"),
    [
        ("To:", "From: <sip:eve@h>;tag=2\r\nTo:", "From"),
        ("To:", "f: <sip:eve@h>;tag=2\r\nTo:", "From"),
        ("To:", "from : <sip:eve@h>;tag=2\r\nTo:", "From"),
        ("To:", "X: 1\nFrom: <sip:eve@h>;tag=2\r\nTo:", "From"),
        ("To:", "t: <sip:x@h>\r\nTo:", "To"),
        ("f: ", "X-F: ", "From"),
        ("<sip:+15557654321@", "<sip:+15557654321 ", "From"),
        ("INVITE sip:", "INVITE  sip:", ""),
        ("INVITE sip:", "INVITE ", "Request-URI"),
        ("INVITE sip:", "INVITE sip:x@h sip:", "Request-URI"),
    ],
)
def test_nobody_is_let_in_on_a_guess(before: str, after: str, unclear: str) -> None:
    """What is there twice, or cannot be read, is said to be unclear, and nobody is taken for anonymous."""
    assert call_info("c1", INVITE.replace(before, after, 1), "192.0.2.1:5060", "udp").unclear == unclear


def test_control_characters_never_leave_a_header() -> None:
    """A display name cannot break a log line or a prompt."""
    caller = call_info("c1", INVITE.replace("Ann", "Ann\x1b[31m\x07"), "192.0.2.1:5060", "udp").caller
    assert caller.display_name == 'Ann[31m "A" Lee'
    assert parse_headers("Subject: a\x00b\r\n")["subject"] == "ab"


def test_nothing_of_a_header_is_cut() -> None:
    """A plan decides on all of it; who logs or tells it bounds what is told."""
    long = "x" * 5000
    invite = INVITE.replace("sale", long).replace("Ann", long).replace("abc@", f"{long}@")
    info = call_info("c1", invite, "192.0.2.1:5060", "udp")
    assert info.headers["x-campaign"] == f"spring {long}"
    assert info.caller.user == "+15557654321"
    assert len(info.sip_call_id) == LONGEST_CALL_ID


@pytest.mark.parametrize(
    ("user", "host"),
    [
        ("a\r\nX-Evil: 1", "h"),
        ("a>", "h"),
        ("a b", "h"),
        ("a", "h;maddr=evil"),
        ("a", "h?Route=x"),
        ("a", ""),
    ],
)
def test_a_uri_is_built_of_checked_parts_alone(user: str, host: str) -> None:
    """Nothing may smuggle a header, a route or another host onto the wire."""
    with pytest.raises(SipError):
        sip_uri(user, host)


def test_a_clean_uri_is_built() -> None:
    """Both parts and the transport."""
    assert (
        sip_uri("+1555", "trunk.example:5080", transport="tcp")
        == "sip:+1555@trunk.example:5080;transport=tcp"
    )


def test_national_numbers_of_a_trunk_are_completed() -> None:
    """By the trunk's own country; what is no number stays as it is."""
    text = "INVITE sip:0301234567@192.0.2.9 SIP/2.0\r\nFrom: <sip:bob@c>;tag=1\r\nTo: <sip:x@c>\r\n\r\n"
    told = call_info("c", text, "192.0.2.1:5060", "udp", TrunkIdentity("carrier", region="DE"))
    assert told.called.user == "+49301234567"
    assert told.trunk == "carrier"


def test_account_that_is_rung_stands_for_whom_to_names() -> None:
    """A carrier rings what registered; the number that was dialled is in To (RFC 3261 section 8.1.1.2)."""
    text = "INVITE sip:line1@192.0.2.9 SIP/2.0\r\nFrom: <sip:+1@c>;tag=1\r\nTo: <sip:+15551230001@c>\r\n\r\n"
    told = call_info("c", text, "192.0.2.1:5060", "udp", TrunkIdentity("carrier", account="line1"))
    assert told.called.user == "+15551230001"


@pytest.mark.parametrize(
    ("passes", "seen"),
    [
        (None, {"x-campaign", "x-two", "from", "to"}),
        (frozenset(), set()),
        (frozenset({"x-two", "subject"}), {"x-two"}),
    ],
)
def test_a_trunk_says_which_headers_plans_may_see(passes: frozenset[str] | None, seen: set[str]) -> None:
    """Of its callers'; who calls is read all the same."""
    text = (
        "INVITE sip:100@192.0.2.9 SIP/2.0\r\nFrom: <sip:+1@c>;tag=1\r\nTo: <sip:100@c>\r\n"
        "X-Campaign: spring\r\nX-TWO: a\x1b[31m\r\n b\x00\x85c\r\n\r\n"
    )
    told = call_info("c", text, "192.0.2.1:5060", "udp", TrunkIdentity("carrier", passes=passes))
    assert set(told.headers) == seen
    assert told.headers.get("x-two", "a[31m bc") == "a[31m bc"
    assert told.caller.user == "+1"


@pytest.mark.parametrize(
    ("header", "lacks"),
    [
        ("X-Edge-Audio: none\r\n", True),
        ("x-edge-audio:none\r\n", True),
        ("X-Edge-Audio: some\r\n", False),
        ("X-Other: X-Edge-Audio: none\r\n", False),
        ("", False),
    ],
)
def test_an_edge_says_that_it_has_no_audio(header: str, lacks: bool) -> None:
    """In a header of the ACK."""
    assert lacks_audio(f"ACK sip:gw SIP/2.0\r\nCSeq: 1 ACK\r\n{header}Content-Length: 0\r\n\r\n") is lacks


def test_what_the_network_says_may_stand_in_several_lines() -> None:
    """RFC 3261 section 7.3.1: an entry of a list in each, as many proxies write them."""
    text = (
        "INVITE sip:100@192.0.2.9 SIP/2.0\r\nFrom: <sip:anonymous@x>;tag=1\r\nTo: <sip:100@c>\r\n"
        "P-Asserted-Identity: <tel:+15551230009>\r\nPrivacy: none\r\nPrivacy: id\r\n"
        "History-Info: <sip:+15550000001@c>;index=1\r\nHistory-Info: <sip:+15550000002@c>;index=1.1\r\n"
        "History-Info: <sip:100@192.0.2.9>;index=1.1.1\r\n\r\n"
    )
    told = call_info("c", text, "192.0.2.1:5060", "udp", TrunkIdentity("carrier", trusted=True))
    assert told.diverted_by.user == "+15550000002"
    assert told.caller.user == "anonymous"
    assert not told.verified
    shown = call_info(
        "c", text.replace(": id", ": critical"), "192.0.2.1:5060", "udp", TrunkIdentity("c", trusted=True)
    )
    assert shown.caller.user == "+15551230009"
