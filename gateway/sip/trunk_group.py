"""All lines of a user agent: the account of callers without a trunk, and one for each trunk.

Everything on the SIP thread, but `views`.
"""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import Future
from functools import partial
from ipaddress import ip_network
from types import ModuleType

import pjsua2 as pj
import structlog

from gateway.call import CallInfo, Destination, Direction, Ending, Party, Reason, Result
from gateway.errors import BadInput, UnknownHost
from gateway.sip import endpoint
from gateway.sip.account import Account
from gateway.sip.codecs import CODECS
from gateway.sip.headers import NOBODY, TrunkIdentity
from gateway.sip.name_addr import party
from gateway.sip.names import Found, Target, target_of
from gateway.sip.sources import wire_network
from gateway.sip.stack import SipSettings, TlsListener, account_config
from gateway.sip.strangers import StrangerLog
from gateway.sip.trunk import Trunk, TrunkView
from gateway.sip.trunk_keys import TrunkKeys, host_port

log = structlog.get_logger(__name__)

LOOK_AGAIN_S = 60.0
"""Between two look-ups of the trunks' hosts: carriers move."""

KINDS = {
    ("udp", False): pj.PJSIP_TRANSPORT_UDP,
    ("udp", True): pj.PJSIP_TRANSPORT_UDP6,
    ("tcp", False): pj.PJSIP_TRANSPORT_TCP,
    ("tcp", True): pj.PJSIP_TRANSPORT_TCP6,
}
"""What PJSIP calls a transport, over IPv4 and over IPv6."""

TOO_MANY = Ending(Result.REJECTED, Reason.OVERLOADED, 503)

Incoming = Callable[[int, str, str, str, str], None]
"""PJSIP's number of a call, its INVITE, where that came from, by which transport, and of which trunk."""


