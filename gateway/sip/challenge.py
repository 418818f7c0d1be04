"""What a 401 or 407 asks for, where that cannot be given (RFC 7616, RFC 8760). Pure."""

from __future__ import annotations

import re

ALGORITHMS = frozenset({"", "md5", "sha-256", "sha-512-256"})
"""Of the digest that can be shown, in lower case; none is MD5."""

# With an underscore: what `challenges.cpp` keeps from PJSIP.
_CHALLENGE = re.compile(r"^(?:WWW|Proxy)[-_]Authenticate\s*:\s*(\S+)(.*)$", re.IGNORECASE | re.MULTILINE)
_FIELD = r'(?:^|[\s,]){}\s*=\s*(?:"([^"]*)"|([^\s,"]+))'
_ALGORITHM = re.compile(_FIELD.format("algorithm"), re.IGNORECASE)
_QOP = re.compile(_FIELD.format("qop"), re.IGNORECASE)


def unanswerable(message: str) -> str:
    """Return how a response asks for a password, if in no way that can be answered; "" if in one that can."""
    asked = []
    for scheme, fields in _CHALLENGE.findall(message.partition("\r\n\r\n")[0]):
        if scheme.lower() != "digest":
            asked.append(scheme[:32])
            continue
        algorithm, qop = _value(_ALGORITHM, fields), _value(_QOP, fields)
        known = algorithm.lower() in ALGORITHMS
        if known and (not qop or "auth" in {one.strip().lower() for one in qop.split(",")}):
            return ""
        asked.append(f"algorithm={algorithm[:32]}" if not known else f"qop={qop[:32]}")
    return ", ".join(asked) or "no challenge"


def _value(field: re.Pattern[str], text: str) -> str:
    found = field.search(text)
    return (found[1] or found[2] or "").strip() if found else ""
