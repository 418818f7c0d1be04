"""What encrypts and signs SRTP, asked of libsrtp itself, which the agent has in this process."""

from __future__ import annotations

import ctypes

import pytest

from tests.sip.conftest import exchange, needs_guard

pytestmark = needs_guard

CIPHERS = {1: "AES-128 counter mode of OpenSSL", 5: "AES-256 counter mode of OpenSSL"}
"""By libsrtp's numbers."""
SHA1 = 3
DESCRIPTION_OF_CIPHER, DESCRIPTION_OF_AUTH = 8, 6
"""Pointers that come before it in libsrtp's `srtp_cipher_type_t` and `srtp_auth_type_t`."""


@pytest.fixture
def libsrtp() -> ctypes.CDLL:
    """The one that PJSIP has loaded."""
    library = ctypes.CDLL("libsrtp2.so.1")
    for what in ("cipher", "auth"):
        getattr(library, f"srtp_crypto_kernel_get_{what}_type").restype = ctypes.c_void_p
        getattr(library, f"srtp_{what}_type_self_test").argtypes = [ctypes.c_void_p]
    return library


def description(kind: int, pointers: int) -> str:
    """Return what a kind calls itself."""
    fields = ctypes.cast(kind, ctypes.POINTER(ctypes.c_char_p))
    return (fields[pointers] or b"").decode()


async def test_openssl_does_it_and_passes_the_library_s_own_tests(libsrtp: ctypes.CDLL) -> None:
    """With the keys and texts of RFC 3711, RFC 6188 and RFC 2202; also for a second agent of this process."""
    for _ in range(2):
        async with exchange(encryption="required"):
            for number, name in CIPHERS.items():
                kind = libsrtp.srtp_crypto_kernel_get_cipher_type(number)
                assert description(kind, DESCRIPTION_OF_CIPHER) == name
                assert libsrtp.srtp_cipher_type_self_test(kind) == 0
            kind = libsrtp.srtp_crypto_kernel_get_auth_type(SHA1)
            assert description(kind, DESCRIPTION_OF_AUTH) == "HMAC-SHA1 of OpenSSL"
            assert libsrtp.srtp_auth_type_self_test(kind) == 0
