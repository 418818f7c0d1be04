"""Tests of continuity above one connection."""
