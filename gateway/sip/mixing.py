"""What the legs of a process hear besides their agents: each other, and music. asyncio's thread."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING
from weakref import WeakValueDictionary

from gateway.call import Join, Joined, LegState, MixOrder, Mute, PlayMusic, SendDigits, Separate, Separated
from gateway.errors import MediaError
from gateway.media.join import PortJoin, Sound, routes
from gateway.media.media_port import MediaPlane

if TYPE_CHECKING:
    from gateway.sip.leg import SipLeg

NOT_UP = "that leg is not up"
LEG_ENDED = "that leg has ended"


@dataclass(frozen=True, slots=True)
class _Pair:
    home: SipLeg
    """The one with the agent."""
    other: SipLeg
    join: PortJoin

    def across(self, leg: SipLeg) -> SipLeg:
        return self.other if leg is self.home else self.home


class Mixing:
    """All legs of one process."""

    def __init__(self, plane: MediaPlane) -> None:
        self._plane = plane
        self._legs: dict[str, SipLeg] = {}
        self._pairs: dict[SipLeg, _Pair] = {}
        self._sounds: WeakValueDictionary[bytes, Sound] = WeakValueDictionary()
        self._ringing: set[SipLeg] = set()
        self._music: dict[SipLeg, Sound] = {}  # what keeps it in memory for others who play the same

    def add(self, leg: SipLeg) -> None:
        """Know a leg from now on."""
        self._legs[leg.info.id] = leg

    def discard(self, leg: SipLeg) -> None:
        """Forget a leg that is over: whoever was joined with it is alone. Idempotent."""
        self._legs.pop(leg.info.id, None)
        self._music.pop(leg, None)
        self._ringing.discard(leg)
        self._part(leg, LEG_ENDED)

    def late_ticks(self) -> int:
        """Return how many ticks of the plane came late so far, for all legs together."""
        return self._plane.clock().late_ticks

    def execute(self, leg: SipLeg, order: MixOrder) -> None:
        """Do one order of a leg."""
        match order:
            case Join():
                self._join(leg, order)
            case Separate():
                self._separate(leg)
            case Mute(on):
                leg.port.mute(on)
            case PlayMusic(pcm, level, rings):
                self._play(leg, pcm, level)
                (self._ringing.add if rings else self._ringing.discard)(leg)

    def answered(self, leg: SipLeg) -> None:
        """End what was only to ring."""
        if leg in self._ringing:
            self.execute(leg, PlayMusic(b""))

    def pressed(self, leg: SipLeg, key: str) -> None:
        """Press a caller's key on the leg that his is joined with."""
        if (pair := self._pairs.get(leg)) is not None:
            pair.across(leg).execute(SendDigits(key))

    def _play(self, leg: SipLeg, pcm: bytes, level: float) -> None:
        self._music.pop(leg, None)
        if not pcm:
            leg.port.music(None)
            return
        if (sound := self._sounds.get(pcm)) is None:
            sound = self._sounds[pcm] = self._plane.sound(pcm)
        self._music[leg] = sound
        leg.port.music(sound, level)

    def _join(self, leg: SipLeg, order: Join) -> None:
        other, role = self._legs.get(order.leg), order.agent
        if other is None or other is leg or other.state is LegState.ENDED:
            leg.tell(Separated(order.leg, NOT_UP))
            return
        pair = self._pairs.get(leg)
        if pair is not None and pair.home is leg and pair.other is other:
            pair.join.route(routes(role))
            leg.tell(Joined(other.info.id, role))
            return
        for each in (leg, other):
            self._separate(each)
        try:
            join = self._plane.join((leg.port, other.port), routes(role))
        except MediaError as error:
            leg.tell(Separated(order.leg, str(error)))
            return
        self._pairs[leg] = self._pairs[other] = _Pair(leg, other, join)
        leg.tell(Joined(other.info.id, role))
        other.tell(Joined(leg.info.id))

    def _separate(self, leg: SipLeg) -> None:
        if (other := self._part(leg, "")) is not None:
            leg.tell(Separated(other.info.id))

    def _part(self, leg: SipLeg, why: str) -> SipLeg | None:
        pair = self._pairs.pop(leg, None)
        if pair is None:
            return None
        other = pair.across(leg)
        del self._pairs[other]
        pair.join.part()
        other.tell(Separated(leg.info.id, why))
        return other
