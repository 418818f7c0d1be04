"""Tests of the realtime sessions; `wire_model` is a server that misbehaves on demand."""
