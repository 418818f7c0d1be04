"""A call of PJSIP's as far as a leg is attached to it: its port, its state, and who hears its facts.

What is attached may be handed over to another call while it goes on: see `takeover`.
"""

from __future__ import annotations

import time
from collections.abc import Callable

import pjsua2 as pj

from gateway.call import (
    TRANSFERRED,
    AnswerRefer,
    Ending,
    LegEnded,
    LegFact,
    LegState,
    state_after,
)
from gateway.media.media_port import MediaPort
from gateway.sip.audio_line import AudioLine
from gateway.sip.contained import contained
from gateway.sip.outgoing import NO_ANSWER
from gateway.sip.playout_gate import PlayoutGate
from gateway.sip.takeover import Takeover
from gateway.sip.watchdog import MediaWatchdog

GOES_WITHIN_S = 2.0
"""Who has asked us to go on with somebody else has so long to hang up when that is done."""


class AttachedCall(pj.Call):  # type: ignore[misc] # SWIG classes have no types
    """Every method runs on the SIP thread. `on_fact` carries facts to the leg's thread."""

    def __init__(
        self,
        account: pj.Account,
        pj_call_id: int,
        port: MediaPort,
        on_fact: Callable[[LegFact], None],
        takeover: Takeover | None,
    ) -> None:
        super().__init__(account, pj_call_id)
        self._port = port
        self._on_fact = on_fact
        self._takeover = takeover
        self._gate = PlayoutGate(port, calls=pj_call_id == pj.PJSUA_INVALID_ID)
        self._watchdog = MediaWatchdog()
        self._audio: AudioLine | None = None
        self._state = LegState.RINGING  # as the leg is told: answered from the ACK on
        self._detached_at: float | None = None

    def _tell(self, fact: LegFact) -> None:
        self._state = state_after(self._state, fact)
        self._on_fact(fact)

    @property
    def _confirmed(self) -> bool:
        return self._state in (LegState.ANSWERED, LegState.HELD)

    @property
    def _gone(self) -> bool:
        return self._state is LegState.ENDED

    def _over(self, ended: LegEnded) -> None:
        """Tell of the end, unless the leg goes on with somebody else."""
        if self._takeover is not None and self._takeover.outlived(ended):
            self._state = LegState.ENDED
            self._port.disconnect()
        else:
            self._port.close()
            self._tell(ended)

    # --- a leg that goes on with somebody else --------------------------------------------------------

    @contained
    def onCallTransferRequest(self, prm: pj.OnCallTransferRequestParam) -> None:  # noqa: N802
        """Refuse a REFER, but for one that its trunk may send: obeying it would place calls at our cost."""
        prm.statusCode = pj.PJSIP_SC_DECLINE
        asked = self._takeover.asked(prm.dstUri) if self._takeover and self._confirmed else None
        if asked is not None:
            prm.statusCode = pj.PJSIP_SC_ACCEPTED
            self._tell(asked)

    def answer_refer(self, order: AnswerRefer) -> None:
        """Do what was decided about a REFER."""
        if self._takeover is not None:
            self._takeover.answer(self.getId(), order, self._port, self._watchdog.limit)

    def detach_leg(self, spare: MediaPort) -> None:
        """See `takeover.HandedOver`."""
        self._port, self._on_fact = spare, _nobody
        self._detached_at = time.monotonic()

    def attach_leg(self, port: MediaPort, limit: float | None) -> MediaPort:
        """See `takeover.HandedOver`."""
        spare, self._port = self._port, port
        spare.disconnect()
        self._watchdog.limit = limit
        self._gate = PlayoutGate(port, calls=False)
        if (audio := self._audio) is not None:
            port.connect(audio.slot, audio.held, False)
        return spare

    def give_up(self) -> None:
        """End a call of ours that nobody has answered."""
        if not self._confirmed:
            self.end(NO_ANSWER)

    def _dismissed(self, now: float) -> bool:
        """Return whether the leg is somebody else's; who does not hang up then is hung up on."""
        if self._detached_at is None:
            return False
        if now - self._detached_at > GOES_WITHIN_S:
            self.end(TRANSFERRED)
        return True

    def end(self, ending: Ending) -> None:
        """End the call."""
        raise NotImplementedError


def _nobody(_fact: LegFact) -> None:
    pass
