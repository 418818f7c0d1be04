"""SRTP as a phone speaks it, keys in the session description (RFC 4568): by libsrtp, without PJSIP."""

from __future__ import annotations

import base64
import secrets

import pylibsrtp

SUITE = "AES_CM_128_HMAC_SHA1_80"


class Sdes:
    """A phone's half of the keys, and then the whole."""

    def __init__(self) -> None:
        self._ours = secrets.token_bytes(30)
        self._send = pylibsrtp.Session(_policy(self._ours, pylibsrtp.Policy.SSRC_ANY_OUTBOUND))
        self._receive: pylibsrtp.Session | None = None

    @property
    def line(self) -> str:
        """The attribute of the offer or answer."""
        return f"a=crypto:1 {SUITE} inline:{base64.b64encode(self._ours).decode()}"

    def agree(self, description: bytes) -> None:
        """Take the other side's key out of its session description."""
        (line,) = [one for one in description.decode().splitlines() if one.startswith("a=crypto:")]
        _, suite, key = line.split()[:3]
        assert suite == SUITE
        theirs = base64.b64decode(key.removeprefix("inline:").partition("|")[0])
        self._receive = pylibsrtp.Session(_policy(theirs, pylibsrtp.Policy.SSRC_ANY_INBOUND))

    def agree_on_offer(self, offer: bytes) -> None:
        """Take the other side's key out of an offer, which may have several."""
        self.agree(b"\r\n".join(one for one in offer.splitlines() if SUITE.encode() in one))

    def line_for(self, offer: bytes) -> str:
        """Return the attribute of the answer to an offer: with the tag that its suite has there."""
        (line,) = [one for one in offer.decode().splitlines() if one.startswith("a=crypto:") and SUITE in one]
        return self.line.replace("a=crypto:1 ", f"{line.split()[0]} ", 1)

    def protect(self, packet: bytes) -> bytes:
        """Encrypt a packet that is sent."""
        return self._send.protect(packet)

    def unprotect(self, packet: bytes) -> bytes:
        """Read one that came; b"" for one that is not of these keys."""
        if self._receive is None:
            return b""
        try:
            return self._receive.unprotect(packet)
        except pylibsrtp.Error:
            return b""


def _policy(key: bytes, kind: int) -> pylibsrtp.Policy:
    return pylibsrtp.Policy(
        key=key, ssrc_type=kind, srtp_profile=pylibsrtp.Policy.SRTP_PROFILE_AES128_CM_SHA1_80
    )
