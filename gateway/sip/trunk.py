"""One trunk as PJSIP has it: an account, which registers, asks whether the other side lives, and dials.

Its object belongs to the SIP thread; what others are told of it is a `TrunkView`.
"""

from __future__ import annotations

import random
import re
from collections.abc import Callable
from dataclasses import dataclass
from types import ModuleType

import pjsua2 as pj
import structlog

from gateway.call import Destination, read_destination
from gateway.dialplan.barring import barred
from gateway.errors import BadInput
from gateway.sip.account import Account
from gateway.sip.call_rate import CallRate
from gateway.sip.challenge import unanswerable
from gateway.sip.contained import contained
from gateway.sip.headers import parse_headers, sip_uri
from gateway.sip.registration import Registration, RegistrationState
from gateway.sip.stack import SipSettings, account_config, media_security
from gateway.sip.trunk_keys import TrunkKeys, host_port
from gateway.sip.wire_text import decoded

log = structlog.get_logger(__name__)

SAY_AGAIN_S = 60.0
"""Between two lines about the same failure of a registration."""
REFUSALS_S = 10.0
"""Between two lines about calls that were one too many."""
PRACK = {
    "asked": pj.PJSUA_100REL_NOT_USED,
    "supported": pj.PJSUA_100REL_OPTIONAL,
    "required": pj.PJSUA_100REL_MANDATORY,
}


@dataclass(frozen=True, slots=True)
class TrunkView:
    """How a trunk stood at one moment."""

    name: str
    state: str
    """registered, registering, failed, elsewhere (another process has it), reachable, silent, or unasked."""
    detail: str
    """Of a failure: the status and what it means."""
    until_s: float | None
    """Seconds until the registration is over, if it is not renewed."""
    again_s: float | None
    """Seconds until it is tried again."""
    algorithm: str
    """Of the digest that the registrar took: SHA-256 or MD5."""
    calls: int
    place: str
    transport: str
    encryption: str


