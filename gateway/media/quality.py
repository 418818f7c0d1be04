"""How good a line sounds, estimated from what it loses and how long it takes: the E-model, simplified. Pure.

ITU-T G.107 (06/2015) with its defaults for all that is not known here; the delay after Cole and Rosenbluth,
"Voice over IP Performance Monitoring" (2001); loss after G.107 section 7.5 with what G.113 appendix I gives
for G.711 that is concealed. The scale is that of narrowband listening, up to 4.4, for other codecs as well:
it compares lines, not codecs.
"""

from __future__ import annotations

BEST = 93.2
"""Rating of a line without faults, by the defaults of G.107."""
ROBUSTNESS = 25.1
"""Bpl of G.711 with concealment (G.113 appendix I): per cent of loss that take half of the rating."""
NOTICED_MS = 177.3
"""One way, from which on people begin to talk at once."""


def mos(lost: float, delay_ms: float) -> float:
    """Return a mean opinion score, 1 to 4.41.

    `lost`: part of the packets, 0 to 1; the delay is that from mouth to ear.
    """
    per_cent = 100 * min(max(lost, 0.0), 1.0)
    impaired = 95 * per_cent / (per_cent + ROBUSTNESS)
    delayed = 0.024 * delay_ms + 0.11 * max(delay_ms - NOTICED_MS, 0.0)
    rating = min(max(BEST - impaired - delayed, 0.0), 100.0)
    return 1 + 0.035 * rating + 7e-6 * rating * (rating - 60) * (100 - rating)
