"""The keys of a gateway's settings: what a process needs to know before the first call.

`settings` says where they are written: command line, environment, `gateway.yaml`.
"""

from __future__ import annotations

import contextlib
import os
import re
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, ValidationInfo

from gateway import wall_clock
from gateway.dialplan.model.fields import Codecs
from gateway.media.settings import MediaSettings
from gateway.node.addresses import address, addresses, port_range
from gateway.node.api_settings import ApiSettings, from_address
from gateway.node.browser_settings import BrowserSettings
from gateway.node.cluster.settings import ClusterSettings
from gateway.node.edge_settings import EdgeSettings
from gateway.node.homer_settings import HepSettings, from_place
from gateway.node.trace_settings import TraceSettings
from gateway.records.settings import RecordingSettings, RecordSettings, WebhookSettings, or_off
from gateway.source_limits import Network, ProcessLimits, network

MOST_CALLS = 1000
"""Where nothing else is said."""


def _checked_address(text: str) -> str:
    address(text)
    return text


def _checked_targets(text: str) -> str:
    return _checked_address(text) if text else text


def _checked_addresses(text: str) -> str:
    addresses(text)
    return text


def _with_commas(value: object) -> object:
    """Take a list in YAML for what the command line and the environment write with commas."""
    listed = isinstance(value, list) and value and all(isinstance(one, str) for one in value)
    return ",".join(value) if listed and isinstance(value, list) else value


def _checked_range(text: str) -> str:
    port_range(text)
    return text


_PUBLIC = re.compile(r"[A-Za-z0-9.-]*|[0-9A-Fa-f:.]*:[0-9A-Fa-f:.]*:[0-9A-Fa-f:.]*")
_STUN = re.compile(r"stun:[A-Za-z0-9.-]+(:[0-9]{1,5})?")


def _checked_public(text: str) -> str:
    listed = [one.strip() for one in text.split(",")]
    if not all(_PUBLIC.fullmatch(one) or _STUN.fullmatch(one) for one in listed):
        cure = "write an address or a name alone, such as 203.0.113.5, without a port; or stun:HOST"
        raise ValueError(cure)
    families = [not one.startswith("stun:") and ":" in one for one in listed]
    if len(set(families)) < len(families):
        raise ValueError("write one address of IPv4, and one of IPv6 at most")
    return text


def _checked_time(text: str | None) -> str | None:
    if text is not None:
        wall_clock.moment(text)
    return text


def _checked_region(text: str | None) -> str | None:
    if text is not None and not re.fullmatch("[A-Z]{2}", text):
        raise ValueError("write the two capitals of a country (ISO 3166), such as DE or US")
    return text


def _checked_workers(text: str) -> str:
    if text != "auto" and not (text.isascii() and text.isdigit() and 1 <= int(text) <= 64):
        raise ValueError("write a number from 1 to 64, or auto")
    return text


def _checked_tls(text: str) -> str:
    if text:
        addresses(text)
    return text


def _auto(value: object) -> object:
    return MOST_CALLS if value == "auto" else value


def _beside(value: object, info: ValidationInfo) -> object:
    return (info.context or {}).get("folder", Path()) / value if isinstance(value, str) else value


OurFile = Annotated[Path, BeforeValidator(_beside)]


SPREAD = {"api": from_address, "hep": from_place}
"""Sections that may be written as one text, and what makes a section of that."""


