"""The two hot frames, without models: caller audio (50 a second and call) and agent audio.

A frame is made from a template and recognised by its beginning; whatever does not fit (another order of
keys, an escape in the text) is still right, only slower, by way of the typed events.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import orjson
import pybase64

from gateway.realtime.events.model import BadEvent

_APPEND_TYPE = b'"input_audio_buffer.append"'
_DELTA_TYPES = (b'"response.output_audio.delta"', b'"response.audio.delta"')
_NAMES = frozenset(("response.output_audio.delta", "response.audio.delta"))
_HEAD = 256
"""Bytes at the beginning of a frame in which its type is looked for: only ids and indices come before it."""


class AudioDelta(NamedTuple):
    """A piece of agent speech: PCM or G.711 as the session's output format says."""

    response_id: str
    item_id: str
    audio: bytes


def append_frame(audio: bytes) -> bytes:
    """Make `input_audio_buffer.append`."""
    return b'{"type":"input_audio_buffer.append","audio":"' + pybase64.b64encode(audio) + b'"}'


def appended_audio(raw: bytes) -> bytes | None:
    """Read caller audio from an append frame, or None if the frame's beginning is not that of one."""
    if raw.find(_APPEND_TYPE, 0, _HEAD) < 0:
        return None
    body = _loads(raw)
    if body is None or body.get("type") != "input_audio_buffer.append":
        return None
    return decode(body.get("audio"), "audio", body.get("event_id"))


def audio_delta(raw: bytes) -> AudioDelta | None:
    """Read agent audio from a delta frame (GA or older name), or None if it does not begin like one."""
    if raw.find(_DELTA_TYPES[0], 0, _HEAD) < 0 and raw.find(_DELTA_TYPES[1], 0, _HEAD) < 0:
        return None
    body = _loads(raw)
    if body is None or body.get("type") not in _NAMES:
        return None
    response_id, item_id = body.get("response_id"), body.get("item_id")
    if not (isinstance(response_id, str) and isinstance(item_id, str)):
        return None
    return AudioDelta(response_id, item_id, decode(body.get("delta"), "delta", body.get("event_id")))


def decode(text: object, param: str, event_id: object = None) -> bytes:
    """Read base64 strictly: foreign characters are refused, not skipped (which is also four times faster)."""
    if not isinstance(text, str):
        raise BadEvent("invalid_type", f"'{param}' is base64 text.", param=param, event_id=_text(event_id))
    try:
        decoded: bytes = pybase64.b64decode(text, validate=True)
    except ValueError:
        message = f"Invalid '{param}': not base64."
        raise BadEvent("invalid_value", message, param=param, event_id=_text(event_id)) from None
    return decoded


class AudioDeltaFrames:
    """Makes the `response.output_audio.delta` frames of one content part; their head is made once.

    `response_id`, `item_id`: whose they are.
    """

    def __init__(
        self,
        response_id: str,
        item_id: str,
        *,
        output_index: int = 0,
        content_index: int = 0,
        name: str = "response.output_audio.delta",
    ) -> None:
        self.response_id, self.item_id = response_id, item_id
        head = orjson.dumps(
            {
                "type": name,
                "response_id": response_id,
                "item_id": item_id,
                "output_index": output_index,
                "content_index": content_index,
            }
        )
        self._head = head[:-1] + b',"event_id":"'

    def frame(self, event_id: str, audio: bytes) -> bytes:
        """Make one frame. `event_id` is the server's own: letters, digits and underscores."""
        return b"".join((self._head, event_id.encode(), b'","delta":"', pybase64.b64encode(audio), b'"}'))


def _loads(raw: bytes) -> dict[str, Any] | None:
    try:
        body = orjson.loads(raw)
    except orjson.JSONDecodeError as error:
        raise BadEvent("invalid_json", f"This is not JSON: {error}") from None
    return body if isinstance(body, dict) else None


def _text(value: object) -> str | None:
    return value if isinstance(value, str) else None
