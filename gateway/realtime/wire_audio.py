"""The two ways of a session's audio: agreed on with the server, and converted where they are not ours."""

from __future__ import annotations

from gateway.call import ResponseEnded, SessionFault
from gateway.realtime import g711
from gateway.realtime.events.session import AudioFormat, Session
from gateway.realtime.events.wire import AudioDelta
from gateway.realtime.wire_format import Listener, Speaker, WireFormat, said

Formats = tuple[WireFormat, WireFormat]
"""What a session hears, and what it speaks."""


class WireAudio:
    """PCM16LE 24 kHz on our side, at first on the server's as well."""

    def __init__(self) -> None:
        self._agreed: Formats = WireFormat(), WireFormat()
        self.hears: str | None = "pcm"
        """What the server hears: `pcm` at 24 kHz, `pcmu` or `pcma`; None for PCM at another rate."""
        self._speaker: Speaker | None = None
        self._listener: Listener | None = None

    @property
    def converts(self) -> bool:
        """True if what the server speaks is not PCM at 24 kHz."""
        return self._listener is not None

    def agree(
        self, asked: Formats, created: Session | None, updated: Session | None, *, refused: bool
    ) -> SessionFault | None:
        """Speak and listen as the server says it does; a fault if that is not as we asked.

        What `session.updated` does not say is as we asked; or, where that was refused or may not have been
        heeded, as `session.created` had it. Raises UnknownFormat.
        """
        found = []
        for ours, now, before in zip(asked, _formats(updated), _formats(created), strict=True):
            heeded = ours.law != "pcm" and not refused
            found.append(said(now if now is not None or heeded else before, ours))
        hears, speaks = found
        self._take(hears, speaks)
        if (hears, speaks) == asked:
            return None
        told = f"asked for {asked[0]} and {asked[1]}; the server hears {hears}, speaks {speaks}: converted"
        return SessionFault("format_refused", told)

    def follow(self, updated: Session) -> SessionFault | None:
        """Speak and listen as the server says in the middle of a session. Raises UnknownFormat."""
        ways = zip(_formats(updated), self._agreed, strict=True)
        hears, speaks = (said(now, before) for now, before in ways)
        if (hears, speaks) == self._agreed:
            return None
        self._take(hears, speaks)
        return SessionFault(
            "format_changed", f"from now on the server hears {hears}, speaks {speaks}: converted"
        )

    def _take(self, hears: WireFormat, speaks: WireFormat) -> None:
        self._agreed = hears, speaks
        self.hears = hears.law if hears.law != "pcm" or hears.is_ours else None
        self._speaker, self._listener = hears.speaker(), speaks.listener()

    def encode(self, pcm: bytes) -> bytes:
        """Return a piece of caller audio as the server hears it; pieces must be given in order."""
        return pcm if self._speaker is None else self._speaker.encode(pcm)

    def decode(self, delta: AudioDelta) -> tuple[AudioDelta, SessionFault | None]:
        """Return what a delta is in PCM; a fault where it was said to be G.711 and is none after all."""
        listener = self._listener
        if listener is None:
            return delta, None
        if isinstance(listener, g711.Listener) and not listener.believed:
            if g711.is_pcm(delta.audio):
                return delta, self._disbelieve()
            listener.believed = len(delta.audio) >= g711.ENOUGH
        return delta._replace(audio=listener.decode(delta.item_id, delta.audio)), None

    def weigh(self, ended: ResponseEnded) -> SessionFault | None:
        """Check the byte rate of what was taken for G.711."""
        if not isinstance(self._listener, g711.Listener):
            return None
        heard, self._listener.heard = self._listener.heard, 0
        tokens = ended.usage.output_audio if ended.usage is not None else 0
        return self._disbelieve() if g711.too_many(heard, tokens) else None

    def _disbelieve(self) -> SessionFault:
        self._listener = None
        return SessionFault("format_mismatch", "the server says G.711 and sends PCM; taken as PCM")


def _formats(session: Session | None) -> tuple[AudioFormat | None, AudioFormat | None]:
    """Return what a session says that it hears and speaks; None where it does not say."""
    audio = session.audio if session is not None else None
    hearing, speaking = (audio.input, audio.output) if audio is not None else (None, None)
    return (
        hearing.format if hearing is not None else None,
        speaking.format if speaking is not None else None,
    )
