"""Settings in layers, of mappings within mappings: what one layer leaves open another fills in. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


def over(weak: Mapping[str, Any], strong: Mapping[str, Any]) -> dict[str, Any]:
    """Lay settings over others; what is nested is filled in, not replaced."""
    both = dict(weak) | dict(strong)
    for key in weak.keys() & strong.keys():
        if isinstance(weak[key], Mapping) and isinstance(strong[key], Mapping):
            both[key] = over(weak[key], strong[key])
    return both


def within_sections(layer: Mapping[str, Any], other: Mapping[str, Any]) -> dict[str, Any]:
    """Return `layer` with its sections filled in from the same ones of `other`; nothing else is added."""
    filled = dict(layer)
    for key in layer.keys() & other.keys():
        if isinstance(layer[key], Mapping) and isinstance(other[key], Mapping):
            filled[key] = over(other[key], layer[key])
    return filled


def only(values: Mapping[str, Any], named: Mapping[str, Any]) -> dict[str, Any]:
    """Return of `values` what `named` has, section by section."""
    kept: dict[str, Any] = {}
    for key in values.keys() & named.keys():
        both = isinstance(values[key], Mapping) and isinstance(named[key], Mapping)
        kept[key] = only(values[key], named[key]) if both else values[key]
    return kept
