"""The page is complete in itself."""

from __future__ import annotations

import re
from html import escape

from gateway.loadtest import page
from gateway.loadtest.settings import LoadSettings
from tests.loadtest.made import RUN, result


def test_needs_nothing_from_elsewhere() -> None:
    """No scripts, no links, no images: it can be mailed."""
    text = page.render(LoadSettings(calls=10), [result()], "All <bounds> hold.", "nobody", RUN)
    assert not re.search(r"https?://|<script|<link|<img|src=", text)
    assert "All &lt;bounds&gt; hold." in text
    assert text.count("<svg") == text.count("</svg>") >= 6


def test_several_steps_have_a_capacity_curve() -> None:
    """Cost and quality over calls, and what broke in red."""
    text = page.render(LoadSettings(calls=10), [result(10), result(20, failed=3)], "", "", RUN)
    assert "CPU over calls" in text
    assert '<td class="bad">3 <span title="broken">' in text


def test_each_bound_has_a_mark() -> None:
    """In every step, held or broken; what has no bound has none."""
    steps = [result(10), result(20, failed=3)]
    text = page.render(LoadSettings(calls=10), steps, "", "", RUN)
    judged = [figure for step in steps for figure in step.figures if figure.bound is not None]
    assert len(judged) > 20
    assert text.count('title="held"') == sum(figure.holds for figure in judged)
    assert text.count('title="broken"') == sum(not figure.holds for figure in judged) == 1


def test_it_says_when_and_on_what_it_was_measured() -> None:
    """So that it can be compared, and run again."""
    text = page.render(LoadSettings(calls=10), [result()], "", "", RUN)
    for name, told in RUN.as_dict().items():
        assert f"<dt>{name}</dt><dd>{escape(told)}</dd>" in text


def test_a_gateway_that_is_not_ours() -> None:
    """Without its process id there are no costs, and no curve of them."""
    steps = [result(10), result(20)]
    for step in steps:
        step.figures[:] = [figure for figure in step.figures if "gateway" not in figure.key]
    assert "CPU over calls" not in page.render(LoadSettings(), steps, "", "", RUN)
