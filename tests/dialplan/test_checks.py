"""What several plans do together, and what lies outside of their files, is checked."""

from __future__ import annotations

from pathlib import Path

import pytest

from gateway.dialplan import check
from tests.dialplan.folder import checked, found, sound, write

AGENT = "agent: {}\n"


def number(text: str, more: str = "") -> str:
    """Write a plan for a number."""
    return f"numbers: ['{text}']\n{more}{AGENT}"


# --- names ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("agent: {}\nfrom: {otherwise: nowhere}\n", "3:8: from.otherwise"),
        ("agent: {}\nhours: {open: [Mon 09:00-17:00], closed: nowhere}\n", "3:34: hours.closed"),
        ("menu: {prompt: {say: x}, options: {1: nowhere}}\n", "2:36: menu.options.1"),
        ("menu: {prompt: {say: x}, options: {1: a}, otherwise: nowhere}\n", "2:43: menu.otherwise"),
        ("agent: {}\nlookup: {url: 'http://x', plans: [a, nowhere]}\n", "3:38: lookup.plans.1"),
        ("agent: {}\nlookup: {url: 'http://x', otherwise: nowhere}\n", "3:27: lookup.otherwise"),
    ],
)
def test_a_plan_that_is_named_must_be_there(tmp_path: Path, text: str, place: str) -> None:
    """Wherever it is named."""
    (problem,) = found(tmp_path, a="numbers: ['1']\n" + text)
    assert problem.startswith(f"a.yaml:{place}: 'nowhere': there is no such plan")


def test_the_nearest_name_is_offered(tmp_path: Path) -> None:
    """A template is not one."""
    after = "hours: {open: [Mon 09:00-17:00], closed: after-hour}\n"
    problems = found(tmp_path, a=number("1", after), after_hours=number("2"))
    assert "did you mean 'after-hours'?" in problems[0]
    more = "hours: {open: [Mon 09:00-17:00], closed: t}\n"
    write(tmp_path, after_hours=number("2", "extends: t\n"))
    assert (
        "a template answers no calls" in found(tmp_path, a=number("1", more), t=f"template: true\n{AGENT}")[0]
    )


def test_an_answered_call_cannot_be_redirected(tmp_path: Path) -> None:
    """A 302 is only for calls that ring."""
    menu = "numbers: ['1']\nmenu: {prompt: {say: x}, options: {1: b}}\n"
    (problem,) = found(tmp_path, a=menu, b="redirect: {to: 'sip:x@y'}\n")
    assert "cannot be redirected" in problem
    closed = f"hours: {{open: [Mon 09:00-17:00], closed: c}}\n{AGENT}"
    (problem,) = found(tmp_path, a=menu, b=closed, c="redirect: {to: 'sip:x@y'}\n")
    assert problem.startswith("a.yaml:2:36: menu.options.1: 'b': ")
    assert "as c does" in problem


def test_an_answered_call_cannot_be_refused(tmp_path: Path) -> None:
    """A status is only for calls that ring; a key or its absence may lead to words, or to the end."""
    menu = "numbers: ['1']\nmenu: {prompt: {say: x}, options: {1: b}, otherwise: c}\n"
    closed = f"hours: {{open: [Mon 09:00-17:00], closed: c}}\n{AGENT}"
    key, nothing = found(tmp_path, a=menu, b=closed, c="reject: {status: 486}\n")
    cure = "the call is answered by then and cannot be refused with 486, as c does; "
    cure += "lead to a plan with agent, announce or menu"
    assert key == f"a.yaml:2:36: menu.options.1: 'b': {cure}"
    assert nothing == f"a.yaml:2:43: menu.otherwise: 'c': {cure}, or leave it out to hang up"


def test_closing_times_that_name_each_other_go_round(tmp_path: Path) -> None:
    """The call would never arrive; a menu may lead back, a caller chooses there."""
    closed = "hours: {{open: [Mon 09:00-17:00], closed: {}}}\n"
    problems = found(
        tmp_path,
        a=number("1", closed.format("b")),
        b=f"from: {{deny: [anonymous], otherwise: c}}\n{AGENT}",
        c=closed.format("b") + AGENT,
    )
    assert problems == [
        "b.yaml:1:27: from.otherwise: 'c': goes round in a circle: b -> c -> b",
        "c.yaml:1:34: hours.closed: 'b': goes round in a circle: c -> b -> c",
    ]


def test_a_menu_may_lead_back_to_itself(tmp_path: Path) -> None:
    """To hear it again."""
    assert (
        found(tmp_path, a="numbers: ['1']\nmenu: {prompt: {say: x}, options: {1: a, 2: b}}\n", b=AGENT) == []
    )


# --- numbers ----------------------------------------------------------------------------------------------


def test_one_number_in_two_plans_is_told(tmp_path: Path) -> None:
    """However it is written, and with the name of the other file."""
    (problem,) = found(tmp_path, a=number("+15551230001"), b=number("001 555 123-0001"))
    assert problem == (
        "b.yaml:1:11: numbers.0: '001 555 123-0001': never matches: +15551230001 in a.yaml is asked earlier; "
        "remove one, or change order"
    )


