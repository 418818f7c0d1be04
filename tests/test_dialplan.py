"""The plans that are shipped and the recipes of the guide do what they say."""

from __future__ import annotations

import re
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
import yaml

from gateway.call import CallInfo
from gateway.calls.sessions import Sessions
from gateway.dialplan import Dialplan, Inline, NoPlan, Routed, check, source
from gateway.dialplan.commands import run_check, run_route
from gateway.dialplan.numbers import e164
from gateway.dialplan.variables import fill
from gateway.local.engines.script import read_script
from gateway.node.settings import Settings, load
from gateway.realtime.providers import OPENAI_VOICES
from gateway.rehearsal.reading import read as read_rehearsals
from gateway.tools.builtin import BUILT_IN
from gateway.tools.catalog import ToolCatalog
from tests.dialplan.folder import call

ROOT = Path(__file__).parent.parent
GUIDE = ROOT / "docs/dialplan.md"
RECIPES = ROOT / "docs/recipes"
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
PROVIDERS = {"local": None, "openai": OPENAI_VOICES}

NEW_YORK = ZoneInfo("America/New_York")
MONDAY_TEN = datetime(2026, 11, 23, 10, 0, tzinfo=NEW_YORK)
MONDAY_EVENING = datetime(2026, 11, 23, 20, 0, tzinfo=NEW_YORK)
CHRISTMAS = datetime(2026, 12, 25, 10, 0, tzinfo=NEW_YORK)


def sound(folder: Path) -> Dialplan:
    """Load plans that must be without mistakes, though their secrets are not set here."""
    report = check(folder, providers=PROVIDERS, tools=ToolCatalog)
    assert report.errors == ()
    assert report.dialplan is not None
    return report.dialplan


def outcome(plans: Dialplan, info: CallInfo, now: datetime = MONDAY_TEN) -> str:
    """Name the plan and the action that a call gets."""
    routed = plans.route(info, now)
    if isinstance(routed, NoPlan):
        return "404"
    return f"{routed.plan.name} {type(routed.plan.action).__name__.lower()}"


# --- shipped plans ----------------------------------------------------------------------------------------


def test_the_shipped_plans_need_nothing() -> None:
    """A first run has nothing to warn of."""
    sound(ROOT / "dialplans")
    assert check(ROOT / "dialplans", providers=PROVIDERS, tools=ToolCatalog).problems == ()


def test_any_number_reaches_the_embedded_agent() -> None:
    """The default plan, which needs nothing."""
    plans = sound(ROOT / "dialplans")
    for called in ("+15551239999", "assistant", "100", ""):
        routed = plans.route(call(called), MONDAY_TEN)
        assert isinstance(routed, Routed)
        assert routed.plan.agent is not None
        assert (routed.plan.name, routed.plan.agent.provider) == ("default", "local")


def test_two_lines_make_it_openai(tmp_path: Path) -> None:
    """As the comment in the file says."""
    text = (ROOT / "dialplans/default.yaml").read_text(encoding="utf-8")
    hosted = text.replace("provider: local", "provider: openai").replace("voice: heart", "voice: marin")
    changed = [
        line for line, before in zip(hosted.split("\n"), text.split("\n"), strict=True) if line != before
    ]
    assert [line.strip() for line in changed] == ["provider: openai", "voice: marin"]
    (tmp_path / "default.yaml").write_text(hosted)
    routed = sound(tmp_path).route(call(), MONDAY_TEN)
    assert isinstance(routed, Routed)
    assert routed.plan.agent is not None
    assert routed.plan.agent.provider == "openai"


# --- recipes ----------------------------------------------------------------------------------------------

US, UK = "+15559990001", "+442079990001"

