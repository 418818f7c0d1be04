"""What sections that name a server have in common."""

from __future__ import annotations

from datetime import timedelta

import pytest
from pydantic_core import PydanticCustomError

from gateway.dialplan.model.servers import bearable, by_reference, http_address
from gateway.dialplan.values import Secretive


def test_addresses_are_of_http() -> None:
    url = Secretive("https://shop.example/orders")
    assert http_address(url) is url
    with pytest.raises(ValueError, match="http"):
        http_address(Secretive("ftp://shop.example"))


def test_secrets_are_referred_to() -> None:
    good = {"Authorization": Secretive("Bearer ${TOKEN}"), "X-Shop": Secretive("1")}
    assert by_reference(good) is good
    with pytest.raises((ValueError, PydanticCustomError)):
        by_reference({"Authorization": Secretive("Bearer abc")})


def test_a_wait_that_callers_bear() -> None:
    assert bearable(timedelta(seconds=4)) == timedelta(seconds=4)
    for wrong in (timedelta(milliseconds=99), timedelta(minutes=3)):
        with pytest.raises(ValueError, match="100ms to 2m"):
            bearable(wrong)
