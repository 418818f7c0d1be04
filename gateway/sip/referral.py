"""What we ask the far side with REFER, and what it tells of it (RFC 3515).

Seen of PJSIP and of peers: the last NOTIFY may not say that it is the last; after a 2xx PJSIP itself ends the
subscription, and reports whatever becomes of that; a far side that wants no subscription (`Refer-Sub: false`)
is reported as 200 at once. So the first status of 200 or more is the result, and the rest is passed over.

Lives on the SIP thread; holds no dialog.
"""

from __future__ import annotations

from typing import Any

import pjsua2 as pj
import structlog

from gateway.call import Refer, ReferProgress

log = structlog.get_logger(__name__)

NOT_SENT = ReferProgress(500)


class Referral:
    """One call's; the last REFER counts."""

    def __init__(self) -> None:
        self._open = False
        self.accepted = False
        """The far side has agreed and not said since that it failed: whether it hangs up then or waits for us
        to is its own affair.
        """

    def ask(self, dialog: pj.Call, order: Refer, replaced: Any) -> ReferProgress | None:
        """Send a REFER; returns what there is to tell if that cannot be."""
        self._open, self.accepted = True, False
        try:
            if not order.replaces:
                dialog.xfer(f"<{order.to.uri}>", pj.CallOpParam())
            elif replaced is None:
                self._open = False
                return NOT_SENT
            else:
                dialog.xferReplaces(replaced, pj.CallOpParam())
        except pj.Error as error:
            log.debug("sip.not_done", operation="refer", error=error.info())
            self._open = False
            return NOT_SENT
        return None

    def progress(self, status: int) -> ReferProgress | None:
        """Return what to tell of a status that came; None once the result is known."""
        if not self._open:
            return None
        self._open = status < pj.PJSIP_SC_OK
        self.accepted = status < pj.PJSIP_SC_MULTIPLE_CHOICES
        return ReferProgress(status)
