"""What pydantic finds is told as a person who writes plans would say it."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from gateway.dialplan import check
from gateway.dialplan.model import Plan
from tests.dialplan.folder import found
from tests.equipment.wrong_values import JARGON, VALUES, keys, written

PLAN = "numbers: ['100']\n"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("agent: {voicee: x}", "2:9: agent.voicee: unknown key; did you mean 'voice'?"),
        ("agent: {}\nvoice: x", "3:1: voice: unknown key here; it belongs under agent"),
        ("agent: {greeting: x}", "2:9: agent.greeting: unknown key here; it belongs under answer"),
        ("agent: {numbers: x}", "2:9: agent.numbers: unknown key here; it belongs under the top of the file"),
        ("agent: {}\nname: x", "3:1: name: unknown key; a plan's name is its file's name"),
        ("agent: x", "2:1: agent: 'x': must be a mapping of keys"),
        ("agent: [x]", "2:1: agent: ['x']: must be a mapping of keys"),
        ("agent: {tools: hang_up}", "2:9: agent.tools: 'hang_up': must be a list, such as [a, b]"),
        ("agent: {instructions: 5}", "2:9: agent.instructions: 5: must be a text; put it in quotes"),
        ("agent: {turn_detection: {type: sever_vad}}", "did you mean 'server_vad'?"),
        ("agent: {turn_detection: {threshold: 3}}", "agent.turn_detection.threshold: 3: must be 1"),
        ("agent: {turn_detection: {type: server_vad, threshold: 3}}", "3: must be 1 or less"),
        ("agent: {}\nanswer: {when: redy}", "3:10: answer.when: 'redy': did you mean 'ready'?"),
        ("agent: {}\nhours: {closed: 480}", "3:1: hours.open: missing; Such as"),
        (
            "agent: {}\nlimits: {max_duration: 30}",
            "3:10: limits.max_duration: 30: write a duration with its unit",
        ),
        ("announce: {say: a, play: b.wav}", "2:1: announce: write either say: TEXT or play: FILE"),
        (
            "announce: {say: Sorry, we are closed}",
            "2:24: announce.we are closed: unknown key; if it belongs to a text",
        ),
        ("agent: {}\nannounce: {say: x}", "1:1: a plan has one action, not agent and announce"),
        ("order: 1", "1:1: add an action, one of agent, announce, menu, reject, redirect"),
        (
            "menu: {prompt: {say: x}, options: {12: a}}",
            "2:36: menu.options.12: '12': a key of the telephone is",
        ),
        (
            "menu: {prompt: {say: x}, options: {1: {agnt: {}}}}",
            "menu.options.1.agnt: unknown key; did you mean 'agent'?",
        ),
        (
            "menu: {prompt: {say: x}, options: {1: {agent: {voic: y}}}}",
            "menu.options.1.agent.voic: unknown key; did",
        ),
        (
            "agent: {}\nfrom: {otherwise: 200}",
            "3:8: from.otherwise: 200: a SIP status that refuses a call lies",
        ),
        (
            "agent: {}\nfrom: {deny: [/(?!900).*/]}",
            "from.deny.0: '/(?!900).*/': not a regular expression: invalid perl operator: (?!; write",
        ),
        (
            "agent: {}\nheaders: {X-A: '/(a)\\1/'}",
            r"3:11: headers.X-A: '/(a)\\1/': not a regular expression: invalid escape sequence: \1; write",
        ),
        ("agent: {}\nextends: [a]", "3:1: extends: ['a']: write the name of a plan"),
    ],
)
def test_a_mistake_is_told_with_place_key_value_and_cure(tmp_path: Path, text: str, expected: str) -> None:
    """One line each."""
    (problem,) = found(tmp_path, a=PLAN + text + "\n")
    assert expected in problem


@pytest.mark.parametrize(
    "text",
    [
        "agent: {api_key: sk-s3cret}",
        "agent: {apikey: sk-s3cret}",
        "agent: {api_key: [sk-s3cret]}",
        "agent: {}\nlookup: {url: 'https://u:sk-s3cret@x/'}",
        "agent: {}\nlookup: {url: 'https://x', headers: {Authorization: Bearer sk-s3cret}}",
        "agent: {}\npassword: sk-s3cret",
        "agent: {url: 'https://x/?token=${TOKEN}'}",
    ],
)
def test_a_secret_in_the_wrong_place_is_not_repeated(tmp_path: Path, text: str) -> None:
    """The report may end in a ticket."""
    problems = "\n".join(found(tmp_path, a=PLAN + text + "\n"))
    assert problems
    assert "s3cret" not in problems


def test_all_mistakes_of_all_files_are_told_at_once(tmp_path: Path) -> None:
    """Also those that several files make together."""
    problems = found(
        tmp_path,
        a="numbers: ['+15551230001']\nagent: {voicee: x, provider: opnai}\nlimits: {max_calls: 0}\n",
        b="numbers: ['+15551230001']\nagent: {instructions: 'Hi {caller.nam}'}\nhours: {open: [Mon 9-17]}\n",
        c="announce: {play: missing.wav}\n",
        d="agent: [\n",
    )
    assert [problem.split(": ")[0] + " " + problem.split(": ")[1] for problem in problems] == [
        "a.yaml:2:9 agent.voicee",
        "a.yaml:2:20 agent.provider",
        "a.yaml:3:10 limits.max_calls",
        "b.yaml:1:11 numbers.0",
        "b.yaml:2:9 agent.instructions",
        "b.yaml:3:16 hours.open.0",
        "c.yaml:1:12 announce.play",
        "d.yaml:1:8 this bracket [ is never closed",
    ]


@pytest.mark.parametrize("value", VALUES, ids=repr)
def test_no_value_of_any_key_is_told_of_in_a_librarys_words(tmp_path: Path, value: object) -> None:
    """Each mistake is one line, with its place; nothing that can be written breaks the check."""
    for path in keys(Plan):
        if path == ("name",):
            continue
        plan = {"numbers": ["100"], **written(path, value)}
        (tmp_path / "a.yaml").write_text(yaml.safe_dump(plan, allow_unicode=True), encoding="utf-8")
        for problem in check(tmp_path).problems:
            assert "\n" not in str(problem), path
            assert problem.mark.line, path
            assert not JARGON.search(problem.cure), (path, problem.cure)