@pytest.mark.parametrize(
    "condition",
    [
        "headers: {X-A: b}\n",
        "from: {allow: ['+1*'], otherwise: next}\n",
        "hours: {open: [Mon 09:00-17:00], closed: next}\n",
    ],
)
def test_a_plan_with_a_condition_leaves_calls_to_others(tmp_path: Path, condition: str) -> None:
    """That is what conditions are for; but not to one with the same condition, and not if asked later."""
    assert found(tmp_path, a=number("1", condition), b=number("1")) == []
    assert len(found(tmp_path, a=number("1", condition), b=number("1", condition))) == 1
    assert len(found(tmp_path, a=number("1"), b=number("1", condition))) == 1
    assert found(tmp_path, a=number("1"), b=number("1", condition + "order: -1\n")) == []


def test_a_plan_that_refuses_by_itself_leaves_nothing(tmp_path: Path) -> None:
    """Its 603 or 480 is the end."""
    assert len(found(tmp_path, a=number("1", "from: {deny: [anonymous]}\n"), b=number("1"))) == 1


@pytest.mark.parametrize(
    ("first", "second", "problems"),
    [
        ("+1*", "+1555XXXXXXX", 1),
        ("+1555XXXXXXX", "+1*", 0),
        ("*", "*", 1),
        ("*", "+1*", 0),
        ("+1*", "+15551230001", 0),
        ("/x/", "/x/", 1),
    ],
)
def test_a_pattern_behind_a_wider_one_is_told(tmp_path: Path, first: str, second: str, problems: int) -> None:
    """Within its kind: exact numbers are asked before patterns, patterns before any."""
    assert len(found(tmp_path, a=number(first), b=number(second))) == problems


def test_an_entry_twice_in_one_plan_is_told(tmp_path: Path) -> None:
    """At the second."""
    (problem,) = found(tmp_path, a=f"numbers: ['+1*', '+1555*']\n{AGENT}")
    assert problem.startswith("a.yaml:1:18: numbers.1: '+1555*': already covered by +1*")


def test_a_plan_that_nothing_leads_to_is_told(tmp_path: Path) -> None:
    """Directly, or through a plan that nothing leads to; a menu in a menu leads too."""
    deep = "menu: {prompt: {say: x}, options: {1: {menu: {prompt: {say: y}, options: {1: b}}}}}\n"
    assert found(tmp_path, a=f"numbers: ['1']\n{deep}", b=AGENT) == []
    problems = found(tmp_path, a=deep, b=AGENT)
    cure = "never reached: add numbers, name it in another plan, or write outbound: {} to call by it"
    assert problems == [f"{name}.yaml:1:1: {cure}" for name in "ab"]


def test_a_template_must_be_extended_and_a_base_says_that_it_is_one(tmp_path: Path) -> None:
    """Else it is forgotten, or meant to answer calls."""
    (problem,) = found(tmp_path, t="template: true\n")
    assert "no plan extends" in problem
    (problem,) = found(tmp_path, t=AGENT, a="numbers: ['1']\nextends: t\n")
    assert "or write template: true" in problem


# --- the world ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("agent", "problem"),
    [
        ("provider: opnai", "agent.provider: 'opnai': unknown provider; did you mean 'openai'?"),
        (
            "provider: openai, voice: heart",
            "agent.voice: 'heart': openai has no such voice; use one of: cedar, marin",
        ),
        ("provider: openai, voice: marin", ""),
        ("provider: own, voice: whatever", ""),
        ("provider: openai, voice: theirs, url: 'ws://x'", ""),
        ("tools: [hang_up, fly]", "agent.tools.1: 'fly': unknown tool; use one of: hang_up"),
        (
            "tools: [hang_up, 'own:hang_up']",
            "agent.tools: 'hang_up, own:hang_up': both are 'hang_up' to the model: rename one",
        ),
    ],
)
def test_agents_need_providers_voices_and_tools_that_are_there(
    tmp_path: Path, agent: str, problem: str
) -> None:
    """Another server under the same provider has voices of its own."""
    problems = found(tmp_path, a=f"numbers: ['1']\nagent: {{{agent}}}\n")
    assert [p.split(": ", 1)[1] for p in problems] == [problem] * bool(problem)


def test_agents_in_menus_are_checked_too(tmp_path: Path) -> None:
    """With the place inside of the menu."""
    menu = "menu: {prompt: {say: x}, options: {1: {agent: {voice: nobody}}}}\n"
    (problem,) = found(tmp_path, a=f"numbers: ['1']\n{menu}")
    assert problem.startswith("a.yaml:2:48: menu.options.1.agent.voice: 'nobody': local has no such voice")


def test_without_a_catalog_any_provider_passes(tmp_path: Path) -> None:
    """What there is, is not known to a plan."""
    write(tmp_path, a="numbers: ['1']\nagent: {provider: x, voice: y, tools: [z]}\n")
    assert check(tmp_path).problems == ()


