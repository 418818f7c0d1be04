"""One call's place taken by another: from the far side's REFER to the answer of whom it names (RFC 3515).

Who called an agent is, say, a person at an exchange who puts the agent through to somebody else. We call
them, and when they answer the leg is theirs, with its port and whoever listens to it: agent, records and all
go on without a seam. Until then it stays with who has asked; who hangs up right after the REFER, as many
exchanges do (RFC 5589 section 6.1), leaves the line to whom we are calling.

Lives on the SIP thread. It holds no dialog, for it would keep one alive: it finds them by their ids.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

import structlog

from gateway.call import (
    Answered,
    AnswerRefer,
    CallInfo,
    Destination,
    Ending,
    LegEnded,
    LegFact,
    Reason,
    ReferAsked,
    ReferFollowed,
    Result,
    Resumed,
    Ringing,
)
from gateway.media.media_port import MediaPort
from gateway.sip.refer_to import ReferTo, read_refer_to

log = structlog.get_logger(__name__)

DECLINED = 603
NOT_NEEDED = Ending(Result.CANCELLED, Reason.CALLER_CANCELLED, 487)


Tell = Callable[[LegFact], None]


class HandedOver(Protocol):
    """A dialog, as far as its leg is handed over: `gateway.sip.dialog.Dialog`."""

    def getId(self) -> int:  # noqa: N802 - PJSIP's name
        """Return PJSIP's number of it."""

    def detach_leg(self, spare: MediaPort) -> None:
        """Tell the leg nothing more, and have this port instead of the leg's; the far side hangs up soon."""

    def attach_leg(self, port: MediaPort, limit: float | None) -> MediaPort:
        """Have the leg's port from now on; return the one that it had.

        `limit`: how long nothing may come of them, in seconds.
        """

    def end(self, ending: Ending) -> None:
        """Hang up."""


class Calls(Protocol):
    """What a user agent does for it."""

    def find(self, dialog_id: str) -> HandedOver | None:
        """Return the dialog of this id; None if it is over."""

    def follow(self, leg_id: str, trunk: str, to: ReferTo, happened: Tell, to_leg: Tell) -> str:
        """Call somebody in place of a leg's far side; return the id of that dialog, "" if it cannot be.

        Its facts go to `happened`; `to_leg` is where those of the leg go.
        """

    def leads(self, leg_id: str, dialog_id: str) -> None:
        """Have what is ordered of a leg done by this dialog from now on."""

    def tell_referrer(self, pj_call_id: int, status: int) -> None:
        """Tell who has asked how far it is."""


class Takeover:
    """One dialog's: `info` is its own, `leg_id` the leg that it leads.

    `allows`: whether its trunk lets it name somebody; `to_leg`: where facts of the leg go.
    """

    def __init__(
        self, leg_id: str, info: CallInfo, allows: Callable[[Destination], bool], calls: Calls, to_leg: Tell
    ) -> None:
        self._leg_id = leg_id
        self._own_id = info.id
        self._trunk = info.trunk
        self._allows = allows
        self._calls = calls
        self._tell = to_leg
        self._asked: ReferTo | None = None  # whom nothing was decided about
        self._to: Destination | None = None
        self._second = ""  # the dialog with them, as long as they ring
        self._taken = False
        self._port: MediaPort | None = None
        self._limit: float | None = None
        self._left: LegEnded | None = None  # who has asked, while they ring

    # --- of the dialog in which we were asked --------------------------------------------------------

    def asked(self, refer_to: str) -> ReferAsked | None:
        """Return what is to be told of a REFER; None for one that is to be refused."""
        if self._asked is not None or self._second or self._taken:
            return None
        try:
            asked = read_refer_to(refer_to)
        except ValueError as error:
            log.info("call.refer_refused", call=self._leg_id, why=str(error))
            return None
        if not self._allows(asked.to):
            why = "its trunk does not let it name them"
            log.info("call.refer_refused", call=self._leg_id, to=asked.to.uri, why=why)
            return None
        self._asked = asked
        return ReferAsked(asked.to)

    def answer(self, pj_call_id: int, order: AnswerRefer, port: MediaPort, limit: float | None) -> None:
        """Call them, or do not; `port` is the leg's, `limit` of the silence that it bears, in seconds."""
        asked, self._asked = self._asked, None
        if asked is None:
            return
        if not order.follow:
            self._calls.tell_referrer(pj_call_id, DECLINED)
            return
        self._to, self._port, self._limit = asked.to, port, limit
        self._second = self._calls.follow(self._leg_id, self._trunk, asked, self.happened, self._tell)
        if self._second:
            log.info("call.refer_followed", call=self._leg_id, leg=self._second, to=asked.to.uri)
        else:
            self._failed(500)

    def outlived(self, left: LegEnded) -> bool:
        """Return whether the leg goes on without this dialog, which is over."""
        if not self._second or self._taken:
            return False
        self._left = left
        self._calls.leads(self._leg_id, self._second)
        return True

    def stop(self) -> None:
        """The leg is hung up."""
        if self._taken:
            return
        second, self._second = self._second, ""
        if second and (dialog := self._calls.find(second)) is not None:
            dialog.end(NOT_NEEDED)

    # --- of the other one ----------------------------------------------------------------------------

    def happened(self, fact: LegFact) -> None:
        """Follow the call with whom was named."""
        if self._taken:
            self._tell(fact)
            return
        match fact:
            case Ringing(status):
                self._tell_referrer(status)
            case Answered() if self._second:
                self._take_over()
            case LegEnded(ending) if self._second:
                self._second = ""
                self._failed(ending.status)
            case _:
                pass

    def _take_over(self) -> None:
        second = self._calls.find(self._second)
        assert second is not None, "it tells of its answer"
        assert self._port is not None
        assert self._to is not None
        self._taken = True
        spare = second.attach_leg(self._port, self._limit)
        self._calls.leads(self._leg_id, self._second)
        self._tell_referrer(200)
        first = self._calls.find(self._own_id)
        if first is None:
            spare.close()
        else:
            first.detach_leg(spare)
        self._tell(Resumed())  # whoever puts somebody through holds them first
        self._tell(ReferFollowed(self._to, 200))

    def _failed(self, status: int) -> None:
        assert self._to is not None
        status = status if status >= 300 else DECLINED
        self._tell_referrer(status)
        self._tell(ReferFollowed(self._to, status))
        if self._left is not None:
            assert self._port is not None
            self._port.close()
            self._tell(self._left)

    def _tell_referrer(self, status: int) -> None:
        first = self._calls.find(self._own_id)
        if first is not None:
            self._calls.tell_referrer(first.getId(), status)
