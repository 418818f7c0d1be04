from __future__ import annotations

from pathlib import Path

import pytest

from tests.dialplan.folder import found

PLAN = "numbers: ['100']\n"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            "agent: {}\nanswer: {speaks_first: caller, greeting: Hi}",
            "3:32: warning: answer.greeting: 'Hi': no eff",
        ),
        (
            "agent: {}\nanswer: {greeting_cached: true}",
            "3:10: warning: answer.greeting_cached: True: no effect",
        ),
        (
            "agent: {}\nbarge_in: {enabled: false, detector: local}",
            "3:28: warning: barge_in.detector: 'local'",
        ),
        (
            "agent: {}\nbarge_in: {backchannels: interrupt, far_voices: ignore}",
            "warning: barge_in.far_voices: 'ignore': no effect",
        ),
        (
            "agent: {}\nbarge_in: {enabled: false, ignore_first_ms: 50}",
            "warning: barge_in.ignore_first_ms: 50",
        ),
        (
            "agent: {}\nlimits: {max_silence: 5m, max_duration: 60s}",
            "3:10: warning: limits.max_silence: no effect",
        ),
        ("agent: {}\nlimits: {max_hold: 2m, max_duration: 60s}", "warning: limits.max_hold: no effect"),
        (
            "agent: {turn_detection: {type: none}}\nbarge_in: {detector: duck}",
            "3:12: warning: barge_in.detector",
        ),
        ("agent: {tools: [hang_up], tool_choice: none}", "2:27: warning: agent.tool_choice: 'none'"),
        (
            "agent: {transcription: null, mcp: {crm: {command: a, approval: always}}}",
            "warning: agent.mcp.crm.approval: callers can agree by the key 1 alone",
        ),
        ("announce: {say: Hi}\nrecord: {consent: announce}", "3:1: warning: record: an announcement"),
        ("agent: {parallel_tool_calls: true}", "2:9: warning: agent.parallel_tool_calls: True: no effect"),
    ],
)
def test_what_has_no_effect_is_told(tmp_path: Path, text: str, expected: str) -> None:
    """With the key that takes it away, at its place, and as a warning: calls are answered all the same."""
    (line,) = found(tmp_path, a=PLAN + text + "\n")
    assert expected in line


@pytest.mark.parametrize(
    "text",
    [
        "agent: {}",
        "agent: {}\nanswer: {speaks_first: caller, interruptible: false}",
        "agent: {}\nanswer: {greeting: Hi, greeting_cached: true}",
        "agent: {}\nbarge_in: {enabled: false}",
        "agent: {}\nlimits: {max_duration: 30s}",
        "agent: {turn_detection: {type: push_to_talk}}\nbarge_in: {detector: local}",
        "agent: {tools: [hang_up], tool_choice: hang_up, parallel_tool_calls: false}",
    ],
)
def test_what_goes_together_is_left_alone(tmp_path: Path, text: str) -> None:
    """Defaults contradict nothing, however short a call may be."""
    assert found(tmp_path, a=PLAN + text + "\n") == []
