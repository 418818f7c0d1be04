"""What a server tells about the caller's audio: speech, transcripts, keys; and about its own playout."""

from __future__ import annotations

from typing import Literal

from gateway.realtime.events.model import Count, Event, Text
from gateway.realtime.events.response import ErrorBody, TranscriptionUsage


class _TranscriptionEvent(Event):
    item_id: str
    content_index: Count = 0


class TranscriptionDelta(_TranscriptionEvent):
    """A piece of the caller's transcript."""

    type: Literal["conversation.item.input_audio_transcription.delta"] = (
        "conversation.item.input_audio_transcription.delta"
    )
    delta: Text = ""


class TranscriptionCompleted(_TranscriptionEvent):
    """The caller's transcript; often after the answer began, and sometimes twice for one item."""

    type: Literal["conversation.item.input_audio_transcription.completed"] = (
        "conversation.item.input_audio_transcription.completed"
    )
    transcript: Text = ""
    usage: TranscriptionUsage | None = None


class TranscriptionSegment(_TranscriptionEvent):
    """A piece of the transcript with its speaker; `start` and `end` in seconds."""

    type: Literal["conversation.item.input_audio_transcription.segment"] = (
        "conversation.item.input_audio_transcription.segment"
    )
    id: Text = ""
    text: Text = ""
    speaker: Text = ""
    start: float = 0.0
    end: float = 0.0


class TranscriptionFailed(_TranscriptionEvent):
    """A turn could not be transcribed; the conversation goes on."""

    type: Literal["conversation.item.input_audio_transcription.failed"] = (
        "conversation.item.input_audio_transcription.failed"
    )
    error: ErrorBody


class InputAudioCommitted(Event):
    """The buffered audio became the user item `item_id`."""

    type: Literal["input_audio_buffer.committed"] = "input_audio_buffer.committed"
    item_id: str
    previous_item_id: str | None = None


class InputAudioCleared(Event):
    """The buffered audio was forgotten."""

    type: Literal["input_audio_buffer.cleared"] = "input_audio_buffer.cleared"


class SpeechStarted(Event):
    """The caller began to speak at `audio_start_ms` of the audio sent in this session, padding included."""

    type: Literal["input_audio_buffer.speech_started"] = "input_audio_buffer.speech_started"
    audio_start_ms: Count = 0
    item_id: Text = ""


class SpeechStopped(Event):
    """The caller fell silent; `audio_end_ms` includes the silence that was waited for."""

    type: Literal["input_audio_buffer.speech_stopped"] = "input_audio_buffer.speech_stopped"
    audio_end_ms: Count = 0
    item_id: Text = ""


class TimeoutTriggered(Event):
    """Nobody spoke for `idle_timeout_ms`; a response follows."""

    type: Literal["input_audio_buffer.timeout_triggered"] = "input_audio_buffer.timeout_triggered"
    audio_start_ms: Count = 0
    audio_end_ms: Count = 0
    item_id: Text = ""


class DtmfReceived(Event):
    """A key was pressed; SIP sessions only, and the one event without `event_id`."""

    type: Literal["input_audio_buffer.dtmf_event_received"] = "input_audio_buffer.dtmf_event_received"
    event: str
    received_at: Count = 0


class _PlayoutEvent(Event):
    response_id: str


class OutputAudioStarted(_PlayoutEvent):
    """The server's own playout began; WebRTC and SIP sessions only, like the next two."""

    type: Literal["output_audio_buffer.started"] = "output_audio_buffer.started"


class OutputAudioStopped(_PlayoutEvent):
    """The server's own playout ended."""

    type: Literal["output_audio_buffer.stopped"] = "output_audio_buffer.stopped"


class OutputAudioCleared(_PlayoutEvent):
    """The server's own playout was cut off."""

    type: Literal["output_audio_buffer.cleared"] = "output_audio_buffer.cleared"


CallerEvent = (
    TranscriptionDelta
    | TranscriptionCompleted
    | TranscriptionSegment
    | TranscriptionFailed
    | InputAudioCommitted
    | InputAudioCleared
    | SpeechStarted
    | SpeechStopped
    | TimeoutTriggered
    | DtmfReceived
    | OutputAudioStarted
    | OutputAudioStopped
    | OutputAudioCleared
)
