"""SWIG's memory, as the portable plane's ports read and write it."""

from __future__ import annotations

import ctypes
import importlib.util

import pytest

if importlib.util.find_spec("pjsua2") is None:
    pytest.skip("there is no pjsua2: neither built nor from the extra `portable`", allow_module_level=True)

import pjsua2 as pj

from gateway.media import portable_conference


def test_a_vectors_memory_is_where_it_is_looked_for() -> None:
    """The layout of std::vector is not promised by anybody: this says when it changes."""
    vector = pj.ByteVector([1, 2, 3, 255])
    begin, end = portable_conference._begin_and_end(vector)
    assert ctypes.string_at(begin, end - begin) == bytes([1, 2, 3, 255])
    assert portable_conference._begin_and_end(pj.ByteVector()) == (0, 0)
