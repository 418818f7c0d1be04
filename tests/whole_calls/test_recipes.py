"""A recipe whose answer is a header, which a phone sees; the others are rehearsed beside their plans."""

from __future__ import annotations

import asyncio

from tests.equipment.process import ROOT
from tests.equipment.programs import Gateway
from tests.equipment.wire_phone import Phone
from tests.equipment.wire_rtp import Pump


async def test_a_redirecting_recipe_names_the_new_address(pump: Pump) -> None:
    """302 with the number that was dialled, at the other system."""
    plans = str(ROOT / "docs" / "recipes" / "redirect")
    gateway = await asyncio.to_thread(Gateway, {}, "--dialplans", plans, rtp_ports=20)
    try:
        async with Phone(gateway.sip, pump) as phone:
            moved = await phone.call("+15551241234").final()
            assert (moved.status, moved.header("Contact")) == (302, "<sip:+15551241234@pbx.example.com>")
    finally:
        await asyncio.to_thread(gateway.stop)
