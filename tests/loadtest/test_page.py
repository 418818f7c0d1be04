"""The page is complete in itself."""

from __future__ import annotations

import re

from gateway.loadtest import page
from gateway.loadtest.settings import LoadSettings
from tests.loadtest.made import result


def test_needs_nothing_from_elsewhere() -> None:
    """No scripts, no links, no images: it can be mailed."""
    text = page.render(LoadSettings(calls=10), [result()], "All <bounds> hold.", "nobody")
    assert not re.search(r"https?://|<script|<link|<img|src=", text)
    assert "All &lt;bounds&gt; hold." in text
    assert text.count("<svg") == text.count("</svg>") >= 6


def test_several_steps_have_a_capacity_curve() -> None:
    """Cost and quality over calls, and what broke in red."""
    text = page.render(LoadSettings(calls=10), [result(10), result(20, failed=3)], "", "")
    assert "CPU over calls" in text
    assert '<td class="bad">3</td>' in text


def test_a_gateway_that_is_not_ours() -> None:
    """Without its process id there are no costs, and no curve of them."""
    steps = [result(10), result(20)]
    for step in steps:
        step.figures[:] = [figure for figure in step.figures if "gateway" not in figure.key]
    assert "CPU over calls" not in page.render(LoadSettings(), steps, "", "")
