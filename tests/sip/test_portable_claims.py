"""What portable mode says that it can do."""

from __future__ import annotations

from tests.equipment.wire_phone import Phone
from tests.equipment.wire_rtp import Pump
from tests.sip.conftest import exchange


async def test_only_what_is_done_is_claimed(pump: Pump) -> None:
    """In the answer to an INVITE, in one to OPTIONS, and in an INVITE of ours: nothing that is refused."""
    async with exchange(native=False, max_calls=4) as sip, Phone(sip.address, pump) as phone:
        call, _ = await sip.answered(phone)
        sip.agent.dial(f"sip:somebody@{phone.local[0]}:{phone.local[1]}")
        dialled = await phone.incoming()
        for told in (await call.final(), await phone.ask("OPTIONS"), dialled.messages[0]):
            assert set(told.header("Allow").split(", ")) == {
                "PRACK", "INVITE", "ACK", "BYE", "CANCEL", "UPDATE", "INFO", "OPTIONS",
            }  # fmt: skip
            assert {"replaces", "norefersub", "trickle-ice"}.isdisjoint(told.header("Supported").split(", "))
        dialled.reject(486)