class TlsSettings(BaseModel):
    """Who the gateway is by TLS, and whom it trusts. PEM files, read again at SIGHUP."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    certificate: OurFile
    """Our certificate, with what lies between it and its authority."""

    key: OurFile | None = None
    """Its private key, without a password. Default: in the file of the certificate."""

    ca: OurFile | None = None
    """Authorities that others' certificates may be of. Default: the system's."""

    verify_clients: bool = False
    """Whether whoever connects has to show a certificate of one of these authorities. Default: off."""


class SettingsKeys(BaseModel):
    """What a process needs to know before the first call."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    sip: Annotated[str, BeforeValidator(_with_commas), AfterValidator(_checked_addresses)] = "127.0.0.1:5060"
    """HOST:PORT where calls are answered, UDP and TCP; 0.0.0.0 for all interfaces, behind a firewall.
    Several with commas between them, or as a list: `[0.0.0.0:5060, "[::]:5060"]` is IPv4 and IPv6."""

    sip_tls: Annotated[str, BeforeValidator(_with_commas), AfterValidator(_checked_tls)] = ""
    """HOST:PORT where calls are answered by TLS, with the certificate of `tls`, such as
    0.0.0.0:5061; several as in `sip`. Default: nowhere."""

    tls: TlsSettings | None = None
    """Certificate and authorities for SIP over TLS, see docs/trunks.md. Default: none."""

    guests: Literal["allow", "refuse", "drop"] = "refuse"
    """Calls from neither this machine nor a trunk: `allow` (anybody who finds the port talks at your cost),
    `refuse` (403), or `drop` (no answer). Default: refuse."""

    encryption: Literal["required", "optional", "off"] = "off"
    """SRTP for calls without a trunk: required, optional (where the caller offers it) or off. A trunk has its
    own."""

    rtp: Annotated[str, AfterValidator(_checked_range)] = "10000-20000"
    """LOW-HIGH ports for audio; a call takes two (RTP and RTCP)."""

    public_address: Annotated[str, BeforeValidator(_with_commas), AfterValidator(_checked_public)] = ""
    """The address that callers reach when a router hides ours; put into SDP and Contact. One of IPv4 and
    one of IPv6 with a comma between them. `stun:HOST`: that which a STUN server sees, asked again every
    minute. Default: our own."""

    learn_source: bool = False
    """Take audio from callers behind a router, whose address is not the one that they announce: once, after
    five packets in a row. Off: a caller's audio comes from the host that he announces, or not at all."""

    caller_audio_ms: int = Field(default=20, ge=20, le=100, multiple_of=20)
    """Caller audio in a message to the model, in ms: 40 takes a fifth off the CPU of a call, and the model
    hears the caller up to 20 ms later."""

    caller_silence_ms: int = Field(default=20, ge=20, le=200, multiple_of=20)
    """The same of a caller who is silent: with the first sound everything is sent at once, and so it is
    until a second after the last word. Native mode."""

    codecs: Codecs = ("pcmu", "pcma", "g722", "opus")
    """Codecs that callers may have, the best first: of several that one offers the first one here is taken.
    G.722 and Opus are wideband, and native mode's alone. Default: all four, [pcmu, pcma, g722, opus]."""

    media: MediaSettings = MediaSettings()
    """How long callers' packets wait for their turn, see docs/lines.md. Default: as long as each line needs,
    12 to 300 ms."""

    dialplans: Path = Path("dialplans")
    """Folder of the dialplan files."""

    local: bool | None = None
    """Start the embedded agent: yes, no, or (default) when a dialplan asks for it."""

    local_listen: Annotated[str, AfterValidator(_checked_address)] = "127.0.0.1:8090"
    """HOST:PORT of the embedded agent's server, on this machine."""

    max_calls: Annotated[int, BeforeValidator(_auto)] = Field(default=MOST_CALLS, ge=1, le=1024)
    """Calls at once; one more gets 503 with Retry-After, so that a proxy tries the next gateway. The machine
    may carry fewer: that is learned while it runs (docs/limits.md), and `auto` leaves it at that."""

    workers: Annotated[str, BeforeValidator(str), AfterValidator(_checked_workers)] = "1"
    """Processes that answer calls (1 to 64), each at a SIP port of its own, counted up from that of `sip`,
    with an edge before them; see docs/scaling.md. auto: one a processor."""

    edge: EdgeSettings | None = None
    """The Kamailio before several processes, for `gateway edge`; see docs/scaling.md. Default: none."""

    edges: tuple[Annotated[Network, BeforeValidator(network)], ...] = ()
    """Addresses and networks of edges, also on other machines: a new call comes from where they say
    (X-Edge-Source), and so from the trunk or the stranger that is there. That of `edge` is one of them."""

    cluster: ClusterSettings | None = None
    """Gateways of other machines that the bounds of plans hold for, too, by a Redis server; see
    docs/scaling.md. Default: none."""

    limits: ProcessLimits = ProcessLimits()
    """What strangers are held to, and whether calls are refused that the machine does not carry; see
    docs/limits.md."""

    native: bool | None = None
    """C++ media plane: yes, no (portable, four calls), or (default) where it is built."""

    drain_seconds: float = Field(default=30.0, ge=0)
    """How long running calls may go on after a stop was asked for."""

    pretend_time: Annotated[str | None, AfterValidator(_checked_time)] = None
    """A day and time, such as 2026-12-24 18:00 (by the clock of this machine, or of a zone named behind it),
    that plans are to believe it is when the process starts: for rehearsals. Default: it is now."""

    pretend_targets: Annotated[str, AfterValidator(_checked_targets)] = ""
    """HOST:PORT where everybody is called whom a plan puts callers through to, instead of where they are: for
    rehearsals. Default: nowhere."""

    rehearses: Path | None = None
    """A folder for a gateway that only rehearses: it registers nowhere, tells nobody, and keeps nothing
    elsewhere, whatever other settings say. Default: none, it is in earnest."""

    region: Annotated[str | None, AfterValidator(_checked_region)] = None
    """Country whose national numbers your trunk sends, by its two letters, such as US: 0... is completed to
    +... Default: none, numbers are read as they come."""

    log_level: str = Field(default="info", pattern="^(debug|info|warning|error)$")
    """The least important lines that are logged: debug, info, warning or error."""

    log_numbers: Literal["whole", "masked"] = "whole"
    """How telephone numbers are written in the log, the journal and `sip_messages`: whole, or `masked`,
    with their ends alone (+15*******01). Records keep them whole. Default: whole."""

    journal: Path | None = None
    """File for every fact and order of every call, a JSON line each, also what was said; what is in it stays.
    Default: none."""

    sip_messages: Path | None = None
    """Folder for every SIP message, a file a day, as long as `records.keep` says: `gateway calls ladder`
    shows those of a call. Default: none."""

    prices: Path | None = None
    """A price list of your own, in the form of gateway/realtime/prices.yaml. Default: the shipped one."""

    control: Annotated[Path | None, BeforeValidator(or_off)] = Path("var/control.sock")
    """Unix socket on which `gateway top` and `gateway calls` ask about calls that are up; only its owner may
    open it. `off`: nobody can."""

    api: Annotated[ApiSettings | None, BeforeValidator(from_address)] = None
    """The control API (HTTP), see docs/api.md: `api: 127.0.0.1:8080`, or a section. Default: none."""

    browser: BrowserSettings = BrowserSettings()
    """Calls from browsers: how many, and STUN and TURN servers, see docs/console.md."""

    records: RecordSettings = RecordSettings()
    """What is kept of calls, see docs/records.md. Default: a record of each, without what was said."""

    recording: RecordingSettings = RecordingSettings()
    """Where recordings of calls are kept, see docs/records.md. Which calls are recorded, their plans say."""

    webhook: WebhookSettings | None = None
    """Where each record is sent when its call is over, see docs/records.md. Default: nowhere."""

    hep: Annotated[HepSettings | None, BeforeValidator(from_place)] = None
    """Homer, which is sent SIP messages, reports on audio and what happens in calls, by HEP3 over UDP:
    `hep: homer.example.com:9060`, see docs/operating.md. Default: none."""

    traces: TraceSettings | None = None
    """A collector of OpenTelemetry, which is sent a trace of each call: `traces: {otlp:
    http://127.0.0.1:4318}`, see docs/operating.md. Default: none."""

    log_transcripts: bool = False
    """Log what was said in each call, as it was heard, at its end. Off: it is your callers' business."""

    trunks: dict[str, Any] = Field(default_factory=dict)
    """Lines to the telephone network by name; see docs/trunks.md."""

    providers: dict[str, Any] = Field(default_factory=dict)
    """Further realtime providers by name; see docs/providers.md."""

    @property
    def all_edges(self) -> tuple[Network, ...]:
        """Those that are named, and the one of this machine."""
        if self.edge is None:
            return self.edges
        host, _ = address(self.edge.listen)
        with contextlib.suppress(ValueError):  # a name
            return (*self.edges, network(host))
        return self.edges

    @property
    def workers_count(self) -> int:
        """So many processes answer calls."""
        return len(os.sched_getaffinity(0)) if self.workers == "auto" else int(self.workers)
