"""Docstrings as people write them."""

from __future__ import annotations

import pytest

from gateway.tools.docstring import read_docstring

GOOGLE = """Say what the weather is.

It is asked for every hour.

Args:
    city (str): The place,
        as people say it.
    days: How many: at most 7.

Returns:
    Words.

It may rain all the same.
"""
SPHINX = """Say what the weather is.

It is asked for every hour.

:param city: The place,
    as people say it.
:param int days: How many: at most 7.
:returns: Words.
:raises ValueError: never
"""
NUMPY = """Say what the weather is.

It is asked for every hour.

Parameters
----------
city : str
    The place,
    as people say it.
days
    How many: at most 7.

Returns
-------
str
    Words.
"""


@pytest.mark.parametrize("text", [GOOGLE, SPHINX, NUMPY])
def test_parameters_are_found_in_every_style(text: str) -> None:
    """Each with its text, over as many lines as it has; results and errors are not the model's to know."""
    told, parameters = read_docstring(text)
    assert told.startswith("Say what the weather is.\n\nIt is asked for every hour.")
    assert "Words" not in told
    assert parameters == {"city": "The place, as people say it.", "days": "How many: at most 7."}


def test_text_behind_a_section_belongs_to_the_function() -> None:
    """It is no part of the section."""
    assert read_docstring(GOOGLE)[0].endswith("It may rain all the same.")


@pytest.mark.parametrize(
    "text",
    ["", "Say it.", "Note: this is text.", "Give x: a number.", "See\n---\nno list", "- a: b\n- c: d"],
)
def test_what_is_no_section_is_text(text: str) -> None:
    """Colons and lines alone make none."""
    assert read_docstring(text)[1] == {}


def test_a_name_without_words_is_not_described() -> None:
    """Nothing is better than an empty text."""
    assert read_docstring("Do it.\n\nArgs:\n    a:\n    b: two\n") == ("Do it.", {"b": "two"})
