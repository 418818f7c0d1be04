"""The keys of a trunk: one of the lines to the telephone network under `trunks:` of `gateway.yaml`. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import timedelta
from ipaddress import ip_address, ip_network
from typing import Annotated, Literal

from pydantic import AfterValidator, BeforeValidator, Field, field_validator, model_validator

from gateway.dialplan.model.fields import Codecs, HeaderName, NamedFile, Text
from gateway.dialplan.model.section import Section
from gateway.dialplan.values import Duration, Secret, parse_duration

NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,31}")
HOST = re.compile(r"[A-Za-z0-9]([A-Za-z0-9.-]{0,251}[A-Za-z0-9])?")
USER = re.compile(r"[A-Za-z0-9\-_.!~*'()&=+$,;?/%#]{1,128}")
_HOST_PORT = re.compile(r"(?P<host>[^:\[\]]+|\[[0-9A-Fa-f:.]+\])(?::(?P<port>[0-9]{1,5}))?")

_OURS = re.compile(
    r"accept|allow(-events)?|(proxy-)?authorization|call-id|contact|content-[a-z]+|cseq|event|expires|from"
    r"|max-forwards|min-se|proxy-require|rack|record-route|refer-to|referred-by|replaces|require|route|rseq"
    r"|session-expires|subscription-state|supported|to|via|[bcefiklmorstuvx]",
    re.IGNORECASE,
)
"""What a call could break by, if it were there twice or said something else; the last are compact forms."""

Encryption = Literal["required", "optional", "off"]
Keying = Literal["sdes", "dtls"]
Transport = Literal["udp", "tcp", "tls"]


def host_port(text: str) -> tuple[str, int]:
    """Read HOST or HOST:PORT; an IPv6 address stands in brackets; port 0: none is given.

    Raises ValueError with the cure.
    """
    found = _HOST_PORT.fullmatch(text)
    host = found["host"].strip("[]") if found else ""
    port = int(found["port"] or 0) if found else 0
    if not host or port > 65535 or not (HOST.fullmatch(host) or _is_address(host)):
        raise ValueError("write HOST or HOST:PORT, such as sip.carrier.example or 192.0.2.10:5060")
    return host, port


def _is_address(text: str) -> bool:
    try:
        ip_address(text)
    except ValueError:
        return False
    return True


def _checked_place(text: str) -> str:
    host_port(text)
    return text


def _checked_peer(text: str) -> str:
    if "/" in text or text.count(":") > 1:
        try:
            ip_network(text)
        except ValueError:
            raise ValueError(_network_cure(text)) from None
    elif not HOST.fullmatch(text):
        raise ValueError("write an address, a network or a host alone, without a port")
    return text


def _network_cure(text: str) -> str:
    address = text.partition("/")[0]
    try:
        network = ip_network(text, strict=False)
    except ValueError:
        return "write an address, a network or a host, such as 192.0.2.10, 192.0.2.0/24 or sip.pbx.example"
    return f"an address in a network: write {network}, or {address} alone"


def _checked_user(text: str) -> str:
    if not USER.fullmatch(text):
        raise ValueError("write the user part of a SIP address, such as 15551230001 or line-1")
    return text


def _checked_prefix(text: str) -> str:
    if not re.fullmatch(r"\+?[0-9]{1,15}", text):
        raise ValueError("write how allowed numbers begin, such as +1 or +4930")
    return text


def _checked_region(text: str) -> str:
    if not re.fullmatch("[A-Z]{2}", text):
        raise ValueError("write the two capitals of a country (ISO 3166), such as DE or US")
    return text


def _checked_range(text: str) -> str:
    low, _, high = text.partition("-")
    if not low.isdigit() or not high.isdigit() or not 1024 <= int(low) < int(high) <= 65535:
        raise ValueError("write LOW-HIGH between 1024 and 65535, such as 10000-20000")
    return text


PortRange = Annotated[str, AfterValidator(_checked_range)]
Place = Annotated[str, AfterValidator(_checked_place)]
User = Annotated[Text, AfterValidator(_checked_user)]
Peer = Annotated[str, AfterValidator(_checked_peer)]
Prefix = Annotated[Text, AfterValidator(_checked_prefix)]
Region = Annotated[str, AfterValidator(_checked_region)]


class RegisterKeys(Section):
    """How the gateway says at a registrar where it is (RFC 3261 section 10)."""

    registrar: Place
    """HOST or HOST:PORT of the registrar; its domain, if `proxy` leads elsewhere. Required."""

    user: User
    """The account: the user part of its address. Required."""

    password: Secret
    """As `${NAME}` or `${file:PATH}`. Required."""

    auth_user: User | None = None
    """The name that goes with the password, where it is another than `user`. Default: `user`."""

    expires: Duration = timedelta(minutes=10)
    """How long a registration is asked to last; it is renewed before. Default: 10m."""

    @field_validator("expires")
    @classmethod
    def _sensible(cls, expires: timedelta) -> timedelta:
        if not timedelta(seconds=30) <= expires <= timedelta(days=1):
            raise ValueError("write 30s to 24h")
        return expires


class AuthKeys(Section):
    """What we ask of the other side for each call (digest, RFC 8760: SHA-256 or MD5)."""

    user: User
    """The name that it has to give. Required."""

    password: Secret
    """As `${NAME}` or `${file:PATH}`. Required."""


class TrunkTlsKeys(Section):
    """Whom the gateway trusts on this trunk, and who it is there. PEM files, read again at SIGHUP."""

    ca: NamedFile | None = None
    """File of the authorities that the other side's certificate may be of. Default: that of the top `tls`,
    else the system's."""

    certificate: NamedFile | None = None
    """Our own certificate, with what lies between it and its authority. Default: that of the top `tls`."""

    key: NamedFile | None = None
    """Its private key, without a password. Default: in the file of the certificate."""

    verify: bool = True
    """Whether the other side has to have a certificate that fits its name. Off: anybody between can listen.
    Default: on."""


