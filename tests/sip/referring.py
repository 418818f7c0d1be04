"""A call of a trunk that may put it through, and a phone to which it is put through."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass

import numpy as np
import pytest

from gateway.call import (
    AnswerRefer,
    Destination,
    FinishItem,
    Play,
    ReferAsked,
    ReferFollowed,
    read_destination,
)
from gateway.sip.trunk_keys import TrunkKeys
from tests.equipment import patience, tone
from tests.equipment.wire_call import Call
from tests.equipment.wire_phone import Phone
from tests.equipment.wire_rtp import Pump
from tests.sip.conftest import Listening, exchange

RATE = 24_000


@dataclass
class Referral:
    """A call of a trunk, and a phone to which it may be put through."""

    call: Call
    leg: Listening
    desk: Phone

    @property
    def to(self) -> Destination:
        """Where that phone is."""
        return read_destination(f"sip:200@127.0.0.1:{self.desk.local[1]}")

    async def refer(self, to: str = "", name: str = "Refer-To") -> int:
        """Ask for it; return the answer's status."""
        return (await self.call.request("REFER", headers=[(name, to or f"<{self.to.uri}>")])).status

    async def asked(self) -> Call:
        """Ask, be followed, and return the call that rings then."""
        assert await self.refer() == 202
        assert await self.leg.fact() == ReferAsked(self.to)
        self.leg.leg.execute(AnswerRefer(follow=True))
        return await self.desk.incoming()

    async def followed(self) -> ReferFollowed:
        """Wait until it is known how that came out."""
        while not isinstance(fact := await self.leg.fact(), ReferFollowed):
            pass
        return fact

    async def told(self, status: int) -> str:
        """Wait until the far side is told of a status; return what its subscription is then."""
        line = f"SIP/2.0 {status} ".encode()

        def found() -> list[str]:
            sent = [one for one in self.call.messages if one.method == "NOTIFY" and one.body.startswith(line)]
            return [one.header("Subscription-State") for one in sent]

        async with patience.within(10):
            while not found():
                await self.call.changed()
        return found()[-1]

    async def hears(self, other: Call, hertz: float) -> None:
        """Wait until this phone and the leg hear each other."""
        before = len(self.leg.heard)
        other.media.say(tone.sine(hertz, 1500, fade_ms=5))
        self.leg.leg.execute(Play(f"item_{hertz}", tone.sine(660, 600, rate=RATE, fade_ms=5).tobytes()))
        self.leg.leg.execute(FinishItem(f"item_{hertz}"))
        await other.hears(lambda: tone.share(other.media.heard()[-1600:], 660) > 0.8, "the agent")
        await other.hears(lambda: self._share(before, hertz) > 0.5, "the agent to hear them")

    def _share(self, since: int, hertz: float) -> float:
        heard = np.frombuffer(self.leg.heard[since:], "<i2")[-RATE // 5 :]
        return tone.share(heard, hertz, rate=RATE) if len(heard) else 0.0


@pytest.fixture
async def referral(pump: Pump) -> AsyncIterator[Referral]:
    """A trunk that may refer to numbers with a 2."""
    keys = TrunkKeys.model_validate(
        {"peers": ["127.0.0.1"], "dial": ["2"], "refers": "follow", "keepalive": "off"}
    )
    async with (
        exchange(trunks={"exchange": keys}) as sip,
        Phone(sip.address, pump) as phone,
        Phone(sip.address, pump, user="desk") as desk,
    ):
        call, leg = await sip.answered(phone)
        yield Referral(call, leg, desk)
