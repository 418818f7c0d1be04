"""Keys of SRTP by DTLS as a phone agrees upon them (RFC 5763, RFC 5764): OpenSSL and libsrtp, not PJSIP."""

from __future__ import annotations

import datetime
import functools
import threading
import time
from collections.abc import Callable

import pylibsrtp
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from OpenSSL import SSL

PROFILE = "UDP/TLS/RTP/SAVP"
_SUITE = b"SRTP_AES128_CM_SHA1_80"
_KEY, _SALT = 16, 14


@functools.cache
def _identity() -> tuple[x509.Certificate, ec.EllipticCurvePrivateKey]:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "phone")])
    now = datetime.datetime.now(datetime.UTC)
    made = x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
    made = made.not_valid_before(now - datetime.timedelta(days=1))
    made = made.not_valid_after(now + datetime.timedelta(days=1))
    return made.sign(key, hashes.SHA256()), key


class Dtls:
    """A phone's side of one handshake, and then its SRTP: a `Cipher` of its RtpStream.

    `send` puts a datagram on the wire; `setup` as in SDP: it begins when it is told to (`begin`).
    """

    def __init__(self, send: Callable[[bytes], None], *, setup: str = "actpass") -> None:
        self.setup = setup
        self.keyed_at = 0
        """When there were keys, CLOCK_MONOTONIC ns."""
        self.flights: list[int] = []
        """When flights of the other side came, CLOCK_MONOTONIC ns."""
        self.deaf = 0
        """So many of their datagrams get lost on the way."""
        self._send = send
        self._lock = threading.RLock()  # the pump's thread reads, the test's begins
        context = SSL.Context(SSL.DTLS_METHOD)
        certificate, key = _identity()
        context.use_certificate(certificate)
        context.use_privatekey(key)
        context.set_verify(SSL.VERIFY_PEER | SSL.VERIFY_FAIL_IF_NO_PEER_CERT, lambda *_: True)
        context.set_tlsext_use_srtp(_SUITE)
        self._ssl = SSL.Connection(context)
        self._client = False
        self._began = False
        self._keys: tuple[pylibsrtp.Session, pylibsrtp.Session] | None = None

    @property
    def lines(self) -> tuple[str, ...]:
        """The attributes of the offer or answer."""
        return (f"a=fingerprint:sha-256 {fingerprint()}", f"a=setup:{self.setup}")

    def begin(self, *, client: bool = True) -> None:
        """Shake hands: as the client, who speaks first, or as the server, who waits."""
        with self._lock:
            self._began, self._client = True, client
            (self._ssl.set_connect_state if client else self._ssl.set_accept_state)()
            self._go_on()

    def protect(self, packet: bytes) -> bytes:
        """Encrypt a packet that is sent; b"" before there are keys."""
        with self._lock:
            return self._keys[0].protect(packet) if self._keys else b""

    def unprotect(self, packet: bytes) -> bytes:
        """Read one that came: of the handshake, or encrypted; b"" for one that cannot be read."""
        with self._lock:
            if packet[:1] and 20 <= packet[0] <= 63:  # RFC 5764 section 5.1.2
                self._handshake(packet)
                return b""
            try:
                return self._keys[1].unprotect(packet) if self._keys else b""
            except pylibsrtp.Error:
                return b""

    def _handshake(self, packet: bytes) -> None:
        self.flights.append(time.monotonic_ns())
        if self.deaf > 0:
            self.deaf -= 1
        elif self._began:
            self._ssl.bio_write(packet)
            self._go_on()

    def _go_on(self) -> None:
        try:
            self._ssl.do_handshake()
            if self._keys is None:
                self._keys, self.keyed_at = self._agreed(), time.monotonic_ns()
        except SSL.WantReadError:
            pass
        except SSL.Error:
            return  # they end it: there will be no keys
        self._flush()

    def _flush(self) -> None:
        while True:
            try:
                self._send(self._ssl.bio_read(1500))
            except SSL.WantReadError:
                return

    def _agreed(self) -> tuple[pylibsrtp.Session, pylibsrtp.Session]:
        """Return what encrypts ours and what reads theirs (RFC 5764 section 4.2)."""
        told = self._ssl.export_keying_material(b"EXTRACTOR-dtls_srtp", 2 * (_KEY + _SALT))
        keys, salts = told[: 2 * _KEY], told[2 * _KEY :]
        client, server = keys[:_KEY] + salts[:_SALT], keys[_KEY:] + salts[_SALT:]
        ours, theirs = (client, server) if self._client else (server, client)
        kinds = pylibsrtp.Policy.SSRC_ANY_OUTBOUND, pylibsrtp.Policy.SSRC_ANY_INBOUND
        profile = pylibsrtp.Policy.SRTP_PROFILE_AES128_CM_SHA1_80
        sends, reads = (
            pylibsrtp.Session(pylibsrtp.Policy(key=key, ssrc_type=kind, srtp_profile=profile))
            for key, kind in zip((ours, theirs), kinds, strict=True)
        )
        return sends, reads


def fingerprint() -> str:
    """Return the fingerprint of every phone's certificate (RFC 8122 section 5)."""
    return _identity()[0].fingerprint(hashes.SHA256()).hex(":").upper()
