"""Which challenges can be answered, and what is said of those that cannot."""

from __future__ import annotations

import pytest

from gateway.sip.challenge import unanswerable


def refused(*challenges: str, name: str = "WWW-Authenticate") -> str:
    """Return a 401 with these challenges."""
    lines = [f'{name}: {challenge}, realm="r", nonce="n"' for challenge in challenges]
    return "\r\n".join(
        ["SIP/2.0 401 Unauthorized", "CSeq: 2 REGISTER", *lines, "", "WWW-Authenticate: Digest"]
    )


@pytest.mark.parametrize(
    "challenges",
    [
        ('Digest opaque="algorithm=AKA"',),
        ("Digest algorithm=MD5",),
        ('Digest algorithm="md5", qop="auth-int , auth"',),
        ("digest algorithm=SHA-512-256,qop=auth",),
        ('Digest algorithm=SHA-256-sess, qop="auth"', 'Digest algorithm=SHA-256, qop="auth"'),
    ],
)
def test_what_can_be_answered_is_not_told(challenges: tuple[str, ...]) -> None:
    """One of several is enough."""
    assert unanswerable(refused(*challenges)) == ""
    assert unanswerable(refused(*challenges, name="proxy-authenticate ")) == ""


@pytest.mark.parametrize(
    ("challenges", "said"),
    [
        ((), "no challenge"),
        (('Digest qop="auth-int"',), "qop=auth-int"),
        (("Digest algorithm=MD5-sess",), "algorithm=MD5-sess"),
        (("Basic charset=x", "Digest algorithm=AKAv1-MD5"), "Basic, algorithm=AKAv1-MD5"),
    ],
)
def test_what_cannot_be_answered_is_told(challenges: tuple[str, ...], said: str) -> None:
    """In the words of whoever has to set it right."""
    assert unanswerable(refused(*challenges)) == said
