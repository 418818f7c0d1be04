"""The audio that a server says it hears and speaks, and what turns ours into it and back."""

from __future__ import annotations

import re
from dataclasses import dataclass

from gateway.realtime import g711
from gateway.realtime.events.session import PCM_RATE, AudioFormat
from gateway.realtime.sample_rates import RATES, RateListener, RateSpeaker

Speaker = g711.Speaker | RateSpeaker
Listener = g711.Listener | RateListener

_LAWS = {"pcmu": "pcmu", "pcma": "pcma", "g711_ulaw": "pcmu", "g711_alaw": "pcma"}
_PCM = re.compile(r"pcm(?:16|24)?(?:[_-](?P<rate>\d{4,5})(?:hz)?)?")
_NAMED_RATES = {"pcm24": 24_000}
"""Names of `audio/pcm` that say a rate in another way."""


class UnknownFormat(ValueError):
    """A format that nothing here can speak or hear; the text says which there are."""


@dataclass(frozen=True, slots=True)
class WireFormat:
    """One way's audio: `law` is `pcm`, `pcmu` or `pcma`, `rate` in Hz."""

    law: str = "pcm"
    rate: int = PCM_RATE

    def __str__(self) -> str:
        return f"audio/{self.law} at {self.rate} Hz"

    @property
    def is_ours(self) -> bool:
        """True for what facts and orders are: nothing has to be converted."""
        return self == WireFormat()

    def asked(self) -> AudioFormat:
        """Return it as `session.update` has it. G.711 is 8 kHz by nature; there a rate is refused."""
        if self.law == "pcm":
            return AudioFormat(type="audio/pcm", rate=self.rate)
        return AudioFormat(type=f"audio/{self.law}")

    def speaker(self) -> Speaker | None:
        """Return what turns caller audio into it; None if nothing has to."""
        if self.law in g711.LAWS:
            return g711.Speaker(self.law)
        return None if self.is_ours else RateSpeaker(self.rate)

    def listener(self) -> Listener | None:
        """Return what turns it into PCM at 24 kHz; None if nothing has to."""
        if self.law in g711.LAWS:
            return g711.Listener(self.law)
        return None if self.is_ours else RateListener(self.rate)


def said(form: AudioFormat | None, otherwise: WireFormat) -> WireFormat:
    """Read what a server says; `otherwise` is what it leaves open. Raises UnknownFormat."""
    if form is None:
        return otherwise
    name = form.type.lower().removeprefix("audio/")
    if name in _LAWS:
        if form.rate not in (None, 8_000):
            raise UnknownFormat(f"{form.type} at {form.rate} Hz; G.711 is 8000 Hz")
        return WireFormat(_LAWS[name], 8_000)
    if not (found := _PCM.fullmatch(name)):
        raise UnknownFormat(f"{form.type}; known are audio/pcm, audio/pcmu and audio/pcma")
    usual = otherwise.rate if otherwise.law == "pcm" else PCM_RATE
    rate = form.rate or int(found["rate"] or 0) or _NAMED_RATES.get(name, usual)
    if rate not in RATES:
        raise UnknownFormat(f"{form.type} at {rate} Hz; known are {', '.join(map(str, RATES))} Hz")
    return WireFormat("pcm", rate)
