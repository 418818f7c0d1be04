"""Why a connection to a model could not be made, in words that say what to look at, as `SessionLost`.

No message repeats the URL or a header: both may carry a secret. What a server writes is cut short, and our
own key is taken out of it.
"""

from __future__ import annotations

import errno
import ssl

import orjson
from websockets.exceptions import (
    InvalidHandshake,
    InvalidHeaderValue,
    InvalidMessage,
    InvalidStatus,
    InvalidUpgrade,
    InvalidURI,
    WebSocketException,
)

from gateway.call import SessionLost
from gateway.errors import AccountFull, BadInput
from gateway.realtime import error_policy
from gateway.realtime.connect import NoAddress
from gateway.realtime.disconnects import ACCOUNT_FULL
from gateway.realtime.error_policy import Reaction
from gateway.realtime.events.response import ErrorBody
from gateway.realtime.providers import Provider

MOST_WORDS = 200
"""Characters of what a server says that are kept."""

_NO_SUCH_NAME = "Name or service not known"
_VERIFY = {
    9: "the certificate is not valid yet: is the clock of this machine right?",
    10: "the certificate has expired",
    18: "the certificate is self-signed: name it as `tls.ca` of the provider",
    19: "the certificate's authority is self-signed and not known here: name it as `tls.ca` of the provider",
    20: "the certificate's authority is not known here: name it as `tls.ca` of the provider",
    21: "the certificate's authority is not known here: name it as `tls.ca` of the provider",
    23: "the certificate was revoked",
    62: "the certificate is another host's: is the name in the URL right?",
    64: "the certificate is not for this IP address: write the host's name in the URL",
}
"""By OpenSSL's X509_V_ERR number."""
_STATUS = {
    401: "the key was refused (401)",
    403: "the key may not do this (403)",
    404: "there is no such address or model (404)",
    407: "a proxy wants a login (407)",
    429: "the account's limit is reached (429)",
}
_CLOSED = "the connection was closed before an answer"
_ERRNO = {
    errno.ECONNREFUSED: "nobody listens there (connection refused)",
    errno.ECONNRESET: _CLOSED,
    errno.EPIPE: _CLOSED,
    errno.EHOSTUNREACH: "there is no way to that host",
    errno.ENETUNREACH: "there is no way to that network",
    errno.ETIMEDOUT: "no answer in time",
    errno.EMFILE: "this process has too many files and connections open",
    errno.ENFILE: "this machine has too many files and connections open",
}


def of_connect(error: Exception, provider: Provider) -> SessionLost:
    """Judge why a connection could not be made.

    Fatal is what no second attempt at this provider mends: a refusal, a wrong certificate, an address that is
    none.
    """
    code, words, fatal = _judged(error, provider)
    return SessionLost(code, f"{provider.host}: {words}", fatal)


def _judged(error: Exception, provider: Provider) -> tuple[str, str, bool]:
    match error:
        case AccountFull():
            return ACCOUNT_FULL, str(error), False
        case BadInput():
            return "tls_files", f"{error.key}: {error.cure}", True
        case InvalidHandshake() | InvalidURI():
            return _no_websocket(error, provider)
        case ssl.SSLCertVerificationError():
            words = _VERIFY.get(error.verify_code, error.verify_message)
            return "tls_certificate", words, True
        case ssl.SSLError():
            return "tls_failed", _tls_words(error), True
        case TimeoutError():
            return "connect_timeout", "no answer in time", False
        case NoAddress():
            return "invalid_url", f"this is no address: {error}", True
        case OSError():
            return "connect_failed", _os_words(error, provider), False
        case _:
            return "connect_failed", type(error).__name__, False


def _no_websocket(error: WebSocketException, provider: Provider) -> tuple[str, str, bool]:
    match error:
        case InvalidStatus():
            return _refused(error, provider)
        case InvalidURI():
            return "invalid_url", "this is no WebSocket address", True
        case InvalidUpgrade():
            return "connect_failed", "what listens there speaks HTTP, but no WebSocket", True
        case InvalidMessage() if isinstance(error.__cause__, EOFError):
            # In TLS 1.3 a client without the certificate that is wanted learns of it after its handshake.
            return "connect_failed", _CLOSED + _hint(provider), False
        case InvalidMessage():
            return "connect_failed", "what listens there speaks no HTTP", False
        case InvalidHeaderValue() if error.name == provider.key_header:
            return "invalid_key", "the key has characters that no key has, such as a line break", True
    return "connect_failed", f"the handshake failed: {type(error).__name__}", True  # its text may be a secret


