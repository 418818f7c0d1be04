"""Leaves out of what portable mode claims to do what it does not do.

PyPI's PJSIP has modules for presence, transfers and messages and names them in Allow and Supported (RFC 3261
sections 20.5 and 20.37) of every answer; pjsua2 has nothing to say against it. Its lists are reached by the
functions that the library exports: to PJSIP they are a `pjsip_generic_array_hdr`. A library that exports
none, or has another header there, is left alone. In native mode `answers.cpp` does the same.
"""

from __future__ import annotations

import ctypes

import pjsua2 as pj
import structlog

log = structlog.get_logger(__name__)

ALLOW, SUPPORTED = 4, 36
"""`pjsip_hdr_e`."""
NOT_DONE = {
    (ALLOW, "Allow"): {"SUBSCRIBE", "NOTIFY", "REFER", "MESSAGE", "PUBLISH"},
    (SUPPORTED, "Supported"): {"replaces", "norefersub", "trickle-ice"},
}
MOST_VALUES = 32
"""`PJSIP_GENERIC_ARRAY_MAX_COUNT`."""


class _Text(ctypes.Structure):
    _fields_ = (("ptr", ctypes.c_void_p), ("slen", ctypes.c_long))

    def __str__(self) -> str:
        return ctypes.string_at(self.ptr, self.slen).decode("latin-1") if self.ptr and self.slen > 0 else ""


class _ArrayHeader(ctypes.Structure):
    _fields_ = (
        ("previous", ctypes.c_void_p),
        ("next", ctypes.c_void_p),
        ("kind", ctypes.c_int),
        ("name", _Text),
        ("short_name", _Text),
        ("functions", ctypes.c_void_p),
        ("count", ctypes.c_uint),
        ("values", _Text * MOST_VALUES),
    )


def claim_only_what_is_done() -> None:
    """After `libInit`, on the SIP thread."""
    try:
        library = ctypes.CDLL(pj._pjsua2.__file__)  # noqa: SLF001 - the library that is loaded already
        endpoint_of, capability = library.pjsua_get_pjsip_endpt, library.pjsip_endpt_get_capability
    except (AttributeError, OSError) as error:
        log.debug("sip.not_done", operation="claim_only_what_is_done", error=str(error))
        return
    endpoint_of.restype = ctypes.c_void_p
    capability.argtypes = (ctypes.c_void_p, ctypes.c_int, ctypes.c_void_p)
    capability.restype = ctypes.POINTER(_ArrayHeader)
    endpoint = endpoint_of()
    for (kind, name), unwanted in NOT_DONE.items():
        header = capability(endpoint, kind, None)
        if header and str(header.contents.name) == name:
            _leave_out(header.contents, unwanted)


def _leave_out(header: _ArrayHeader, unwanted: set[str]) -> None:
    count = min(header.count, MOST_VALUES)
    kept = [(value.ptr, value.slen) for value in header.values[:count] if str(value) not in unwanted]
    for place, (text, length) in enumerate(kept):
        header.values[place] = _Text(text, length)
    header.count = len(kept)
