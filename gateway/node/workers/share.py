"""What each of several workers has of the settings: a SIP port, a part of RTP range and calls. Pure.

Worker 0 has the SIP port that is written, the others those that follow it.
"""

from __future__ import annotations

from pathlib import Path

from gateway.errors import BadInput
from gateway.node.addresses import addresses, port_range, written
from gateway.node.settings import Settings

PORTS_A_CALL = 2
"""RTP and RTCP."""
EDGE_LOOKS_S = 3.0
"""Seconds within which an edge that asks each second knows whether a worker takes calls. One that goes waits
so long before it is gone, and after it has come the next one does before it goes."""


def share(settings: Settings, number: int, workers: int) -> Settings:
    """Return the settings of worker `number`, counted from 0, of so many. Raises BadInput if ports do not do.

    It has no API and no embedded agent of its own: those are the supervisor's, and the control socket at the
    path that is written, too.
    """
    low, high = _part(settings.rtp, number, workers)
    own = {
        "sip": _moved(settings.sip, "sip", number),
        "sip_tls": _moved(settings.sip_tls, "sip_tls", number) if settings.sip_tls else "",
        "rtp": f"{low}-{high}",
        "max_calls": -(-settings.max_calls // workers),
        "control": None if settings.control is None else socket_of(settings.control, number),
        "journal": None if settings.journal is None else beside(settings.journal, number),
        "api": None,
        "local": False,
        "workers": "1",
        "cluster": settings.cluster and settings.cluster.of_worker(number, workers),
    }
    return settings.model_copy(update=own)


def socket_of(control: Path, number: int) -> Path:
    """Return where a worker is asked, for the supervisor."""
    return beside(control, number)


def beside(path: Path, number: int) -> Path:
    """Return a worker's own form of a file: `journal.jsonl` is `journal-0.jsonl`."""
    return path.with_name(f"{path.stem}-{number}{path.suffix}")


def _moved(text: str, key: str, number: int) -> str:
    listed = addresses(text)
    if not all(port for _, port in listed):
        raise BadInput("settings", key, text, "several workers need a port that is known: name one")
    if any(port + number > 65535 for _, port in listed):
        raise BadInput("settings", key, text, "there are not as many ports behind it as workers")
    return ",".join(written(host, port + number) for host, port in listed)


def _part(text: str, number: int, workers: int) -> tuple[int, int]:
    """Return the ports of one worker: whole pairs, as many as the others have."""
    low, high = port_range(text)
    low += low % 2
    each = (high - low + 1) // PORTS_A_CALL // workers * PORTS_A_CALL
    if not each:
        raise BadInput("settings", "rtp", text, f"too few ports for {workers} workers: two a call")
    return low + number * each, low + (number + 1) * each - 1