class Trunk(Account):
    """An account. `incoming` is told of each INVITE, with the name of this trunk."""

    def __init__(
        self,
        name: str,
        keys: TrunkKeys,
        guard: ModuleType,
        incoming: Callable[[int, str, str, str, str], None],
    ) -> None:
        super().__init__(lambda call, text, source, via: incoming(call, text, source, via, name))
        self.name = name
        self.keys = keys
        self.sends_keys, self.encrypts = keys.dtmf, keys.encryption != "off"
        self.calls = 0
        self.rate = CallRate(keys.calls_per_second)
        self.addresses: dict[str, set[str]] = {}
        """Where each of its hosts led, when it was looked up last."""
        self._guard = guard
        self._registration = Registration()
        self._said: tuple[str, float] = ("", float("-inf"))
        self._reachable: bool | None = None
        self._ask_at = 0.0
        self._now = 0.0
        self._certificate_fault = ""
        self._refused = 0
        self._told_refused = float("-inf")

    # --- what it is to PJSIP -------------------------------------------------------------------------

    def config(self, settings: SipSettings, port: int) -> pj.AccountConfig:
        """Return PJSIP's words for it. Raises BadInput for a password that cannot be had."""
        keys, config = self.keys, account_config(settings, port)
        if keys.rtp:
            low, _, high = keys.rtp.partition("-")
            config.mediaConfig.transportConfig.port = int(low)
            config.mediaConfig.transportConfig.portRange = int(high) - int(low)
        dtls = bool(self._guard.HAS_DTLS)
        if keys.keys == "dtls" and not dtls:
            raise BadInput(f"trunk {self.name}", "keys", "dtls", "this PJSIP was built without: make native")
        media_security(config, keys.encryption, keys.keys, dtls=dtls)
        if keys.session_timer is None:
            config.callConfig.timerUse = pj.PJSUA_SIP_TIMER_INACTIVE
        else:
            config.callConfig.timerSessExpiresSec = int(keys.session_timer.total_seconds())
        config.callConfig.prackUse = PRACK[keys.prack]
        if keys.proxy:
            config.sipConfig.proxies.append(self._uri(keys.proxy, loose=True))
        config.natConfig.udpKaIntervalSec = 15
        if (account := keys.register_) is not None:
            domain = host_port(account.registrar)[0]
            config.idUri = sip_uri(account.user, f"[{domain}]" if ":" in domain else domain)
            user = account.auth_user or account.user
            secret = account.password.reveal()
            config.sipConfig.authCreds.append(pj.AuthCredInfo("digest", "*", user, 0, secret))
            register = config.regConfig
            register.registrarUri = self._uri(account.registrar)
            register.registerOnAdd = False
            register.timeoutSec = int(account.expires.total_seconds())
            register.delayBeforeRefreshSec = max(5, register.timeoutSec // 10)
            register.retryIntervalSec = register.firstRetryIntervalSec = 0
        return config

    def begin(self, now: float) -> None:
        """Register, if it is to."""
        if self.keys.register_ is not None:
            self._registration.again = now

    def let_register(self, now: float, *, on: bool) -> None:
        """Register from now on, or leave that to another process: our registration is given back then."""
        if self.keys.register_ is None:
            return
        if on:
            self._registration.ours(now)
        else:
            self.unregister()
            self._registration.kept_elsewhere()

    def check(self, number: str) -> None:
        """Raise BadInput for a number that may not be called over this trunk."""
        if self.keys.dial and not number.startswith(self.keys.dial):
            allowed = ", ".join(self.keys.dial)
            raise BadInput(f"trunk {self.name}", "dial", number, f"begins with none of {allowed}")

    def follows(self, uri: str, region: str | None) -> bool:
        """Return whether a call of ours may go on to this address, which its callee has named."""
        if self.keys.redirects != "follow":
            return False
        try:
            to = read_destination(uri.strip("<>").replace(";user=phone", ""))
        except ValueError:
            return False
        return self._leads_to(to, region)

    def lets_refer(self, to: Destination, region: str | None) -> bool:
        """Return whether its far side may have a call of ours go on with somebody (REFER)."""
        return self.keys.refers == "follow" and self._leads_to(to, region)

    def _leads_to(self, to: Destination, region: str | None) -> bool:
        """Return whether somebody is on this trunk, by a number that `dial` allows and that is not barred."""
        here = {one.strip("[]") for one in self.keys.hosts}.union(*self.addresses.values())
        allowed = to.host in here and to.user.startswith(self.keys.dial)
        emergency = self.keys.emergency == "allow"
        meant = to.user in self.keys.dial
        return allowed and (meant or not barred(to.user, self.keys.region or region, emergency=emergency))

    def _uri(self, place: str, user: str = "", *, loose: bool = False) -> str:
        host, port = host_port(place)
        host = f"[{host}]" if ":" in host else host
        transport = "" if self.keys.transport == "udp" else self.keys.transport
        uri = sip_uri(user, f"{host}:{port}" if port else host, transport=transport)
        return f"<{uri};lr>" if loose else uri

    # --- what PJSIP reports --------------------------------------------------------------------------

    @contained
    def onRegState(self, prm: pj.OnRegStateParam) -> None:  # noqa: N802 - PJSIP's name
        """Follow the registration; what failed is tried again when `look` says so."""
        status, reason, expires = int(prm.code), str(prm.reason), int(prm.expiration)
        text = decoded(prm.rdata.wholeMsg) if prm.rdata.wholeMsg else ""
        if self._registration.state is RegistrationState.ELSEWHERE:
            return  # the answer to what gave it back
        if 200 <= status < 300 and not prm.status:
            if expires > 0 and self._registration.succeeded(status, expires, self._now):
                log.info("trunk.registered", trunk=self.name, seconds=expires)
            return
        wait = self._registration.failed(status, reason, _retry_after(text), self._now, _spread())
        said, at = self._said
        what = f"{status} {reason}"
        if what != said or self._now - at >= SAY_AGAIN_S:
            self._said = what, self._now
            log.warning(
                "trunk.not_registered",
                trunk=self.name,
                status=status,
                why=reason,
                again_s=round(wait),
                cure=_cure(status, reason, text),
            )

    @contained
    def onSendRequest(self, prm: pj.OnSendRequestParam) -> None:  # noqa: N802 - PJSIP's name
        """Take whatever answers OPTIONS for a sign of life; a time-out, or a broken connection, is none."""
        event = prm.e  # held: its parts are views into it
        self.heard(alive=event.body.tsxState.type == pj.PJSIP_EVENT_RX_MSG)

    def admits(self, now: float) -> bool:
        """Return whether it may have one more call; one too many is counted, for the log."""
        full = self.keys.max_calls is not None and self.calls >= self.keys.max_calls
        if full or not self.rate.admits(now):
            self._refused += 1
            return False
        return True

    def heard(self, *, alive: bool) -> None:
        """Take note of whether the other side lives."""
        if alive is not self._reachable:
            if not alive:
                log.warning("trunk.silent", trunk=self.name, host=self.keys.destination)
            elif self._reachable is False:
                log.info("trunk.reachable", trunk=self.name)
        self._reachable = alive

    # --- what is done now and then -------------------------------------------------------------------

    def look(self, now: float) -> None:
        """Register, and ask whether the other side lives, when it is time; `now` is `time.monotonic()`."""
        self._now = now
        if self._refused and now - self._told_refused >= REFUSALS_S:
            log.warning("trunk.calls_refused", trunk=self.name, calls=self._refused)
            self._refused, self._told_refused = 0, now
        if self._registration.due(now):
            self._register()
        if self.keys.keepalive is not None and self.keys.destination and now >= self._ask_at:
            self._ask_at = now + self.keys.keepalive.total_seconds()
            self._ask()

    def _register(self) -> None:
        try:
            self.setRegistration(True)
        except pj.Error as error:
            self._registration.failed(0, error.reason, None, self._now, _spread())

    def unregister(self) -> bool:
        """Give the registration back; return whether there was one."""
        if self._registration.state is not RegistrationState.REGISTERED:
            return False
        self._registration.again = None
        try:
            self.setRegistration(False)
        except pj.Error:
            return False
        return True

    def _ask(self) -> None:
        prm = pj.SendRequestParam()
        prm.method = "OPTIONS"
        prm.txOption.targetUri = self._uri(self.keys.destination)
        try:
            self.sendRequest(prm)
        except pj.Error:
            self.heard(alive=False)

    def leads_to(self, host: str, addresses: set[str]) -> None:
        """Take note of where a host of it is now."""
        self.addresses[host] = addresses

    def lost_connection(self, peer: str, fault: str) -> None:
        """Take note that a connection to `ip:port` broke, and what was wrong with the certificate there."""
        host = peer.rpartition(":")[0].strip("[]")
        own = {one.strip("[]") for one in self.keys.hosts}
        if host not in own and not any(host in addresses for addresses in self.addresses.values()):
            return
        self._registration.lost(self._now)
        if fault and fault != self._certificate_fault:
            cure = "see tls.ca, and the names in its certificate: docs/trunks.md"
            log.warning("trunk.certificate_refused", trunk=self.name, peer=peer, why=fault, cure=cure)
        self._certificate_fault = fault

    def view(self) -> TrunkView:
        """Return how it stands."""
        one, keys = self._registration, self.keys
        registers = keys.register_ is not None
        alive = "unasked" if self._reachable is None else "reachable" if self._reachable else "silent"
        registered = one.state is RegistrationState.REGISTERED
        return TrunkView(
            name=self.name,
            state=one.state.value if registers else alive,
            detail=f"{one.status} {one.reason}".strip() if one.state is RegistrationState.FAILED else "",
            until_s=round(one.until - self._now) if registers and registered else None,
            again_s=round(one.again - self._now) if one.again is not None and one.again > self._now else None,
            algorithm=self._algorithm(),
            calls=self.calls,
            place=keys.destination or ", ".join(keys.peers),
            transport=keys.transport,
            encryption=keys.encryption,
        )

    def _algorithm(self) -> str:
        if (account := self.keys.register_) is None:
            return ""
        shown: str = self._guard.digest_of(account.auth_user or account.user, host_port(account.registrar)[0])
        return shown


def _spread() -> float:
    return random.random()  # noqa: S311 - so that not all come back together


def _retry_after(message: str) -> float | None:
    value = parse_headers(message.partition("\r\n")[2]).get("retry-after", "")
    digits = re.match(r"\d{1,6}", value)
    return float(digits[0]) if digits else None


def _cure(status: int, reason: str, message: str) -> str:
    """Return what a person can do about it."""
    if status in (401, 407) and message and (asked := unanswerable(message)):
        return (
            f"the registrar asks for the password in no way that the gateway can show it ({asked}): "
            "have it ask by a digest of MD5, SHA-256 or SHA-512-256, with qop auth or none"
        )
    if status in (401, 403, 407):
        return "the registrar does not take this user with this password: look at register.user and .password"
    if status == 404:
        return "the registrar does not know this user: look at register.user"
    if "ECERTVERIF" in reason or "certificate" in reason.lower():
        return "its certificate is not trusted: see tls.ca in docs/trunks.md"
    if status in (408, 502, 503):
        return "nobody answers there: look at registrar, proxy, transport, and the firewall"
    return "see docs/trunks.md"
