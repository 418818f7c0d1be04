"""The keys of an agent that its session with the model is set up with, beside instructions, tools and turns.

What a provider or model is known not to take is not sent to it, and `gateway check` says so.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

from pydantic import Field, field_validator, model_validator

from gateway.dialplan.model.fields import Language, Text
from gateway.dialplan.model.section import Section

OURS = (
    ("type",),
    ("model",),
    ("instructions",),
    ("tools",),
    ("output_modalities",),
    ("audio", "input", "format"),
    ("audio", "output", "format"),
    ("audio", "input", "turn_detection"),
)
"""What `extras` may not touch: the conversation goes by it."""
TOOL_CHOICES = ("auto", "none", "required")
"""What `tool_choice` may be, beside the name of a tool."""


class TranscriptionKeys(Section):
    """Turning what the caller says into text, for logs and records; the agent does not need it."""

    model: str | None = None
    """The transcription model. Default: the provider's."""

    language: Language | None = None
    """The language spoken, ISO 639, such as `en`. Default: recognised."""

    languages: tuple[Language, ...] | None = Field(default=None, min_length=1)
    """The languages that may be spoken, in place of one, for models that take several. Default: any."""

    prompt: str | None = None
    """Words to expect, such as names of products. Default: none."""

    keywords: tuple[str, ...] | None = Field(default=None, min_length=1)
    """Words to expect one by one, for models that take them so. Default: none."""

    delay: Literal["minimal", "low", "medium", "high", "xhigh"] | None = None
    """How long a model that transcribes as one speaks may wait. Default: the model's."""

    @model_validator(mode="after")
    def _one_or_several(self) -> TranscriptionKeys:
        if self.language is not None and self.languages is not None:
            raise ValueError("write language for one, or languages for several, not both")
        return self


class Truncation(Section):
    """How much of a long conversation is kept when it no longer fits; the oldest goes."""

    retention_ratio: float = Field(ge=0, le=1)
    """The share that is kept then, 0 to 1: below 1 it is cut less often, and stays in the cache longer.
    Required.
    """

    post_instructions_tokens: int | None = Field(default=None, ge=1)
    """Tokens after the instructions at which it no longer fits. Default: the model's own limit."""


class StoredPrompt(Section):
    """A prompt kept at the provider; what the plan says itself comes before it."""

    id: str
    """Its id, such as `pmpt_123`. Required."""

    version: str | None = None
    """Which of its versions. Default: the newest."""

    variables: Mapping[str, Text] = Field(default_factory=dict)
    """Texts to fill into it. Variables of the plan are filled in. Default: none."""


class Tracing(Section):
    """How the call is named in the provider's traces."""

    workflow_name: str | None = None
    """The workflow. Default: the provider's choice."""

    group_id: str | None = None
    """What links several traces. Default: nothing."""

    metadata: Mapping[str, Text] = Field(default_factory=dict)
    """Names and values to find it by. Default: none."""


class SessionKeys(Section):
    """Settings of the session that are the same at whichever provider the agent is."""

    transcription: TranscriptionKeys | None = Field(default_factory=TranscriptionKeys)
    """Text of what the caller says. Null: none. Default: on, with the provider's model."""

    noise_reduction: Literal["near_field", "far_field"] | None = None
    """A filter in front of turn detection and model: `near_field` for a handset, `far_field` for a room.
    Default: none, as a telephone line has little left to filter.
    """

    speed: float | None = Field(default=None, ge=0.25, le=1.5)
    """How fast the agent speaks, 0.25 to 1.5. Default: 1, its natural speed."""

    max_output_tokens: int | Literal["inf"] | None = None
    """The most tokens of one answer, 1 to 4096, or `inf`; a limit cuts speech off in the middle of a word.
    Default: no limit.
    """

    temperature: float | None = Field(default=None, ge=0, le=2)
    """How freely the model chooses its words; only in the older dialect (`beta-flat`). Default: the model's.
    """

    tool_choice: str | None = None
    """`auto`, `none`, `required`, or the name of the one function to call. Default: auto."""

    parallel_tool_calls: bool | None = None
    """Whether several functions may be called at once. Default: the model's."""

    reasoning: Literal["minimal", "low", "medium", "high", "xhigh"] | None = None
    """How much the model thinks before it speaks, for models that reason; more makes the caller wait.
    Default: the model's.
    """

    truncation: Literal["auto", "disabled"] | Truncation | None = None
    """What happens when the conversation no longer fits: the oldest goes (`auto`), the answer fails
    (`disabled`), or a share is kept. Default: auto.
    """

    prompt: StoredPrompt | None = None
    """A prompt kept at the provider. Default: none."""

    tracing: Literal["auto"] | Tracing | None = None
    """Traces of the call in the provider's dashboard. Default: none."""

    safety_identifier: str | None = None
    """Who the caller is to the provider's detection of abuse, such as "{caller.number}". Variables are filled
    in; sent as a hash (SHA-256), never in clear. Default: nothing is sent.
    """

    @field_validator("max_output_tokens")
    @classmethod
    def _within(cls, most: int | str | None) -> int | str | None:
        if isinstance(most, int) and not 1 <= most <= 4096:
            raise ValueError("write a number from 1 to 4096, or inf")
        return most


def touches(extras: Mapping[str, Any]) -> str:
    """Return which of `OURS` the extras would change, dotted; empty if none."""
    for path in OURS:
        node: Any = extras
        for step in path:
            node = node.get(step) if isinstance(node, Mapping) else None
        if node is not None:
            return ".".join(path)
    return ""