def _hint(provider: Provider) -> str:
    if not provider.url.startswith("wss:"):
        return ""
    if provider.tls is not None and provider.tls.certificate is not None:
        return "; is our client certificate (`tls.certificate`) one that it trusts?"
    return "; does it speak TLS, and does it want a client certificate (`tls.certificate`)?"


def _tls_words(error: ssl.SSLError) -> str:
    reason = error.reason or ""
    if reason in ("WRONG_VERSION_NUMBER", "HTTP_REQUEST", "PACKET_LENGTH_TOO_LONG"):
        return "what listens there speaks no TLS: is it ws:// instead of wss://?"
    if "CERTIFICATE_REQUIRED" in reason:
        return "it wants a client certificate: name one as `tls.certificate` of the provider"
    if "ALERT" in reason and ("CERTIFICATE" in reason or "UNKNOWN_CA" in reason):
        return "it refused our client certificate (`tls.certificate`)"
    words = reason.replace("_", " ").lower()
    return f"no TLS could be agreed on: {words or 'the handshake failed'}"


def _os_words(error: OSError, provider: Provider) -> str:
    if type(error).__name__ == "gaierror":  # of `socket`, which nothing pure may know
        known = _NO_SUCH_NAME in str(error) or "nodename" in str(error)
        return "there is no such host" if known else f"its name cannot be looked up: {error.strerror}"
    if error.errno is None and isinstance(error, ConnectionError):
        return _CLOSED + _hint(provider)
    several = [number for number in _ERRNO if f"[Errno {number}]" in str(error)]
    number = error.errno if error.errno in _ERRNO or not several else several[0]
    words = _ERRNO.get(number or 0, error.strerror or "it could not be reached")
    return words + (_hint(provider) if words == _CLOSED else "")


def _refused(error: InvalidStatus, provider: Provider) -> tuple[str, str, bool]:
    """Judge an HTTP answer: its body may say more than its status, as with 429 for an empty account."""
    status, body = error.response.status_code, bytes(error.response.body or b"")
    words = _STATUS.get(status, f"it answered with {status}")
    told = _told(body)
    said = _clean(told.message if told is not None else _sentence(body), provider)
    code = told.code if told is not None and told.code else f"http_{status}"
    fatal = error_policy.of_status(status) is Reaction.FATAL
    fatal = fatal or (told is not None and bool(told.code) and error_policy.is_fatal(told))
    return code, f"{words}: {said}" if said else words, fatal


def _told(body: bytes) -> ErrorBody | None:
    """Read what a server says in the body of an HTTP answer, if it is in the usual shape."""
    try:
        answer = orjson.loads(body)
        return ErrorBody.model_validate(answer["error"])
    except (ValueError, KeyError, TypeError):  # pydantic's and orjson's errors are ValueErrors
        return None


def _sentence(body: bytes) -> str:
    """Return the words of a body in another shape; "" for a page of HTML, which says nothing in one line."""
    text = body[: 16 * MOST_WORDS].decode("utf-8", "replace").strip()
    if text.startswith("<"):
        return ""
    try:
        answer = orjson.loads(body)
    except ValueError:
        return text
    if isinstance(answer, str):
        return answer
    if isinstance(answer, dict):
        found = (answer.get(name) for name in ("message", "detail", "error", "error_description", "title"))
        return next((one for one in found if isinstance(one, str)), "")
    return ""


def _clean(text: str, provider: Provider) -> str:
    """Make one short line of it, without our key in it."""
    if provider.key is not None and (key := provider.key.reveal()):
        text = text.replace(key, "***")
    line = " ".join("".join(c if c.isprintable() else " " for c in text).split())
    return line if len(line) <= MOST_WORDS else line[: MOST_WORDS - 3] + "..."
