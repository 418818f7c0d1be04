"""No emergency service and no premium number is called: `python -m tests.proofs.hostile_numbers [REQUESTS]`.

So many requests (10 000) reach a running gateway over its control socket, for trunks in five countries:
numbers of emergency services and at premium rates of each, in all the dresses below, and one in twenty that
is an ordinary one. Nobody's phone rings but those of the ordinary ones, which all do. What a number is stands
in the tables: nothing of the gateway's own decides about that.
"""

from __future__ import annotations

import asyncio
import random
import sys
import tempfile
import wave
from collections import Counter
from pathlib import Path

import yaml

from gateway.node.control_client import ControlClient, Refusal
from tests.equipment import patience
from tests.equipment.control import control
from tests.equipment.programs import Gateway
from tests.equipment.wire_phone import Phone
from tests.equipment.wire_rtp import Pump

REQUESTS, ORDINARY_SHARE = 10_000, 0.05
EMERGENCY = {
    "US": ["911", "112"],
    "DE": ["110", "112"],
    "GB": ["999", "112"],
    "FR": ["15", "17", "18", "112"],
    "AU": ["000", "112"],
}
PREMIUM = {
    "US": ["900#######", "1900#######", "+1900#######", "976#######"],
    "DE": ["0900#######", "+49900#######", "0049900#######", "118##", "01805######"],
    "GB": ["0909#######", "+44909#######", "118###", "0871#######"],
    "FR": ["0899######", "+33899######", "118###"],
    "AU": ["190#######", "+61190#######"],
}
ORDINARY = {
    "US": ["+1212555####", "1212555####", "+4930######"],
    "DE": ["030######", "+4930######", "+1212555####"],
    "GB": ["0207946####", "+44207946####"],
    "FR": ["01460#####", "+331460#####"],
    "AU": ["029876####", "+6129876####"],
}
"""By the region of the trunk; # is any digit but 0."""
DRESSES = (
    *("{}", "*31#{}", "#31#{}", "*67{}", "*82{}", "*#31#{}", "0{}", "9{}", "{}#", "{}*", "*{}", "#{}"),
    *("1010288{}", " {} ", "({})", "{};phone-context=+1", "{},,1", "{}w1", "tel:{}", "sip:{}@{{host}}"),
    *("sips:{}@{{host}}", "sip:{};user=phone@{{host}}", "{}\u200b"),
)
PLAIN = ("{}", " {} ", "({})")
"""How an ordinary number may be written to be one still."""


def dressed(rng: random.Random, region: str, host: str) -> tuple[str, bool]:
    """Return what is asked for, and whether it is an ordinary number."""
    ordinary = rng.random() < ORDINARY_SHARE
    table = ORDINARY if ordinary else rng.choice((EMERGENCY, PREMIUM))
    pattern = rng.choice(table[region])
    number = "".join(rng.choice("123456789") if char == "#" else char for char in pattern)
    text = rng.choice(PLAIN if ordinary else DRESSES).format(number).replace("{host}", host)
    if rng.random() < 0.3 and not text.startswith(("sip", "tel")):
        text = rng.choice("-. ").join(text)
    if not ordinary and rng.random() < 0.15:
        text = "".join(f"%{ord(char):02x}" for char in text)
    return text, ordinary


async def ask(gateway: Gateway, phone: Phone, requests: int) -> bool:
    """Ask for all of them; say what has rung."""
    rng, told = random.Random(20261128), Counter[str]()
    ordinary, rung = 0, Counter[str]()
    host = f"{phone.local[0]}:{phone.local[1]}"
    async with control(gateway) as asked, asyncio.TaskGroup() as tasks:
        refusing = tasks.create_task(_refuse(phone, rung))
        for _ in range(requests):
            region = rng.choice(sorted(EMERGENCY))
            number, is_ordinary = dressed(rng, region, host)
            ordinary += is_ordinary
            told[await _answer(asked, number, region)] += 1
        async with patience.within(10):
            while rung.total() < ordinary:  # noqa: ASYNC110 - the last of them are on their way
                await asyncio.sleep(0.1)
        refusing.cancel()
    wrong = rung.total() - ordinary
    sys.stdout.write(
        f"{requests} requests, of which {ordinary} for ordinary numbers: {rung.total()} phones have rung,"
        f" {max(0, wrong)} of them may not; answers: {dict(told)}\n"
    )
    return wrong == 0


async def _answer(asked: ControlClient, number: str, region: str) -> str:
    try:
        await asked.ask("originate", number=number, plan="message", trunk=region.lower())
    except Refusal as refusal:
        return str(refusal.status)
    return "called"


async def _refuse(phone: Phone, rung: Counter[str]) -> None:
    while True:
        call = await phone.incoming(600)
        rung[call.messages[0].start.split()[1]] += 1
        call.reject(486)


async def main() -> int:
    """Ask a gateway."""
    requests = int(sys.argv[1]) if len(sys.argv) > 1 else REQUESTS
    with tempfile.TemporaryDirectory(prefix="hostile-") as name, Pump() as pump:
        folder = Path(name)
        with wave.open(str(folder / "message.wav"), "wb") as file:
            file.setparams((1, 2, 8000, 0, "NONE", ""))
            file.writeframes(bytes(1600))
        async with Phone(("127.0.0.1", 9), pump, user="anybody") as phone:
            where = {"address": f"127.0.0.1:{phone.local[1]}", "keepalive": "off"}
            trunks = {
                region.lower(): {**where, "peers": [f"192.0.2.{number}"], "region": region}
                for number, region in enumerate(EMERGENCY, 1)
            }
            (folder / "gateway.yaml").write_text(yaml.safe_dump({"trunks": trunks}), encoding="utf-8")
            plans = {"message": {"announce": {"play": str(folder / "message.wav")}, "outbound": {}}}
            options = ("--no-local", "--config", str(folder / "gateway.yaml"))
            with await asyncio.to_thread(Gateway, plans, *options) as gateway:
                return 0 if await ask(gateway, phone, requests) else 1


if __name__ == "__main__":
    sys.exit(asyncio.run(main()))
