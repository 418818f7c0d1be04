"""All dialogs of a user agent: made, found by the leg that they lead, and let go. All on the SIP thread.

Nobody else keeps one: see the dangers named in `dialog`. A leg is led by the dialog of its own id, until
another one has taken that one's place (`takeover`).
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from types import ModuleType

import pjsua2 as pj
import structlog

from gateway.call import RINGS_S, CallInfo, Ending, LegEnded, LegFact, Party, Reason, Result
from gateway.errors import BadInput, SipError
from gateway.media.media_port import MediaPort
from gateway.sip.dialog import Dialog
from gateway.sip.name_addr import name_addr
from gateway.sip.outgoing_dialog import OutgoingDialog
from gateway.sip.refer_to import ReferTo
from gateway.sip.resolver import Resolver
from gateway.sip.stack import SipSettings
from gateway.sip.takeover import Takeover
from gateway.sip.trunk_group import TrunkGroup
from gateway.sip.unheard import Unheard

log = structlog.get_logger(__name__)

NOT_PLACED = Ending(Result.FAILED, Reason.SIGNALLING_FAILED, 500)
"""The INVITE could not be sent."""

LaterDialog = Callable[[str, float, Callable[[Dialog], None]], None]
"""Does something to the dialog of this id after so many seconds, on the SIP thread, if it is there then."""
Tell = Callable[[LegFact], None]


class Dialogs:
    """`port` makes ports; `later` as `LaterDialog`."""

    def __init__(
        self, trunks: TrunkGroup, resolver: Resolver, port: Callable[[], MediaPort], later: LaterDialog
    ) -> None:
        self._trunks = trunks
        self._resolver = resolver
        self._port = port
        self._later = later
        self._settings = SipSettings()
        self._guard: ModuleType | None = None
        self._codecs: Sequence[str] = ()
        self._all: dict[str, Dialog] = {}
        self._leads: dict[str, str] = {}  # the dialog that leads a leg, where it is not that of its id
        self.last_ended = float("-inf")
        """When the last of them has ended (`time.monotonic`)."""

    def open(self, settings: SipSettings, codecs: Sequence[str], guard: ModuleType | None) -> None:
        """From now on there may be some; they speak these codecs where nothing else is said."""
        self._settings, self._codecs, self._guard = settings, codecs, guard

    def __bool__(self) -> bool:
        return bool(self._all)

    def end_all(self, ending: Ending) -> None:
        """Hang up on everybody."""
        for dialog in tuple(self._all.values()):
            dialog.end(ending)

    def watch(self, now: float) -> None:
        """See `Dialog.watch`."""
        for dialog in tuple(self._all.values()):
            dialog.watch(now)

    def clear(self) -> None:
        """Let go of all."""
        self._all.clear()

    def of_leg(self, leg_id: str) -> Dialog | None:
        """Return the one that leads a leg, to be let go at once."""
        return self._all.get(self._leads.get(leg_id, leg_id))

    def add(
        self,
        info: CallInfo,
        port: MediaPort,
        tell: Tell,
        pj_call_id: int = pj.PJSUA_INVALID_ID,
        leg_id: str = "",
        to_leg: Tell | None = None,
    ) -> Dialog:
        """Make one, whose facts go to `tell`.

        `leg_id`: that it is to lead, if that is another's yet; `to_leg`: hears facts for it then.
        """
        leg_id = leg_id or info.id
        account, kind = self._trunks.began(info.trunk), OutgoingDialog if info.outbound else Dialog
        self._all[info.id] = dialog = kind(
            account,
            port,
            tell,
            partial(self._forget, info, leg_id),
            Unheard(leg_id, learns=self._settings.learn_source),
            self._codecs,
            leg_id,
            pj_call_id,
            partial(self._later, info.id),
            info.vouched_for,
            self._takeover(info, leg_id, to_leg or tell),
        )
        return dialog

    def place(
        self,
        info: CallInfo,
        port: MediaPort,
        tell: Tell,
        uri: str,
        caller: Party | None,
        headers: Mapping[str, str] | None = None,
        sip_call_id: str = "",
        codecs: Sequence[str] = (),
        **leg: str | Tell,
    ) -> str:
        """Call somebody; return the Call-ID, "" where that could not be, which was told then."""
        shown = name_addr(caller, self._settings.in_uri) if caller else ""
        dialog = self.add(info, port, tell, **leg)  # type: ignore[arg-type] # as `add` has them
        assert isinstance(dialog, OutgoingDialog)
        try:
            own, follows = self._trunks.prepared(info, uri), self._trunks.follows(info.trunk)
            return dialog.dial(uri, shown, {**own, **(headers or {})}, follows, sip_call_id, codecs)
        except (pj.Error, BadInput, SipError) as error:
            log.warning("call.not_placed", uri=uri, error=getattr(error, "reason", str(error)))
        if info.id in self._all:  # else a connection broke under the INVITE: its end was told
            self._forget(info, info.id)
            tell(LegEnded(NOT_PLACED))
        return ""

    def _forget(self, info: CallInfo, leg_id: str) -> None:
        """Drop the only reference to a dialog."""
        self._resolver.ended(info)
        self._trunks.ended(info.trunk)
        del self._all[info.id]
        if self._leads.get(leg_id) == info.id:
            del self._leads[leg_id]
        self.last_ended = time.monotonic()

    # --- one that takes another's place ---------------------------------------------------------------

    def _takeover(self, info: CallInfo, leg_id: str, to_leg: Tell) -> Takeover | None:
        if not self._trunks.takes_refers(info.trunk):
            return None
        allows = partial(self._trunks.lets_refer, info.trunk)
        return Takeover(leg_id, info, allows, self, to_leg)

    def find(self, dialog_id: str) -> Dialog | None:
        """See `takeover.Calls`."""
        return self._all.get(dialog_id)

    def leads(self, leg_id: str, dialog_id: str) -> None:
        """See `takeover.Calls`."""
        self._leads[leg_id] = dialog_id

    def follow(self, leg_id: str, trunk: str, to: ReferTo, happened: Tell, to_leg: Tell) -> str:
        """See `takeover.Calls`."""
        if self._trunks.refusal(trunk) is not None:
            return ""
        info = self._trunks.outbound("", to.to.uri, trunk)
        caller = self._trunks.shown(trunk)
        if not self.place(
            info, self._port(), happened, to.to.uri, caller, to.headers, leg_id=leg_id, to_leg=to_leg
        ):
            return ""
        self._later(info.id, RINGS_S, Dialog.give_up)
        return info.id

    def tell_referrer(self, pj_call_id: int, status: int) -> None:
        """See `takeover.Calls`."""
        if self._guard is not None:
            self._guard.tell_referrer(pj_call_id, status)
