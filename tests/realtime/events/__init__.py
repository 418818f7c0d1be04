"""Tests of the wire; `samples` has one of every event."""