CALLS: dict[str, list[tuple[CallInfo, datetime, str]]] = {
    "after-hours": [
        (call("+15551230001"), MONDAY_TEN, "office agent"),
        (call("+15551230001"), MONDAY_EVENING, "after-hours announce"),
        (call("+15551230001"), CHRISTMAS, "after-hours announce"),
    ],
    "language-by-number": [
        (call("+442071230001"), MONDAY_TEN, "english agent"),
        (call("+49301230001"), MONDAY_TEN, "german agent"),
    ],
    "menu-then-agent": [(call("+15551230001"), MONDAY_TEN, "reception menu")],
    "vip-callers": [
        (call("+15551230001", US), MONDAY_TEN, "vip agent"),
        (call("+15551230001", "+15558880001"), MONDAY_TEN, "vip agent"),
        (call("+15551230001", UK), MONDAY_TEN, "everyone agent"),
        (call("+15551230001", "anonymous"), MONDAY_TEN, "everyone agent"),
    ],
    "announcement": [
        (call("+15551230009"), MONDAY_TEN, "closed-for-good announce"),
        (call("+15551230010"), MONDAY_TEN, "chime announce"),
    ],
    "survey": [(call("+15551230020"), MONDAY_TEN, "survey menu")],
    "caller-filter": [
        (call("+15551230030", US), MONDAY_TEN, "hotline agent"),
        (call("+15551230030", UK), MONDAY_TEN, "please-show-your-number announce"),
        (call("+15551230030", "+19001234567"), MONDAY_TEN, "please-show-your-number announce"),
        (call("+15551230030", "anonymous"), MONDAY_TEN, "please-show-your-number announce"),
    ],
    "redirect": [(call("+15551241234"), MONDAY_TEN, "moved redirect"), (call("+1555124"), MONDAY_TEN, "404")],
    "campaign-header": [
        (call("+15551230040", x_campaign="spring-radio"), MONDAY_TEN, "spring agent"),
        (call("+15551230040", x_campaign="autumn"), MONDAY_TEN, "without-campaign agent"),
        (call("+15551230040"), MONDAY_TEN, "without-campaign agent"),
    ],
    "customer-lookup": [(call("+15551230050"), MONDAY_TEN, "desk agent")],
    "order-status": [(call("+15551230060"), MONDAY_TEN, "shop agent")],
    "appointment": [(call("+15551230061"), MONDAY_TEN, "surgery agent")],
    "receptionist": [(call("+15551230062"), MONDAY_TEN, "front-desk agent")],
    "reminder-calls": [(call("+15551230001"), MONDAY_TEN, "404")],
    "compatible-server": [(call("anything"), MONDAY_TEN, "assistant agent")],
    "every-key": [(call("frontdesk", US, x_tenant="a"), MONDAY_TEN, "reception menu")],
}
"""Calls to each recipe, and what they get."""


def test_every_recipe_is_called_and_told_in_the_guide() -> None:
    """None is forgotten."""
    assert {folder.name for folder in RECIPES.iterdir()} == CALLS.keys()
    guide = GUIDE.read_text(encoding="utf-8")
    assert [name for name in CALLS if f"(recipes/{name}/)" not in guide] == []


@pytest.mark.parametrize("recipe", CALLS)
def test_a_recipe_does_what_it_says(recipe: str) -> None:
    """It passes its check, and each call gets the plan and the action that it should."""
    plans = sound(RECIPES / recipe)
    assert [outcome(plans, info, now) for info, now, _ in CALLS[recipe]] == [e for _, _, e in CALLS[recipe]]


def test_languages_inherit_one_text() -> None:
    """And differ in what each says for itself."""
    plans = sound(RECIPES / "language-by-number").plans
    german = fill(plans["german"], call(), MONDAY_TEN).agent
    english = fill(plans["english"], call(), MONDAY_TEN).agent
    assert german is not None
    assert english is not None
    assert "Speak German only" in german.instructions
    assert "Speak English only" in english.instructions
    assert (german.voice, english.voice, german.provider) == ("cedar", "marin", "openai")


@pytest.mark.parametrize(("key", "expected"), [("1", "sales"), ("2", "reception")])
def test_a_menu_leads_to_its_agents(key: str, expected: str) -> None:
    """By name and in place."""
    plans = sound(RECIPES / "menu-then-agent")
    menu = plans.plans["reception"].menu
    assert menu is not None
    target = menu.options[key]
    name = "reception" if isinstance(target, Inline) else target
    assert name == expected
    assert plans.plans[name].action


def test_a_survey_goes_through_its_questions() -> None:
    """Whatever is pressed."""
    plans = sound(RECIPES / "survey")
    for answers in ("11", "12", "21", "22"):
        name = "survey"
        for key in answers:
            menu = plans.plans[name].menu
            assert menu is not None
            target = menu.options[key]
            assert isinstance(target, str)
            name = plans.follow(target, name, call(), MONDAY_TEN).plan.name
        assert name == "thanks"


