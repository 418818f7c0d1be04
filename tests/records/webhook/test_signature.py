"""Signatures as others make and read them."""

from __future__ import annotations

import pytest

from gateway.records.webhook.signature import headers, key

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"


def test_the_example_of_the_specification() -> None:
    """Key, id, time and body as printed there give the signature that is printed there."""
    told = headers(key(SECRET), "msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330, b'{"test": 2432232314}')
    assert told == {
        "webhook-id": "msg_p5jXN8AQM9LWM0D4loKWxJek",
        "webhook-timestamp": "1614265330",
        "webhook-signature": "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
    }


def test_the_prefix_may_be_missing() -> None:
    """Some print secrets without it."""
    assert key(SECRET) == key(SECRET.removeprefix("whsec_"))


@pytest.mark.parametrize(
    "secret", ["", "whsec_", "whsec_c2hvcnQ=", "no base64 at all!", "whsec_" + "A" * 100]
)
def test_what_is_no_key(secret: str) -> None:
    """It is refused with the cure, and not repeated."""
    with pytest.raises(ValueError, match="openssl rand -base64 32"):
        key(secret)
