"""Providers of realtime sessions as data: where they are, how to log in, what they can and cannot do."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from urllib.parse import parse_qs, quote, urlsplit


class Dialect(StrEnum):
    """The shape of sessions and names of events: `ga` as OpenAI speaks it, `beta-flat` as it once did."""

    GA = "ga"
    BETA_FLAT = "beta-flat"


class Secret:
    """A text that never shows itself: not in a repr, a log line or a traceback's locals."""

    __slots__ = ("_text",)

    def __init__(self, text: str) -> None:
        self._text = text

    def reveal(self) -> str:
        """Return the text; only for putting it on the wire."""
        return self._text

    def __repr__(self) -> str:
        return "Secret(***)"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Secret) and other._text == self._text

    def __hash__(self) -> int:
        return hash(self._text)


@dataclass(frozen=True, slots=True)
class TlsFiles:
    """PEM files for the connection to a provider; None: the usual."""

    ca: Path | None = None
    """Authorities that its certificate may be of, instead of the system's."""
    certificate: Path | None = None
    """Our own, for a provider that asks for one, with what lies between it and its authority."""
    key: Path | None = None
    """Its private key, without a password; None: in the file of the certificate."""


@dataclass(frozen=True, slots=True)
class Capabilities:
    """What a provider's sessions can do beyond talking; what it cannot is not asked for."""

    truncate: bool = True
    """Knows `conversation.item.truncate`: the model can be told how much the caller heard."""
    idle_timeout: bool = True
    """Speaks up by itself after `idle_timeout_ms` of silence."""
    g711: bool = True
    """Accepts `audio/pcmu` and `audio/pcma`; whether it then really sends them is checked as it runs."""
    input_rate: int = 24_000
    """Samples a second of PCM that its sessions hear: 8000, 16000, 24000 or 48000. What a session itself says
    of its formats counts."""
    output_rate: int = 24_000
    """The same for what they speak."""
    native_mcp: bool = True
    """Calls MCP tools itself."""
    retrieve: bool = True
    """Knows `conversation.item.retrieve`: who refuses an item that is not there shows that he listens."""
    safety_identifier: bool = False
    """Takes the header `OpenAI-Safety-Identifier`."""
    max_session_minutes: float | None = 60.0
    """Longest session, for servers that do not say `expires_at`. None: unlimited."""
    voices: frozenset[str] | None = None
    """The voices there are; None when unknown, then any name is tried."""
    reasoning_models: tuple[str, ...] = ()
    """Beginnings of model names that take `reasoning` and `parallel_tool_calls`; others refuse the update."""

    def reasons(self, model: str) -> bool:
        """Return whether this model takes `reasoning`."""
        return model.startswith(self.reasoning_models) if self.reasoning_models else False


@dataclass(frozen=True, slots=True)
class Provider:
    """A provider ready to be connected to. Its printed form is its name and host, nothing secret."""

    name: str
    url: str = field(repr=False)
    """`{model}` stands for the model. It may carry a token in its query, so it is not printed."""
    dialect: Dialect = Dialect.GA
    key: Secret | None = None
    key_header: str = "Authorization"
    key_prefix: str = "Bearer "
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    """Sent as they are at connect, besides the key."""
    subprotocols: tuple[str, ...] = ()
    model: str = ""
    """Used where a plan names none."""
    voice: str | None = None
    """Used where a plan names none; None leaves the choice to the server."""
    transcription_model: str | None = None
    """Used where a plan names none; None leaves the choice to the server."""
    capabilities: Capabilities = Capabilities()
    tls: TlsFiles | None = None
    """None: what the system trusts, and no certificate of our own."""
    deployments: Mapping[str, str] = field(default_factory=dict)
    """What names of one's own stand for, as in Azure."""
    max_sessions: int | None = None
    """Sessions that may be open at once in the account, those that are kept warm included; None: no bound."""

    @property
    def host(self) -> str:
        """Host and port, for logs."""
        return urlsplit(self.url).netloc.rpartition("@")[2]

    def meant(self, model: str) -> str:
        """Return the model that a name stands for: a deployment's, or itself."""
        return self.deployments.get(model, model)

    def address(self, model: str) -> str:
        """Return the URL to connect to. A URL without a place for the model gets it as `model=`."""
        chosen = quote(model or self.model, safe="")
        if "{model}" in self.url:
            return self.url.replace("{model}", chosen)
        parts = urlsplit(self.url)
        if not chosen or "model" in parse_qs(parts.query):
            return self.url
        return parts._replace(query=f"{parts.query}&model={chosen}".lstrip("&")).geturl()

    def login(self) -> dict[str, str]:
        """Return the headers to connect with."""
        key = {self.key_header: self.key_prefix + self.key.reveal()} if self.key is not None else {}
        return {**self.headers, **key}


OPENAI_VOICES = frozenset(
    ("alloy", "ash", "ballad", "coral", "echo", "sage", "shimmer", "verse", "marin", "cedar")
)

OPENAI = Provider(
    "openai",
    "wss://api.openai.com/v1/realtime?model={model}",
    model="gpt-realtime-2.1",
    voice="marin",
    transcription_model="gpt-transcribe",
    capabilities=Capabilities(
        voices=OPENAI_VOICES, reasoning_models=("gpt-realtime-2",), safety_identifier=True
    ),
)

AZURE = Provider(
    "azure",
    # The dated `?api-version=` URL still speaks the flat dialect; this one is GA. `model` is the deployment.
    "wss://{host}/openai/v1/realtime?model={model}",
    key_header="api-key",
    key_prefix="",
    model="gpt-realtime-2.1",
    voice="marin",
    # A transcription model is a deployment of one's own here, too: there is no name that is always right.
    capabilities=Capabilities(
        voices=OPENAI_VOICES,
        reasoning_models=("gpt-realtime-2",),
        max_session_minutes=30.0,  # some resources still have the older limit; `expires_at` wins
    ),
)

LOCAL = Provider(
    "local",
    "ws://127.0.0.1:8090/v1/realtime?model={model}",
    model="local",
    transcription_model="local",
)

COMPATIBLE = Provider(
    "compatible",
    "",
    capabilities=Capabilities(native_mcp=False, retrieve=False, max_session_minutes=None),
)
"""Any other server with the same protocol, given by its URL: nothing is assumed that not all of them have."""

SHIPPED = {one.name: one for one in (OPENAI, AZURE, LOCAL)}
