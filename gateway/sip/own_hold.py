"""Our own hold of a call, as its re-INVITEs go (RFC 3264 section 8.4): what was ordered last is what is told.

Where the far side makes an offer in the same moment, both are refused with 491, and tried again after a while
that is a different one for each (RFC 3261 section 14.1). Lives on the SIP thread; holds no dialog, or it
would keep it alive.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any

import pjsua2 as pj
import structlog

from gateway.call import Hold, Resume

log = structlog.get_logger(__name__)

GLARE = 491
AGAIN_S = ((0.0, 2.0), (2.1, 4.0))
"""Seconds until the next try, from and to: for whom was called, and for who called (the owner of the
Call-ID).
"""
MOST_TRIES = 5
"""Of one order; whoever refuses five has another opinion."""

Later = Callable[[float, Callable[[Any], None]], None]
"""Does something to this dialog after so many seconds, on the SIP thread, if it is still there then."""


def audio_alone() -> pj.CallOpParam:
    """Make the parameters of whatever may carry an offer of ours: PJSIP would offer text beside the audio.

    Set once they hold for the call's life, for what PJSIP offers by itself as well.
    """
    prm = pj.CallOpParam(True)
    prm.opt.audioCount, prm.opt.videoCount, prm.opt.textCount = 1, 0, 0
    return prm


class OwnHold:
    """One call's. `is_caller`: it is a call that we made."""

    def __init__(self, later: Later, *, is_caller: bool) -> None:
        self._later = later
        self._is_caller = is_caller
        self._holds = False
        self._told = False
        self._tries = 0
        self._open = False  # an offer of ours waits for its answer

    def order(self, dialog: pj.Call, order: Hold | Resume) -> None:
        """Hold the call or take it back, if the far side is to know of it."""
        self._holds = isinstance(order, Hold) and order.tells
        self._tries = 0
        self._tell(dialog)

    def refused(self, transaction: pj.SipTransaction) -> None:
        """A re-INVITE of ours was refused: what holds is what held before."""
        if not (self._open and _is_refusal(transaction)):
            return
        self._open = False
        self._told = not self._told
        if transaction.statusCode == GLARE:
            self._try_again()
        else:
            log.info("call.hold_refused", status=transaction.statusCode)

    def settled(self) -> None:
        """An offer was answered."""
        self._open = False

    def _tell(self, dialog: pj.Call) -> None:
        if self._holds is self._told or self._tries >= MOST_TRIES:
            return
        self._tries += 1
        prm = audio_alone()
        try:
            if self._holds:
                dialog.setHold(prm)
            else:
                prm.opt.flag = pj.PJSUA_CALL_UNHOLD
                dialog.reinvite(prm)
        except pj.Error as error:  # another offer is under way, or the call ends
            log.debug("sip.not_done", operation="hold", error=error.info())
            self._try_again()
        else:
            self._told, self._open = self._holds, True

    def _try_again(self) -> None:
        least, most = AGAIN_S[self._is_caller]
        # RFC 3261 section 14.1 counts in units of 10 ms.
        wait = round(random.uniform(least, most), 2)  # noqa: S311 - to be apart, not to be secret
        self._later(wait, self._tell)


def _is_refusal(transaction: pj.SipTransaction) -> bool:
    return bool(
        transaction.role == pj.PJSIP_ROLE_UAC
        and transaction.method == "INVITE"
        and transaction.state == pj.PJSIP_TSX_STATE_COMPLETED
        and transaction.statusCode >= pj.PJSIP_SC_MULTIPLE_CHOICES
    )
