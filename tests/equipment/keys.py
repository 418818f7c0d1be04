"""Keys of a telephone as sound (ITU-T Q.23), at levels of the network."""

from __future__ import annotations

import numpy as np

from tests.equipment import tone

KEYS = "123A456B789C*0#D"
LOW = (697, 770, 852, 941)
HIGH = (1209, 1336, 1477, 1633)
OVERLOAD_DBM0 = 3.14
"""The level of a sine that just reaches full scale (ITU-T G.711)."""


def key(name: str, ms: float, *, dbm0: float = -10, twist_db: float = 0, off: float = 0) -> tone.Pcm:
    """Return one key at a level (both tones together).

    `twist_db`: by how much the high tone is louder; `off`: by which part both frequencies are wrong.
    """
    at = KEYS.index(name)
    low_db = dbm0 - 10 * np.log10(1 + 10 ** (twist_db / 10))
    both = ((LOW[at // 4], low_db), (HIGH[at % 4], low_db + twist_db))
    waves = [tone.sine(hertz * (1 + off), ms, level_db=level - OVERLOAD_DBM0) for hertz, level in both]
    return np.clip(sum(wave.astype(np.int32) for wave in waves), -32768, 32767).astype(np.int16)


def keys(
    names: str,
    *,
    ms: float = 50,
    pause_ms: float = 50,
    dbm0: float = -10,
    twist_db: float = 0,
    off: float = 0,
) -> tone.Pcm:
    """Return keys one after the other."""
    return tone.join(
        part
        for name in names
        for part in (key(name, ms, dbm0=dbm0, twist_db=twist_db, off=off), tone.silence(pause_ms))
    )