class TrunkGroup:
    """Opens the accounts, keeps them alive, and tells the gate whose calls come from where.

    `find` begins to look a host up; its future has what `HostNames.find` returns or raises. `submit` has the
    SIP thread do something.
    """

    def __init__(
        self,
        incoming: Incoming,
        find: Callable[[Target], Future[Found]],
        submit: Callable[[Callable[[], None]], None],
    ) -> None:
        self._settings = SipSettings()
        self._incoming = incoming
        self._find = find
        self._submit = submit
        self._guard: ModuleType | None = None
        self._listeners: dict[TlsListener, int] = {}
        self._account: Account | None = None
        self._trunks: dict[str, Trunk] = {}
        self._looked_up = float("-inf")
        self._strangers: StrangerLog | None = None
        self.registers_when_told = False
        """Set before `open` where another process may be the one that registers: see `let_register`."""
        self.views: tuple[TrunkView, ...] = ()
        """How the trunks stood a moment ago; from any thread."""

    def open(self, library: pj.Endpoint, settings: SipSettings, guard: ModuleType | None, port: int) -> None:
        """Make the accounts. After `libStart`. Raises pj.Error, and BadInput for a missing password."""
        self._settings = settings
        self._account = Account(lambda call, text, source, via: self._incoming(call, text, source, via, ""))
        dtls = guard is not None and bool(guard.HAS_DTLS)
        self._account.encrypts = settings.encryption != "off"
        self._account.create(account_config(self._settings, port, dtls=dtls), True)
        if (told := guard) is None:  # portable mode
            return
        self._guard = guard
        for tls in (settings.tls, *settings.further_tls):
            if tls is not None and tls.port:
                self._listeners[tls] = endpoint.listener_at(library, tls)
        for name, keys in self._settings.trunks.items():
            trunk = Trunk(name, keys, told, self._incoming)
            config = trunk.config(self._settings, port)
            config.sipConfig.transportId = self._transport(library, keys)
            trunk.create(config, False)
            self._trunks[name] = trunk
            if keys.local_address:
                here = host_port(keys.local_address)[0]
                told.take_audio_of(trunk.getId(), here, settings.public_of(here))
            told.speak_over(trunk.getId(), [CODECS[codec].rtpmap for codec in keys.codecs or ()])
            if keys.refers == "follow":
                told.take_refers(trunk.getId())
            if self.registers_when_told:
                trunk.let_register(time.monotonic(), on=False)
            else:
                trunk.begin(time.monotonic())
        home = [wire_network(ip_network(own)) for own in settings.home]
        told.open_gate(settings.guests, home, [wire_network(edge) for edge in settings.edges])
        self._strangers = StrangerLog(told.turned_back)
        if settings.guests == "allow":
            log.warning("sip.open_to_all", cure="anybody who finds this port can talk here at your cost")
        self._tell_gate()
        self.look(time.monotonic())

    def _transport(self, library: pj.Endpoint, keys: TrunkKeys) -> int:
        """Return PJSIP's number of what all that a trunk sends has to leave by; -1: whatever fits."""
        six = self._goes_six(keys)
        if keys.local_address and keys.transport != "tls":
            return endpoint.transport_at(library, KINDS[keys.transport, six], keys.local_address)
        if keys.transport == "udp" and keys.large_messages == "udp":
            return endpoint.number_of(library, KINDS["udp", six])
        if keys.transport != "tls":
            return int(pj.PJSUA_INVALID_ID)
        files = _tls_of(self._settings, keys, six=six)
        if files not in self._listeners:
            self._listeners[files] = endpoint.listen_tls(library, files, self._guard)
        return self._listeners[files]

    def _goes_six(self, keys: TrunkKeys) -> bool:
        if keys.local_address:
            return ":" in host_port(keys.local_address)[0]
        place = keys.proxy or keys.destination
        return not self._settings.own(six=False) or (bool(place) and ":" in host_port(place)[0])

    def renew_certificates(self) -> None:
        """Show and trust them as they are in their files now, which were looked at; from any thread."""
        self._submit(self._renew)

    def let_register(self, name: str, on: bool) -> None:
        """Have a trunk register, or leave that to another process; from any thread."""

        def switch() -> None:
            if (trunk := self._trunks.get(name)) is not None:
                trunk.let_register(time.monotonic(), on=on)

        self._submit(switch)

    def _renew(self) -> None:
        assert self._guard is not None
        for files, number in self._listeners.items():
            self._guard.renew_tls(number, *endpoint.tls_files(files), files.verifies, files.asks)

    def identity(self, name: str) -> TrunkIdentity | None:
        """Return how a trunk says who calls; None for calls without one."""
        if (keys := self._settings.trunks.get(name)) is None:
            return None
        account = keys.register_.user if keys.register_ else ""
        passed = keys.pass_headers
        passes = None if passed is None else frozenset(header.lower() for header in passed)
        return TrunkIdentity(name, keys.trusted, account, keys.region, passes)

    def outbound(self, call_id: str, uri: str, name: str, caller: Party | None = None) -> CallInfo:
        """Return what is known of a call that we make, over a trunk or none (""). From any thread.

        `call_id`: "" for one of our own.
        """
        keys = self._settings.trunks.get(name)
        account = keys.register_.user if keys and keys.register_ else ""
        caller = caller or Party((keys.caller_id if keys else "") or account or "gateway")
        call_id = call_id or secrets.token_hex(4)
        return CallInfo(call_id, "", caller, party(uri) or NOBODY, direction=Direction.OUTBOUND, trunk=name)

    def shown(self, name: str) -> Party | None:
        """Return whom calls over a trunk come from, where that is not its account; None where it is."""
        keys = self._settings.trunks.get(name)
        return Party(keys.caller_id) if keys and keys.caller_id else None

    def prepared(self, info: CallInfo, uri: str) -> Mapping[str, str]:
        """Prepare a call of ours to that place; return what is sent with it.

        Raises BadInput for one that its trunk may not make, SipError for a place that is none.
        """
        self._lead(info.trunk, uri)
        if not info.trunk:
            return {}
        if (trunk := self._trunks.get(info.trunk)) is None:
            raise BadInput("gateway.yaml", "trunks", info.trunk, "there is no such trunk")
        trunk.check(info.called.user)
        return trunk.keys.headers

    def _lead(self, name: str, uri: str) -> None:
        """Have the next call of ours, over a trunk or none (""), have its audio where its signalling goes.

        To a host that is known by its name alone it is IPv4, if we have that. Raises SipError for a URI
        that is none.
        """
        if self._guard is None or self._account is None:
            return
        trunk = self._trunks.get(name)
        host = host_port(trunk.keys.proxy)[0] if trunk and trunk.keys.proxy else target_of(uri).host
        known = trunk.addresses.get(host) if trunk else None
        six = all(":" in one for one in known) if known else ":" in host
        six = self._goes_six(trunk.keys) if trunk and trunk.keys.local_address else six
        self._guard.lead_audio((trunk or self._account).getId(), six or not self._settings.own(six=False))

    def follows(self, name: str) -> Callable[[str], bool]:
        """Return what tells whether a call of ours may go on to the address of a redirection."""
        trunk = self._trunks.get(name)
        return (lambda _uri: False) if trunk is None else partial(trunk.follows, region=self._settings.region)

    def takes_refers(self, name: str) -> bool:
        """Return whether the far side of a trunk may send REFER."""
        keys = self._settings.trunks.get(name)
        return keys is not None and keys.refers == "follow"

    def lets_refer(self, name: str, to: Destination) -> bool:
        """Return whether it may have a call go on with them."""
        trunk = self._trunks.get(name)
        return trunk is not None and trunk.lets_refer(to, self._settings.region)

    def refusal(self, name: str) -> Ending | None:
        """Return why a trunk may not have one more call now, of theirs or ours; None if it may."""
        trunk = self._trunks.get(name)
        return None if trunk is None or trunk.admits(time.monotonic()) else TOO_MANY

    def began(self, name: str) -> Account | None:
        """Count a call; return the account that it is of."""
        if trunk := self._trunks.get(name):
            trunk.calls += 1
            return trunk
        return self._account

    def ended(self, name: str) -> None:
        """Count it no longer."""
        if trunk := self._trunks.get(name):
            trunk.calls -= 1

    def look(self, now: float) -> None:
        """Do what is due; `now` is `time.monotonic()`."""
        if self._guard is None:
            return
        self._guard.look_around()
        if self._strangers is not None:
            self._strangers.look(now)
        if self._trunks and now - self._looked_up >= LOOK_AGAIN_S:
            self._looked_up = now
            self._look_up()
        for peer, fault in self._guard.lost_connections():
            for trunk in self._trunks.values():
                trunk.lost_connection(peer, fault)
        for trunk in self._trunks.values():
            trunk.look(now)
        self.views = tuple(trunk.view() for trunk in self._trunks.values())

    def unregister(self) -> float:
        """Tell the registrars that we are gone; return when (`time.monotonic`), for their answers."""
        told = [trunk.unregister() for trunk in self._trunks.values()]
        return time.monotonic() if any(told) else float("-inf")

    def close(self) -> None:
        """Let the accounts go. Before `libDestroy`."""
        self._trunks.clear()
        self._account = None
        self._guard = None

    # --- where their calls come from -----------------------------------------------------------------

    def _look_up(self) -> None:
        for name, trunk in self._trunks.items():
            for host in trunk.keys.hosts:
                target = Target(host, 0, trunk.keys.transport)
                if "/" not in host and not target.numeric:
                    self._find(target).add_done_callback(partial(self._found, name, host))

    def _found(self, name: str, host: str, found: Future[Found]) -> None:
        """Go back to the SIP thread with an answer; on the look-ups' thread."""
        self._submit(partial(self._take, name, host, found))

    def _take(self, name: str, host: str, found: Future[Found]) -> None:
        trunk = self._trunks.get(name)
        if trunk is None or found.cancelled():
            return
        error = found.exception()
        if isinstance(error, UnknownHost):
            log.warning("trunk.host_unknown", trunk=name, host=host, why=error.why)
        elif error is None:
            trunk.leads_to(host, {address for address, _ in found.result()})
            self._tell_gate()

    def _tell_gate(self) -> None:
        assert self._guard is not None
        self._guard.know_trunks([_told(trunk) for trunk in self._trunks.values()])