def test_a_redirect_keeps_the_number() -> None:
    """Only the host is another."""
    plan = sound(RECIPES / "redirect").plans["moved"]
    filled = fill(plan, call("+15551241234"), MONDAY_TEN).redirect
    assert filled is not None
    assert filled.to == "sip:+15551241234@pbx.example.com"


SHOWN = [
    (page.name, place, text)
    for page in PAGES
    for place, text in enumerate(re.findall(r"```ya?ml\n(.*?)```", page.read_text("utf-8"), re.DOTALL), 1)
]
"""Every piece of YAML in README and docs: the page, which of its pieces, the text."""


FUNCTIONS = re.findall(r"```python\n(.*?)```", (ROOT / "docs" / "tools.md").read_text("utf-8"), re.DOTALL)
"""Every piece of Python in docs/tools.md."""


@pytest.mark.parametrize("code", FUNCTIONS, ids=["shop", "timeout", "call"])
def test_functions_that_are_shown_can_be_copied(tmp_path: Path, code: str) -> None:
    """Each is found in its file, described, and shown."""
    (tmp_path / "tools").mkdir()
    (tmp_path / "tools" / "shown.py").write_text(code, encoding="utf-8")
    catalog = ToolCatalog(tmp_path)
    (name,) = re.findall(r"def (\w+)\(", code)
    assert catalog.fault(f"shown:{name}") == ""
    assert len(catalog.shown()) == 1


def test_pages_show_yaml() -> None:
    """Lest the next test look for what is not there."""
    assert len(SHOWN) >= 9
    assert {"README.md", "dialplan.md", "limits.md", "providers.md", "settings.md"} <= {
        one[0] for one in SHOWN
    }


@pytest.mark.parametrize(("page", "place", "text"), SHOWN, ids=[f"{one[0]}-{one[1]}" for one in SHOWN])
def test_what_a_page_shows_in_yaml_can_be_copied(tmp_path: Path, page: str, place: int, text: str) -> None:
    """A plan passes the check alone in a folder, settings load, a script is read."""
    del place
    file = tmp_path / ("gateway.yaml" if page != "script.md" else "script.yaml")
    file.write_text(text, encoding="utf-8")
    keys = set(source.read(file).data)
    if page == "script.md":
        assert read_script(file)
    elif page == "rehearsing.md" and keys == {"steps"}:  # of one call
        file.write_text(f"rehearsals:\n  one:\n    call: 100\n{text}", encoding="utf-8")
        assert read_rehearsals(file)
    elif page == "rehearsing.md":  # a workflow of a build server beside it
        assert keys == {"on", "jobs"} or read_rehearsals(file)
    elif keys <= set(Settings.model_fields):
        settings = load(file)
        assert set(Sessions("", settings.providers).catalog()) >= set(settings.providers)
    else:
        plan = file.rename(tmp_path / "shown.yaml")
        (tmp_path / "tools").mkdir()
        if page == "tools.md":
            (tmp_path / "tools" / "shop.py").write_text(FUNCTIONS[0], encoding="utf-8")
        if keys == {"agent"}:  # two lines for the shipped plan
            shipped = yaml.safe_load((ROOT / "dialplans/default.yaml").read_text("utf-8"))
            shipped["agent"] |= yaml.safe_load(text)["agent"]
            plan.write_text(yaml.safe_dump(shipped), encoding="utf-8")
        outcome = run_check(tmp_path, providers=PROVIDERS, tools=ToolCatalog, secrets=False)
        assert outcome.code == 0, outcome.text


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_what_a_page_links_to_is_there(page: Path) -> None:
    """Files, folders and headings."""
    for target, heading in re.findall(
        r"\]\((?!https?:)([^)#]*)(?:#([^)]+))?\)", page.read_text(encoding="utf-8")
    ):
        file = page.parent / target if target else page
        assert file.exists(), target
        titles = re.findall(r"^#+ (.+)$", file.read_text(encoding="utf-8"), re.MULTILINE) if heading else []
        slugs = [re.sub(r"[^a-z0-9 -]", "", title.lower()).replace(" ", "-") for title in titles]
        assert not heading or heading in slugs, f"{target}#{heading}"


