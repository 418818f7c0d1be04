"""A far side that is asked to call somebody else: what it tells of that, as RFC 3515 has it."""

from __future__ import annotations

from tests.equipment import patience
from tests.equipment.wire_call import Call
from tests.equipment.wire_sip import Message

REASONS = {100: "Trying", 180: "Ringing", 200: "OK", 486: "Busy Here", 603: "Decline"}


async def asked(call: Call) -> Message:
    """Wait until this call is asked to go elsewhere; the phone answers as its `answers` say."""
    async with patience.within(10):
        while not (found := [one for one in call.messages if one.method == "REFER" and not one.status]):
            await call.changed()
    return found[-1]


async def notify(call: Call, status: int, *, over: bool | None = None) -> int:
    """Tell what became of it; returns the status of the answer. `over`: it is the last, as from 200 on."""
    last = status >= 200 if over is None else over
    body = f"SIP/2.0 {status} {REASONS.get(status, 'Whatever')}\r\n".encode()
    headers = [
        ("Event", "refer"),
        ("Subscription-State", "terminated;reason=noresource" if last else "active;expires=60"),
        ("Content-Type", "message/sipfrag;version=2.0"),
    ]
    return (await call.request("NOTIFY", headers=headers, body=body)).status
