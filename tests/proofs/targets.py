"""Nobody is reached who is not listed, whatever a model says: `python -m tests.proofs.targets [TRIES]`.

In one real call the model asks 10 000 times to be put through: line breaks, parameters, headers, second
addresses, other scripts' digits, escapes, premium and emergency numbers, in the name of the target, in the
digits and in the summary (`tests.dialplan.test_transfer_targets`). What fits the plan is not asked for. No
REFER reaches the caller, no INVITE the phone that all targets lead to, and the model is told so each time;
who is listed is reached then.
"""

from __future__ import annotations

import asyncio
import json
import random
import sys
from typing import Any

from gateway.dialplan.model import TransferTarget
from gateway.dialplan.transfer_targets import TargetRefused, find_target
from tests.dialplan.test_transfer_targets import SPICE, hostile
from tests.equipment import patience, ports
from tests.equipment.model import Model, Session
from tests.equipment.programs import Gateway, agent
from tests.equipment.wire_phone import Phone
from tests.equipment.wire_rtp import Pump

TRIES = 10_000
AT_ONCE = 4
"""Functions that one response calls."""


def targets(port: int) -> dict[str, dict[str, Any]]:
    """Return those of the plan, all at one phone."""
    at = f"127.0.0.1:{port}"
    return {
        "sales": {"to": f"sip:200@{at}", "mode": "blind"},
        "extension": {"to": f"sip:{{digits}}@{at}", "digits": ["2XX"], "announce": "A call. {summary}"},
        "abroad": {"to": f"sip:{{digits}}@{at}", "digits": ["+4930*", "+1555XXXXXXX"], "mode": "blind"},
    }


def asked(rng: random.Random, listed: dict[str, TransferTarget], count: int) -> list[dict[str, str]]:
    """Make the arguments of so many calls of the function, none of which the plan allows."""
    found: list[dict[str, str]] = []
    while len(found) < count:
        name, digits = hostile(rng)
        try:
            find_target(listed, name, digits)
        except TargetRefused:
            found.append({"target": name, "digits": digits, "summary": "".join(rng.choices(SPICE, k=3))})
    return found


async def told(session: Session, number: int, wanted: list[dict[str, str]]) -> list[str]:
    """Have the model ask for these at once, and return what it is told."""
    response = await session.start_response()
    names = [f"c{number}_{place}" for place in range(len(wanted))]
    for place, (name, arguments) in enumerate(zip(names, wanted, strict=True)):
        item = {"id": name, "type": "function_call", "call_id": name, "name": "transfer"}
        item["arguments"] = json.dumps(arguments)
        await session.send("response.output_item.done", response_id=response, output_index=place, item=item)
    await session.end_response(response)

    def outputs() -> list[str]:
        events = session.events("conversation.item.create")[-4 * AT_ONCE :]
        items = {one["item"].get("call_id"): one["item"].get("output", "") for one in events}
        return [items[name] for name in names if name in items]

    await session.until(lambda: len(outputs()) == len(names))
    return outputs()


async def prove(tries: int) -> bool:
    """Ask, count what left, and print it."""
    port = ports.free_port()
    plan = targets(port)
    listed = {name: TransferTarget.model_validate(one) for name, one in plan.items()}
    with Pump() as pump:
        async with Model() as model:
            model.says = None
            office = agent(
                "100",
                model.url,
                model="scripted",
                targets=plan,
                agent={"tools": ["transfer"]},
                answer={"speaks_first": "caller"},
            )
            with Gateway({"office": office}, "--no-local") as gateway:
                async with (
                    Phone(gateway.sip, pump) as phone,
                    Phone(gateway.sip, pump, port=port, user="desk") as desk,
                ):
                    phone.answers["REFER"] = 603
                    call = phone.call("100")
                    await call.answered()
                    session = await model.session()
                    rng, refused = random.Random(7), 0
                    for number in range(0, tries, AT_ONCE):
                        wanted = asked(rng, listed, min(AT_ONCE, tries - number))
                        answers = await told(session, number, wanted)
                        refused += sum("error" in json.loads(one) for one in answers)
                    left = len(desk.received) + sum(one.method == "REFER" for one in call.messages)
                    reached = await listed_is_reached(session, desk)
                    await call.hang_up()
    sys.stdout.write(
        f"{tries} hostile targets: {refused} refused to the model's face, {left} SIP messages left for one; "
        f"who is listed {'is' if reached else 'is NOT'} reached\n"
    )
    return refused == tries and left == 0 and reached


async def listed_is_reached(session: Session, desk: Phone) -> bool:
    """Ask for somebody who is listed; return whether their phone rings."""
    response = await session.start_response()
    item = {"id": "ok", "type": "function_call", "call_id": "ok", "name": "transfer"}
    item["arguments"] = json.dumps({"target": "extension", "digits": "200"})
    await session.send("response.output_item.done", response_id=response, output_index=0, item=item)
    await session.end_response(response)
    async with patience.within(10):
        rung = await desk.incoming()
    rung.reject(486)
    return "sip:200@" in rung.messages[0].start


if __name__ == "__main__":
    wanted = int(sys.argv[1]) if len(sys.argv) > 1 else TRIES
    sys.exit(0 if asyncio.run(prove(wanted)) else 1)
