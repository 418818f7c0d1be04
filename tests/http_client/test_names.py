"""Where a name leads."""

import pytest

from gateway.http_client.names import Names
from tests.equipment.name_server import NameServer


async def test_a_name_is_asked_for_and_known_names_are_not() -> None:
    """Of name servers, and of /etc/hosts."""
    with NameServer({"shop.example": "192.0.2.7", "gone.example": None}) as dns:
        names = Names([dns.address])
        try:
            assert [str(one) for one in await names.find("shop.example")] == ["192.0.2.7"]
            with pytest.raises(OSError, match=r"\w"):
                await names.find("gone.example")
            assert "127.0.0.1" in [str(one) for one in await names.find("localhost")]
        finally:
            await names.close()
        await names.close()
