"""The older, flat shape of the protocol, to and from GA.

The hosted service dropped it in May 2026; other vendors and older clients still speak it. The functions work
on JSON data, not on models: what they do not know they leave alone.
"""

from __future__ import annotations

from typing import Any

Json = dict[str, Any]

_MOVED: dict[str, tuple[str, ...]] = {
    "voice": ("audio", "output", "voice"),
    "speed": ("audio", "output", "speed"),
    "input_audio_format": ("audio", "input", "format"),
    "output_audio_format": ("audio", "output", "format"),
    "input_audio_transcription": ("audio", "input", "transcription"),
    "input_audio_noise_reduction": ("audio", "input", "noise_reduction"),
    "turn_detection": ("audio", "input", "turn_detection"),
    "max_response_output_tokens": ("max_output_tokens",),
}
"""Where each flat field went in GA."""

_FORMATS = {"pcm16": "audio/pcm", "g711_ulaw": "audio/pcmu", "g711_alaw": "audio/pcma"}
_FORMATS_BACK = {new: old for old, new in _FORMATS.items()}
_RATES = {"input": "input_audio_sampling_rate", "output": "output_audio_sampling_rate"}
"""Fields of some vendors that say the rate of a format, in Hz."""
_PARTS_BACK = {"output_text": "text", "output_audio": "audio"}
_PARTS = {old: new for new, old in _PARTS_BACK.items()}
_GA_ONLY = ("type", "object", "truncation", "prompt", "include", "reasoning", "parallel_tool_calls")

NAMES_BACK = {
    "response.output_text.delta": "response.text.delta",
    "response.output_text.done": "response.text.done",
    "response.output_audio.delta": "response.audio.delta",
    "response.output_audio.done": "response.audio.done",
    "response.output_audio_transcript.delta": "response.audio_transcript.delta",
    "response.output_audio_transcript.done": "response.audio_transcript.done",
    "conversation.item.added": "conversation.item.created",
}
"""Server events by GA name that the older shape names otherwise."""


def path_from_flat(path: str) -> str:
    """Return where a flat parameter such as `session.speed` is in GA; any other path as it is."""
    top, _, rest = path.partition(".")
    name, _, below = rest.partition(".")
    if name not in _MOVED:
        return path
    return ".".join(filter(None, (top, *_MOVED[name], below)))


def looks_flat(session: Json) -> bool:
    """Return whether a session is written flat: it has a flat field, and no `audio`."""
    return "audio" not in session and any(name in session for name in (*_MOVED, "modalities"))


def session_to_flat(session: Json) -> Json:
    """Write a GA session flat; what the older shape lacks is left out."""
    flat = {name: value for name, value in session.items() if name not in ("audio", *_GA_ONLY)}
    for old, path in _MOVED.items():
        found, value = _dig(session, path)
        if not found:
            continue
        flat.pop(path[0], None)
        if old.endswith("_format"):
            value = _FORMATS_BACK.get(value["type"], value["type"]) if value else value
        flat[old] = value
    if isinstance(detection := flat.get("turn_detection"), dict):
        flat["turn_detection"] = {k: v for k, v in detection.items() if k != "idle_timeout_ms"}
    return _modalities_to_flat(flat)


def session_from_flat(flat: Json) -> Json:
    """Write a flat session the GA way; `temperature` and whatever else GA lacks stays as it is."""
    session: Json = {"type": "realtime"}
    for name, value in flat.items():
        if name == "modalities":
            session["output_modalities"] = ["audio"] if value is None or "audio" in value else ["text"]
        elif name in _MOVED:
            _bury(session, _MOVED[name], _format(value) if name.endswith("_format") else value)
        else:
            session[name] = value
    return session


def client_to_flat(body: Json) -> Json:
    """Write a GA client event the older way."""
    match body["type"]:
        case "session.update":
            return {**body, "session": session_to_flat(body["session"])}
        case "response.create" if body.get("response"):
            return {**body, "response": _response_to_flat(body["response"])}
        case "conversation.item.create":
            return {**body, "item": _item(body["item"], _PARTS_BACK)}
    return body


