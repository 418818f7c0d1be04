"""The words of a plan file: what a number, a name, a header or a file has to look like, each said once.

YAML takes `100` and `1` for numbers; to a plan they are names and patterns. Each type checks what was
written, and says in the JSON Schema what an editor may let pass. A ValueError holds the cure.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Annotated, Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import AfterValidator, BeforeValidator, ValidationInfo, WithJsonSchema

from gateway.dialplan import conditions, hours, numbers

LONGEST_PATH = 1024
"""Characters of a file's name in an answer from elsewhere."""
PLAN_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]*")
_VARIABLE_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_HEADER_NAME = re.compile(r"[A-Za-z0-9!%*_+`'~-]+")  # RFC 3261 25.1, token


def _text(value: object) -> object:
    # `100` and `1` are numbers to YAML, but names and patterns to us.
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else value


def _entry(text: str, info: ValidationInfo) -> str:
    numbers.parse_entry(text, (info.context or {}).get("region"))
    return text


def _caller_entry(text: str, info: ValidationInfo) -> str:
    return text if text.lower() == "anonymous" else _entry(text, info)


def _opening(text: str) -> str:
    hours.parse_opening(text)
    return text


def _holiday(text: str) -> str:
    hours.parse_holiday(text)
    return text


def _zone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise ValueError("unknown time zone; use a name of the IANA list, such as Europe/Berlin") from None
    return name


def _instead(value: object) -> object:
    if isinstance(value, int) and not isinstance(value, bool):
        if not 400 <= value <= 699:
            raise ValueError("a SIP status that refuses a call lies between 400 and 699")
        return value
    return _plan_name(value)


def _plan_name(value: object) -> object:
    value = _text(value)
    if not isinstance(value, str) or not PLAN_NAME.fullmatch(value):
        raise ValueError("write the name of a plan: its file's name without .yaml")
    return value


def _file(value: object, info: ValidationInfo) -> object:
    """A plan names any file of its host; an answer from elsewhere (`confined`) only one beside the plans."""
    context = info.context or {}
    folder: Path = context.get("folder", Path())
    if not isinstance(value, str):
        return value
    return _inside(folder, value) if context.get("confined") else folder / value


def _inside(folder: Path, value: str) -> Path:
    """Where a name leads, through symbolic links and `..`, if that is in the folder."""
    try:
        root = folder.resolve()
        file = (root / value).resolve()
        named = file.name and len(value) <= LONGEST_PATH
    except (OSError, RuntimeError, ValueError):  # links in a circle; a NUL
        named = False
    if not named:
        raise ValueError("not the name of a file")
    if root not in file.parents:
        raise ValueError("name a file in the folder of the plan")
    return file


def _several(value: object) -> object:
    return (value,) if isinstance(value, str) else value


def _variable(name: str) -> str:
    if not _VARIABLE_NAME.fullmatch(name):
        raise ValueError("a variable's name is letters, digits and _, and begins with a letter")
    return name


CodecName = Literal["pcmu", "pcma", "g722", "opus"]


def _each_once(names: tuple[CodecName, ...]) -> tuple[CodecName, ...]:
    if not names or len(set(names)) < len(names):
        raise ValueError("name at least one codec, and each once, such as [pcmu, pcma]")
    return names


def _key(key: str) -> str:
    if len(key) != 1 or key not in "0123456789*#":
        raise ValueError('a key of the telephone is 0 to 9, "*" or "#" (the last two in quotes)')
    return key


def _sip_uri(uri: str) -> str:
    if not re.fullmatch(r"(sips?|tel):[^\s<>\"]+", uri):
        raise ValueError("write a SIP address, such as sip:desk@example.com or sip:{called.user}@10.0.0.7")
    return uri


def _language(code: str) -> str:
    if not re.fullmatch(r"[a-z]{2,3}(-[A-Za-z0-9]+)*", code):
        raise ValueError("write a language as ISO 639 has it, such as en, de or pt-BR")
    return code


def _header_value(text: str) -> str:
    conditions.header_test("", text)
    return text


def _header(name: str) -> str:
    if not _HEADER_NAME.fullmatch(name):
        raise ValueError("not the name of a SIP header")
    return name


NumberEntry = Annotated[
    str, BeforeValidator(_text), AfterValidator(_entry), WithJsonSchema({"type": ["string", "integer"]})
]
CallerEntry = Annotated[
    str,
    BeforeValidator(_text),
    AfterValidator(_caller_entry),
    WithJsonSchema({"type": ["string", "integer"]}),
]
PlanName = Annotated[
    str, BeforeValidator(_plan_name), WithJsonSchema({"type": "string", "pattern": f"^{PLAN_NAME.pattern}$"})
]
Instead = Annotated[
    int | str,
    BeforeValidator(_instead),
    WithJsonSchema({"anyOf": [{"type": "integer", "minimum": 400, "maximum": 699}, {"type": "string"}]}),
]
Text = Annotated[str, BeforeValidator(_text), WithJsonSchema({"type": ["string", "integer"]})]
HeaderValue = Annotated[Text, AfterValidator(_header_value)]
VariableName = Annotated[str, AfterValidator(_variable)]
HeaderName = Annotated[str, AfterValidator(_header)]
Key = Annotated[
    str,
    BeforeValidator(_text),
    AfterValidator(_key),
    WithJsonSchema({"type": "string", "pattern": "^[0-9*#]$"}),
]
TrunkNames = Annotated[
    tuple[str, ...],
    BeforeValidator(_several),
    WithJsonSchema({"anyOf": [{"type": "string"}, {"type": "array", "items": {"type": "string"}}]}),
]
NamedFile = Annotated[Path, BeforeValidator(_file), WithJsonSchema({"type": "string"})]
SoundFile = Annotated[Path, BeforeValidator(_file), WithJsonSchema({"type": "string"})]
ImageFile = Annotated[Path, BeforeValidator(_file), WithJsonSchema({"type": "string"})]
OpeningHours = Annotated[str, AfterValidator(_opening)]
Holiday = Annotated[str, BeforeValidator(_text), AfterValidator(_holiday)]
TimeZone = Annotated[str, AfterValidator(_zone)]
SipUri = Annotated[str, AfterValidator(_sip_uri)]
Language = Annotated[str, AfterValidator(_language)]
Codecs = Annotated[tuple[CodecName, ...], AfterValidator(_each_once)]
