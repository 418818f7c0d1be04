"""The exception tree. Each leaf knows the SIP status a caller gets when it ends a call before the answer."""

from __future__ import annotations


class GatewayError(Exception):
    """Anything that this program raises on purpose."""

    status = 500


class BadInput(GatewayError):
    """Something a person wrote cannot be used: names the place, the key, the value and the cure.

    A call that meets it is refused as if we were overloaded: another gateway may be set up better.
    """

    status = 503

    def __init__(self, where: str, key: str, value: object, cure: str) -> None:
        self.where = where
        self.key = key
        self.value = value
        self.cure = cure
        shown = (repr(value),) if value is not None else ()
        super().__init__(": ".join((where, key, *shown, cure)))


class MediaError(GatewayError):
    """The media plane cannot do what was asked."""


class PlayoutFull(MediaError):
    """More agent audio is queued than the port's bound; the model talks far ahead of the line."""


class SipError(GatewayError):
    """The SIP stack refused something."""


class NumberBarred(SipError):
    """A number is not called: it leads to an emergency service, or costs more than a call."""

    status = 403

    def __init__(self, number: str, why: str) -> None:
        self.number = number
        self.why = why
        super().__init__(f"{number} is not called: {why}")


class UnknownHost(SipError):
    """A host name leads nowhere, or nobody says in time where it leads."""

    status = 502

    def __init__(self, host: str, why: str) -> None:
        self.host = host
        self.why = why
        super().__init__(f"no address for host {host!r}: {why}")


class PortInUse(SipError):
    """The SIP address is taken by another process."""


class ControlError(GatewayError):
    """A call cannot be asked for what was asked of it."""


class NoSuchCall(ControlError):
    """No call of that id is up: it may just have ended."""

    status = 404

    def __init__(self, call_id: str) -> None:
        self.call_id = call_id
        super().__init__(f"there is no call {call_id!r}")


class CallRefused(ControlError):
    """There is no room for one more call now: the process, the plan or its day has as many as it takes."""

    status = 503


class OrderRefused(ControlError):
    """An order makes no sense where the call is now, or is nobody's to give."""

    status = 409

    def __init__(self, call_id: str, why: str) -> None:
        self.call_id = call_id
        self.why = why
        super().__init__(f"call {call_id}: {why}")


class SessionError(GatewayError):
    """A realtime session cannot be had or was lost. `code` is the provider's, or ours in lower case."""

    status = 503

    def __init__(self, code: str, message: str, *, fatal: bool = False) -> None:
        self.code = code
        self.fatal = fatal
        super().__init__(f"{code}: {message}")


class AccountFull(GatewayError):
    """An account has as many sessions open as the settings let it have."""

    status = 503

    def __init__(self, provider: str, most: int) -> None:
        super().__init__(f"all {most} sessions of its account are open (providers.{provider}.max_sessions)")


class SpeechError(GatewayError):
    """The embedded agent's speech engines are missing or broken."""


class LocalPortInUse(GatewayError):
    """The embedded agent's address cannot be had. The message says who has it, and the option that helps."""
