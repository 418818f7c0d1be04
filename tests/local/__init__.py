"""Tests of the embedded realtime server."""