def test_unknown_variables_are_told(tmp_path: Path) -> None:
    """In every text, with the nearest name."""
    problems = found(
        tmp_path,
        a="""
numbers: ['1']
variables: {company: Acme}
pass_headers: [X-A]
answer: {greeting: "{compny}"}
agent: {instructions: "{caller.number} {company} {header.x-a} {header.X-B} {{literal}} { x }"}
on_failure: {say: "{local_tim}"}
""",
    )
    assert [p.split(": ", 2)[1:] for p in problems] == [
        ["answer.greeting", "'{compny}': unknown variable; did you mean 'company'?"],
        ["agent.instructions", "'{header.X-B}': unknown variable; did you mean 'header.x-a'?"],
        ["on_failure.say", "'{local_tim}': unknown variable; did you mean 'local_time'?"],
    ]


def test_an_address_takes_numbers_only(tmp_path: Path) -> None:
    """A header in it could send the call anywhere."""
    more = "pass_headers: [X-A]\nredirect: {to: 'sip:{called.number}@{header.X-A}'}\n"
    (problem,) = found(tmp_path, a=f"numbers: ['1']\n{more}")
    assert (
        "'{header.X-A}': unknown variable; use one of: called.number, called.user, caller.number" in problem
    )


def test_sound_files_must_be_playable(tmp_path: Path) -> None:
    """WAV, 16 bit, not empty, there."""
    sound(tmp_path / "good.wav")
    sound(tmp_path / "bytes.wav", width=1)
    sound(tmp_path / "empty.wav", frames=0)
    (tmp_path / "text.wav").write_text("hello")
    (tmp_path / "nothing.wav").write_bytes(b"")
    names = ["good", "bytes", "empty", "text", "nothing", "missing"]
    for name in names:
        (tmp_path / f"{name}.yaml").write_text(f"numbers: ['sip:{name}']\nannounce: {{play: {name}.wav}}\n")
    report = checked(tmp_path)
    assert sorted(p.mark.file.stem for p in report.problems) == sorted(names[1:])


def test_secrets_in_files_are_looked_for(tmp_path: Path) -> None:
    """Beside the plan, or by their whole path; missing ones are this machine's lack."""
    (tmp_path / "token").write_text("x")
    key = "numbers: ['1']\nagent: {api_key: '${file:token}'}\n"
    assert found(tmp_path, a=key) == []
    (tmp_path / "token").unlink()
    (problem,) = found(tmp_path, a=key)
    assert ": agent.api_key: '${file:token}'" in problem
    assert "cannot be read: No such file" in problem
    (tmp_path / "token").write_bytes(b" \n")
    assert "is empty" in found(tmp_path, a=key)[0]
    (tmp_path / "token").write_bytes(b"\xff\xfe")
    assert "no text" in found(tmp_path, a=key)[0]


def test_the_providers_of_a_fallback_are_checked_too(tmp_path: Path) -> None:
    """Each with its own voices, at its own place."""
    (tmp_path / "plan.yaml").write_text(
        "numbers: ['*']\n"
        "agent:\n"
        "  provider: a\n"
        "  fallback:\n"
        "    - {provider: b, voice: ann}\n"
        "    - {provider: c}\n"
    )
    report = check(tmp_path, providers={"a": None, "b": {"anna"}})
    assert [(problem.key, problem.value) for problem in report.errors] == [
        ("agent.fallback.0.voice", "ann"),
        ("agent.fallback.1.provider", "c"),
    ]


def test_trunk_of_a_plan_must_be_there(tmp_path: Path) -> None:
    """Where it is known which trunks there are; the nearest is offered."""
    folder = write(tmp_path, a="numbers: ['1']\ntrunk: carier\nagent: {}\n")
    assert check(folder).problems == ()
    (problem,) = check(folder, trunks={"carrier": None}).problems
    assert problem.warning
    assert "'carier': there is no such trunk in gateway.yaml; did you mean 'carrier'?" in str(problem)


def test_header_that_no_call_of_its_trunk_has_is_told(tmp_path: Path) -> None:
    """A plan for the calls of one trunk lists, or goes by, what that trunk does not let plans see."""
    folder = write(
        tmp_path,
        a="numbers: ['1']\ntrunk: carrier\nagent: {}\n"
        "pass_headers: [X-Campaign, X-Other]\nheaders: {X-Way: a}\n",
        b="numbers: ['2']\npass_headers: [X-Other]\nagent: {}\n",
    )
    assert check(folder, trunks={"carrier": None}).problems == ()
    assert check(folder, trunks={"carrier": ("x-campaign", "X-OTHER", "X-Way")}).problems == ()
    other, way = check(folder, trunks={"carrier": ("X-Campaign",)}).problems
    assert other.warning
    assert (other.key, other.value) == ("pass_headers.1", "X-Other")
    assert other.cure == "no call of carrier has it: add it to the trunk's pass_headers"
    assert (way.key, way.value) == ("headers.X-Way", "X-Way")