def _tls_of(settings: SipSettings, keys: TrunkKeys, *, six: bool) -> TlsListener:
    """Return who we are and whom we trust on a trunk: as its own keys say, else as for all."""
    own = keys.tls
    here = host_port(keys.local_address)[0] if keys.local_address else settings.own(six=six)
    alike = [tls for tls in (settings.tls, *settings.further_tls) if tls and (":" in tls.host) is six]
    fits = [tls for tls in alike if not keys.local_address or tls.host == here]
    us = next(iter([*fits, *alike]), settings.tls)
    if us is not None and not own.model_fields_set and us in fits:
        return us
    certificate, key = (own.certificate, own.key) if own.certificate else (None, None)
    if us is not None and certificate is None:
        certificate, key = us.certificate, us.key
    authorities = own.ca or (us.ca if us is not None else None)
    return TlsListener(here, 0, certificate, key, authorities, verifies=own.verify)


def _told(trunk: Trunk) -> tuple[int, list[tuple[bytes, int]], str, str, str]:
    """Return what the gate has to know of a trunk: see `_guard.know_trunks`."""
    keys = trunk.keys
    user = keys.register_.user if keys.register_ else ""
    asked = (keys.auth.user, keys.auth.password.reveal()) if keys.auth else ("", "")
    return trunk.getId(), list(_networks(keys, trunk.addresses)), user, *asked


def _networks(keys: TrunkKeys, addresses: Mapping[str, Iterable[str]]) -> Iterable[tuple[bytes, int]]:
    for host in keys.hosts:
        if "/" in host or Target(host).numeric:
            yield wire_network(ip_network(host, strict=False))
        for address in addresses.get(host, ()):
            yield wire_network(ip_network(address))