def _or_off(value: object) -> object:
    return None if value is False or value == "off" else parse_duration(value)


class TrunkKeys(Section):
    """One line to the telephone network. It needs `register`, `peers` or `auth`: so its calls are known."""

    register_: RegisterKeys | None = Field(default=None, alias="register")
    """Register at a carrier or a PBX, which then sends its calls here. Default: do not."""

    peers: tuple[Peer, ...] = ()
    """Addresses, networks and hosts that calls of this trunk come from, beside the registrar and `proxy`.
    Default: none."""

    auth: AuthKeys | None = None
    """A password that each call has to show; with it calls may come from anywhere. Default: none."""

    address: Place | None = None
    """HOST or HOST:PORT that calls of ours go to. Default: the registrar, else the first peer that is one
    host."""

    proxy: Place | None = None
    """HOST or HOST:PORT through which all of ours goes (outbound proxy). Default: none."""

    local_address: Place | None = None
    """Which of our addresses (`sip`, with tls `sip_tls`) it is at, where those are several: HOST or
    HOST:PORT. Default: the first of its family."""

    transport: Transport = "udp"
    """How ours goes: udp, tcp or tls. Theirs may come as it likes. Default: udp."""

    large_messages: Literal["tcp", "udp"] = "tcp"
    """How requests above 1300 bytes go on an udp trunk: RFC 3261 18.1.1 wants tcp. udp: where their TCP is
    closed. Default: tcp."""

    encryption: Encryption = "optional"
    """SRTP: `required`, both ways or no call; `optional`, where the other side offers it; `off`, refused.
    Default: optional."""

    keys: Keying = "sdes"
    """By which keys of SRTP our calls go: `sdes`, in the signalling, which only transport tls makes a secret;
    `dtls` (RFC 5764), agreed upon where the audio goes, and nothing else is offered. Theirs may have either.
    Default: sdes."""

    tls: TrunkTlsKeys = TrunkTlsKeys()
    """Certificates of this trunk alone."""

    trusted: bool = False
    """Whether P-Asserted-Identity and Remote-Party-ID are believed (RFC 3325): only of a carrier or PBX that
    asks its own callers who they are. Default: off, the caller is who From says."""

    caller_id: User | None = None
    """The number or user that calls of ours come from. Default: the account of `register`, else gateway."""

    region: Region | None = None
    """Country whose national numbers this trunk sends, such as US. Default: `region` of the settings."""

    dial: tuple[Prefix, ...] = ()
    """How numbers begin that may be called over this trunk, such as +1. Default: whatever plans list."""

    emergency: Literal["refuse", "allow"] = "refuse"
    """Whether emergency numbers of `region` may be called over this trunk, which needs an address that is
    known to the carrier. A number that `dial` or a plan's target writes out is called in any case, as is one
    at a premium rate. Default: refuse."""

    redirects: Literal["refuse", "follow"] = "refuse"
    """What becomes of a call of ours that is answered with another address (302): `follow`, if that is on
    this trunk and `dial` allows its number. Default: refuse."""

    refers: Literal["refuse", "follow"] = "refuse"
    """What becomes of a request of its far side to go on with somebody else (REFER): `follow`, if that is on
    this trunk and `dial` allows its number. Default: refuse."""

    headers: Mapping[HeaderName, Text] = Field(default_factory=dict)
    """SIP headers sent with each call that we make over it, such as `X-Account: 12`. Default: none."""

    pass_headers: tuple[HeaderName, ...] | None = None
    """SIP headers of its calls that plans may see, such as `[X-Campaign]`: as variables, in `headers` and in
    look-ups. `[]`: none. Which of them a plan uses it lists itself (`pass_headers`). Default: all."""

    rtp: PortRange | None = None
    """LOW-HIGH ports for the audio of its calls. Default: `rtp` of the settings."""

    codecs: Codecs | None = None
    """Codecs of its calls, the best first, in either direction; a plan may have others. Default: `codecs` of
    the settings."""

    dtmf: Literal["auto", "rfc4733", "info"] = "auto"
    """How keys are sent: `rfc4733`, as events in the audio; `info`, as SIP INFO; `auto`, as events if the
    other side takes them, else as INFO. Theirs are taken in any way. Default: auto."""

    session_timer: Annotated[timedelta | None, BeforeValidator(_or_off)] = timedelta(minutes=30)
    """After so long a peer that vanished is noticed (RFC 4028); `off`: never by this. Default: 30m."""

    prack: Literal["asked", "supported", "required"] = "asked"
    """Whether what we say before an answer (180, 183) is sent again until the other side has it (100rel, RFC
    3262): `asked`, where it requires that; `supported`, wherever it can; `required`, always, and calls whose
    other side cannot are refused, ours and theirs. What it says so is acknowledged in any case. Default:
    asked."""

    keepalive: Annotated[timedelta | None, BeforeValidator(_or_off)] = timedelta(seconds=30)
    """How often OPTIONS asks whether the other side lives; `off`: never. Default: 30s."""

    max_calls: int | None = Field(default=None, ge=1, le=1024)
    """Calls of this trunk at once, theirs and ours; one more gets 503, or is not made. Default: as many as
    the process takes."""

    calls_per_second: float | None = Field(default=None, gt=0, le=1000)
    """New calls of this trunk a second, theirs and ours; more get 503, or are not made. Default: no bound."""

    @field_validator("headers")
    @classmethod
    def _one_line(cls, headers: Mapping[str, str]) -> Mapping[str, str]:
        for name, value in headers.items():
            if _OURS.fullmatch(name):
                raise ValueError(f"{name} is what the gateway writes itself: leave it out")
            if not value.isprintable():
                raise ValueError("write it in one line, without control characters")
        return headers

    @field_validator("session_timer")
    @classmethod
    def _allowed_timer(cls, span: timedelta | None) -> timedelta | None:
        if span is not None and not timedelta(seconds=90) <= span <= timedelta(days=1):
            raise ValueError("write 90s (RFC 4028 allows no less) to 24h, or off")
        return span

    @field_validator("keepalive")
    @classmethod
    def _not_a_flood(cls, span: timedelta | None) -> timedelta | None:
        if span is not None and not timedelta(seconds=5) <= span <= timedelta(hours=1):
            raise ValueError("write 5s to 1h, or off")
        return span

    @model_validator(mode="after")
    def _fits(self) -> TrunkKeys:
        if self.register_ is None and not self.peers and self.auth is None:
            raise ValueError("add register, peers or auth: by one of them the calls of this trunk are known")
        for key, value in (("redirects", self.redirects), ("refers", self.refers)):
            if value == "follow" and not self.dial:
                raise ValueError(f"{key}: follow goes only to numbers that dial lists: add dial")
        if self.keys == "dtls" and self.encryption == "off":
            raise ValueError("keys: dtls is for encrypted audio: encryption: required, or optional")
        if self.local_address and not _is_address(host_port(self.local_address)[0]):
            raise ValueError("local_address is one of the addresses in sip: write it in numbers")
        if self.local_address and self.transport == "udp" and self.large_messages != "udp":
            raise ValueError("from its local_address a udp trunk sends all by udp: add large_messages: udp")
        if self.large_messages == "udp" and self.transport != "udp":
            raise ValueError(f"large_messages is for transport udp; this trunk's is {self.transport}")
        if self.tls.key is not None and self.tls.certificate is None:
            raise ValueError("tls.key belongs to a certificate: name its file as tls.certificate")
        return self

    @property
    def destination(self) -> str:
        """HOST or HOST:PORT that calls of ours go to; "" if nothing says."""
        if self.address or self.register_:
            return self.address or (self.register_.registrar if self.register_ else "")
        first = next((peer for peer in self.peers if "/" not in peer), "")
        return f"[{first}]" if ":" in first else first

    @property
    def hosts(self) -> tuple[str, ...]:
        """Hosts and addresses, without ports, that calls of this trunk come from."""
        if self.auth is not None and self.register_ is None and not self.peers:
            return ()  # from anywhere: the password tells
        registrar = self.register_.registrar if self.register_ else None
        places = [place for place in (registrar, self.proxy, self.address) if place]
        return tuple(dict.fromkeys([*self.peers, *(host_port(place)[0] for place in places)]))


def passed_headers(trunks: Mapping[str, TrunkKeys]) -> dict[str, tuple[str, ...] | None]:
    """Return of each trunk which headers of its callers plans may see; None: all."""
    return {name: keys.pass_headers for name, keys in trunks.items()}
