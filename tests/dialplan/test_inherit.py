"""Plans build on defaults.yaml and on each other by one rule."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from gateway.dialplan.inherit import inherit, merge
from gateway.dialplan.source import parse


def whole(**files: str) -> tuple[dict[str, dict[str, Any]], list[str]]:
    """Inherit, from texts by name."""
    plans, problems = inherit({name: parse(Path(f"{name}.yaml"), text) for name, text in files.items()})
    return {name: plan.data for name, plan in plans.items()}, [str(p) for p in problems]


def test_a_plan_says_over_its_base_over_the_defaults() -> None:
    """Mappings key by key, lists and values as a whole."""
    plans, problems = whole(
        defaults="agent: {voice: a, model: m, tools: [x, y]}\n",
        base="agent: {voice: b}\nlimits: {max_calls: 3}\n",
        heir="extends: base\nagent: {tools: [z]}\n",
    )
    assert problems == []
    assert plans["heir"] == {
        "extends": "base",
        "agent": {"voice": "b", "model": "m", "tools": ["z"]},
        "limits": {"max_calls": 3},
    }
    assert "defaults" not in plans


def test_numbers_order_and_template_are_not_inherited() -> None:
    """Else every heir would answer its base's calls."""
    plans, _ = whole(base="numbers: ['1']\norder: 3\ntemplate: true\nagent: {}\n", heir="extends: base\n")
    assert plans["heir"] == {"extends": "base", "agent": {}}


def test_null_is_a_value() -> None:
    """It takes away what was inherited."""
    plans, _ = whole(defaults="hours: {open: [x]}\n", a="hours: null\n")
    assert plans["a"] == {"hours": None}


def test_an_action_takes_the_place_of_the_inherited_one() -> None:
    """A plan has one."""
    plans, _ = whole(defaults="agent: {voice: a}\n", a="announce: {say: x}\n")
    assert plans["a"] == {"announce": {"say": "x"}}


def test_say_and_play_take_each_others_place() -> None:
    """A prompt has one."""
    assert merge({"on_failure": {"say": "x"}}, {"on_failure": {"play": "y"}}) == {"on_failure": {"play": "y"}}


def test_another_type_starts_anew() -> None:
    """A threshold means nothing to semantic detection."""
    base = {"turn_detection": {"type": "server_vad", "threshold": 0.5}}
    over = {"turn_detection": {"type": "semantic_vad"}}
    assert merge(base, over) == over
    same = {"turn_detection": {"type": "server_vad", "silence_duration_ms": 300}}
    assert merge(base, same)["turn_detection"] == {
        "type": "server_vad",
        "threshold": 0.5,
        "silence_duration_ms": 300,
    }


def test_agents_in_a_menu_inherit_too() -> None:
    """At any depth, and under `otherwise`; other keys stay what they are."""
    menu = """
menu:
  options: {1: {agent: {voice: b}}, 2: x, 3: {menu: {options: {4: {agent: {}}}}}}
  otherwise: {agent: {}}
"""
    plans, _ = whole(defaults="agent: {provider: openai, voice: a}\n", a=menu)
    options = plans["a"]["menu"]["options"]
    assert options["1"] == {"agent": {"provider": "openai", "voice": "b"}}
    assert options["2"] == "x"
    assert options["3"]["menu"]["options"]["4"] == {"agent": {"provider": "openai", "voice": "a"}}
    assert plans["a"]["menu"]["otherwise"] == {"agent": {"provider": "openai", "voice": "a"}}
    assert "agent" not in plans["a"]


def test_an_inherited_key_keeps_its_place() -> None:
    """A mistake in the defaults is told in the defaults."""
    sources = {
        n: parse(Path(f"{n}.yaml"), t)
        for n, t in {"defaults": "agent:\n  voice: a\n", "a": "order: 1\n"}.items()
    }
    plans, _ = inherit(sources)
    assert str(plans["a"].mark(("agent", "voice"))) == "defaults.yaml:2:3"
    assert str(plans["a"].mark(("order",))) == "a.yaml:1:1"


def test_circles_are_found_and_told_once_by_each_on_them() -> None:
    """And not by those that only lead into one."""
    _, problems = whole(a="extends: b\n", b="extends: c\n", c="extends: b\n", d="extends: d\n")
    assert problems == [
        "b.yaml:1:1: extends: 'c': goes round in a circle: b -> c -> b",
        "c.yaml:1:1: extends: 'b': goes round in a circle: c -> b -> c",
        "d.yaml:1:1: extends: 'd': goes round in a circle: d -> d",
    ]


def test_an_unknown_base_is_told_with_the_nearest_name() -> None:
    """Names of files are easily mistyped."""
    _, problems = whole(office="agent: {}\n", a="extends: ofice\n")
    assert problems == ["a.yaml:1:1: extends: 'ofice': there is no such plan; did you mean 'office'?"]


def test_the_defaults_are_not_a_plan() -> None:
    """They have no numbers and extend nothing, and need not be named."""
    _, problems = whole(defaults="numbers: ['1']\nextends: a\n", a="extends: defaults\n")
    assert [p.split(":")[3].strip() for p in problems] == ["extends", "numbers", "extends"]


TREES = st.recursive(
    st.none() | st.integers() | st.lists(st.integers(), max_size=2),
    lambda inner: st.dictionaries(st.sampled_from("abcde"), inner, max_size=3),
    max_leaves=8,
)


@given(TREES, TREES, TREES)
def test_merging_is_associative(a: Any, b: Any, c: Any) -> None:
    """A chain of plans means the same from either end, as long as mappings meet mappings."""
    if all(isinstance(x, dict) for x in (a, b, c)) and _alike(a, b) and _alike(b, c) and _alike(a, c):
        assert merge(merge(a, b), c) == merge(a, merge(b, c))


@given(TREES)
def test_merging_nothing_changes_nothing(a: Any) -> None:
    """The empty plan is the defaults."""
    if isinstance(a, dict):
        assert merge(a, {}) == a
        assert merge({}, a) == a


def _alike(a: Any, b: Any) -> bool:
    if isinstance(a, dict) != isinstance(b, dict):
        return False
    return not isinstance(a, dict) or all(_alike(a[key], b[key]) for key in a.keys() & b.keys())
