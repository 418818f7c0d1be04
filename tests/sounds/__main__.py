"""Make the committed pieces of speech anew; needs the extra `local` (hibari-tts) and its voice."""

from __future__ import annotations

import struct

import numpy as np
import soxr
from hibari import Hibari

from tests.equipment import tone
from tests.sounds import FOLDER, SENTENCES, speech

LOUDNESS_DB = -20.0
"""What a telephone network aims at for active speech (ITU-T G.223: about -20 dBm0)."""


def main() -> None:
    """Speak every sentence, and cut a caller's line for SIPp from them."""
    voice = Hibari()
    for name, text in SENTENCES.items():
        spoken = soxr.resample(np.asarray(voice(text), np.float32), voice.sample_rate, tone.RATE)
        active = spoken[np.abs(spoken) > 0.02]
        gain = 10 ** (LOUDNESS_DB / 20) / np.sqrt(np.mean(active**2))
        pcm = np.clip(spoken * gain * 32768, -32000, 32000).astype(np.int16)
        first, last = tone.spans(pcm, join_ms=1000)[0], tone.spans(pcm, join_ms=1000)[-1]
        (FOLDER / f"{name}.ul").write_bytes(
            tone.ulaw_encode(pcm[int(first.start_ms * 8) : int(last.end_ms * 8)])
        )
    # One caller's line, 8 s: a pause, a question, a long pause. SIPp plays it in a loop.
    line = tone.join([tone.silence(1500), speech("question")])
    (FOLDER / "talk.ul").write_bytes(tone.ulaw_encode(tone.join([line, tone.silence(8000 - len(line) / 8)])))
    # Somebody who never listens: speech half a second in, again and again, every 3 s.
    line = tone.join([tone.silence(500), speech("interruption")])
    (FOLDER / "barge-in.ul").write_bytes(
        tone.ulaw_encode(tone.join([line, tone.silence(4000 - len(line) / 8)]))
    )
    (FOLDER / "digits.rtp").write_bytes(digits("123#"))


def digits(keys: str) -> bytes:
    """Write keys as RFC 4733 packets (payload type 101, 160 ms each) into a capture that SIPp can play."""
    out = [struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 65535, 1)]  # pcap, link type Ethernet
    seq = 0
    for number, key in enumerate(keys):
        event, start = "0123456789*#ABCD".index(key), number * 300
        for index in range(8 + 3):  # eight packets, the last state sent three times more with the end bit
            end, length = index >= 8, min(index + 1, 8) * 160
            head = struct.pack("!BBHII", 0x80, 101 | (0 if index else 0x80), seq, start * 8, 0x5197)
            rtp = head + struct.pack("!BBH", event, (0x80 if end else 0) | 10, length)
            udp = struct.pack("!HHHH", 6000, 6000, 8 + len(rtp), 0) + rtp
            localhost = bytes([127, 0, 0, 1])
            ip = struct.pack("!BBHHHBBH4s4s", 0x45, 0, 20 + len(udp), 0, 0, 64, 17, 0, localhost, localhost)
            frame = bytes(12) + b"\x08\x00" + ip + udp
            ms = start + index * 20
            out.append(struct.pack("<IIII", ms // 1000, ms % 1000 * 1000, len(frame), len(frame)) + frame)
            seq += 1
    return b"".join(out)


if __name__ == "__main__":
    main()