def test_the_guide_knows_every_tool() -> None:
    """In the table, and in the list of keys."""
    tools = GUIDE.read_text(encoding="utf-8").partition("\n## Tools\n")[2].partition("\n## ")[0]
    assert tuple(re.findall(r"^\| `(\w+)` \|", tools, re.MULTILINE)) == tuple(BUILT_IN)
    keys = (ROOT / "docs/dialplan-keys.md").read_text(encoding="utf-8")
    assert ", ".join(f"`{name}`" for name in BUILT_IN) in keys


def test_national_numbers_are_read_as_the_guide_says() -> None:
    """Each row of its table."""
    row = re.compile(
        r"^\| `(\d+)` \| (?:`(\w\w)`|none|any) \| (?:`([+\d]+)`|the extension \1) \|$", re.MULTILINE
    )
    rows = row.findall(GUIDE.read_text(encoding="utf-8"))
    assert len(rows) == 9
    assert [e164(written, region or None) for written, region, _ in rows] == [number for *_, number in rows]


def test_the_example_of_route_tells_what_it_says(tmp_path: Path) -> None:
    """README's plan at six in the evening is closed by its own clock, wherever the question is asked."""
    (shown,) = [text for page, _, text in SHOWN if page == "README.md" and "numbers:" in text]
    (tmp_path / "reception.yaml").write_text(shown, encoding="utf-8")
    for here in ("Asia/Tokyo", "UTC", "America/Los_Angeles"):
        told = run_route(tmp_path, "+15551230001", now=MONDAY_TEN.astimezone(ZoneInfo(here)), at="18:00").text
        assert "18:00 EST (America/New_York)" in told
        assert "closed at Mon 2026-11-23 18:00 America/New_York" in told


# --- every key --------------------------------------------------------------------------------------------

EVERY_KEY = RECIPES / "every-key"


def test_secrets_that_are_not_set_are_warnings(monkeypatch: pytest.MonkeyPatch) -> None:
    """One for each, on a machine on which nothing is set up."""
    for name in ("OPENAI_API_KEY", "CRM_URL", "SHOP_TOKEN", "CALENDAR_TOKEN"):
        monkeypatch.delenv(name, raising=False)
    warnings = check(EVERY_KEY, providers=PROVIDERS, tools=ToolCatalog).problems
    assert {problem.key for problem in warnings} == {
        "lookup.url",
        "lookup.headers.Authorization",
        "menu.options.1.agent.api_key",
        "menu.options.1.agent.mcp.calendar.headers.Authorization",
        "menu.options.1.agent.webhooks.order_status.headers.Authorization",
    }


def test_the_reception_uses_every_key() -> None:
    """Of a plan, at least; so that nobody has to look far for an example."""
    text = (EVERY_KEY / "reception.yaml").read_text(encoding="utf-8")
    plan = sound(EVERY_KEY).plans["reception"]
    elsewhere = {"template", "extends", "trunk", "agent", "announce", "reject", "redirect"}
    assert {name.strip("_") for name in type(plan).model_fields} - plan.model_fields_set - elsewhere == {
        "from"
    }
    assert "from:" in text


@pytest.mark.parametrize(
    ("called", "caller", "tenant", "now", "expected"),
    [
        ("+15551230001", "+15559990001", "a", MONDAY_TEN, "reception menu"),
        ("+15551237", "+15559990001", "a", MONDAY_TEN, "reception menu"),
        ("+15551299123", "+15559990001", "a", MONDAY_TEN, "reception menu"),
        ("frontdesk", "branch-7", "a", MONDAY_TEN, "reception menu"),
        ("+15557712345", "+15559990001", "a", MONDAY_TEN, "reception menu"),
        ("+15551230001", "+15559990001", "", MONDAY_TEN, "default agent"),
        ("+15551230001", "anonymous", "a", MONDAY_TEN, "reception reject"),
        ("+15551230001", "+19001234567", "a", MONDAY_TEN, "reception reject"),
        ("+15551230001", "+15559990001", "a", MONDAY_EVENING, "default agent"),
        ("+15551230001", "+15559990001", "a", CHRISTMAS, "default agent"),
    ],
)
def test_the_reception_answers_its_calls(
    called: str, caller: str, tenant: str, now: datetime, expected: str
) -> None:
    """Numbers, header, caller, hours, holidays."""
    headers = {"x_tenant": tenant} if tenant else {}
    assert outcome(sound(EVERY_KEY), call(called, caller, **headers), now) == expected