def client_from_flat(body: Json) -> Json:
    """Write an older client event the GA way."""
    match body.get("type"):
        case "session.update" if isinstance(body.get("session"), dict):
            return {**body, "session": session_from_flat(body["session"])}
        case "response.create" if isinstance(body.get("response"), dict):
            asked = session_from_flat(body["response"])
            del asked["type"]
            if isinstance(asked.get("input"), list):
                asked["input"] = [
                    _item(item, _PARTS) if isinstance(item, dict) else item for item in asked["input"]
                ]
            return {**body, "response": asked}
        case "conversation.item.create" if isinstance(body.get("item"), dict):
            return {**body, "item": _item(body["item"], _PARTS)}
    return body


def server_to_flat(body: Json) -> Json | None:
    """Write a GA server event the older way; None for one that the older shape does not have."""
    kind = body["type"]
    if kind == "conversation.item.done":
        return None
    flat = {**body, "type": NAMES_BACK.get(kind, kind)}
    if isinstance(session := body.get("session"), dict):
        flat["session"] = {"object": "realtime.session", **session_to_flat(session)}
    if isinstance(item := body.get("item"), dict):
        flat["item"] = _item(item, _PARTS_BACK)
    if isinstance(response := body.get("response"), dict):
        flat["response"] = _response_to_flat(response)
        if isinstance(output := response.get("output"), list):
            flat["response"]["output"] = [_item(item, _PARTS_BACK) for item in output]
    return flat


def server_from_flat(body: Json) -> Json:
    """Write an older server event's session the GA way. Names and content types are left.

    `pcm16` says nothing of a rate: it is 24 kHz at one vendor and 16 kHz at the next.
    """
    if not isinstance(session := body.get("session"), dict) or not looks_flat(session):
        return body
    written = session_from_flat(session)
    for way, name in _RATES.items():
        side = written.get("audio", {}).get(way, {})
        if isinstance(form := side.get("format"), dict) and "type" in form:
            said = session.get(name)
            side["format"] = {"type": form["type"], **({"rate": said} if isinstance(said, int) else {})}
    return {**body, "session": written}


def _response_to_flat(response: Json) -> Json:
    return _modalities_to_flat(
        {
            **{name: value for name, value in response.items() if name not in ("audio", "max_output_tokens")},
            **_some(response, "voice", "output_audio_format", "max_response_output_tokens"),
        }
    )


def _some(response: Json, *names: str) -> Json:
    whole = session_to_flat(response)
    return {name: whole[name] for name in names if name in whole}


def _modalities_to_flat(body: Json) -> Json:
    """Audio carries its transcript in GA; before, both were named."""
    if "output_modalities" not in body:
        return body
    asked = body.pop("output_modalities") or []
    return {**body, "modalities": ["text", "audio"] if "audio" in asked else ["text"]}


def _format(name: Any) -> Any:
    if not isinstance(name, str):
        return name
    kind = _FORMATS.get(name, name)
    return {"type": kind, "rate": 24_000} if kind == "audio/pcm" else {"type": kind}


def _item(item: Json, names: dict[str, str]) -> Json:
    """Rename the parts of an assistant message; a user's parts have the same names in both shapes."""
    if not isinstance(item.get("content"), list):
        return item
    if item.get("role") == "assistant":
        return {**item, "content": [_renamed(part, names) for part in item["content"]]}
    return {**item, "content": [_picture(part) for part in item["content"]]}


def _renamed(part: Any, names: dict[str, str]) -> Any:
    kind = part.get("type") if isinstance(part, dict) else None
    return {**part, "type": names[kind]} if isinstance(kind, str) and kind in names else part


def _picture(part: Any) -> Any:
    """Write a picture the GA way: `image_url` as a text, not `image: {url}` or `image_url: {url}`."""
    if not isinstance(part, dict) or part.get("type") not in ("input_image", "image", "image_url"):
        return part
    for name in ("image", "image_url"):
        if isinstance(given := part.get(name), dict) and isinstance(given.get("url"), str):
            rest = {key: value for key, value in part.items() if key not in ("image", "image_url")}
            detail = {"detail": given["detail"]} if "detail" in given else {}
            return {**rest, **detail, "type": "input_image", "image_url": given["url"]}
    return part


def _dig(body: Json, path: tuple[str, ...]) -> tuple[bool, Any]:
    for step in path:
        if not isinstance(body, dict) or step not in body:
            return False, None
        body = body[step]
    return True, body


def _bury(body: Json, path: tuple[str, ...], value: Any) -> None:
    for step in path[:-1]:
        body = body.setdefault(step, {})
    body[path[-1]] = value
