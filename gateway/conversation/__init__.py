"""Joins a leg and a session: a pure conversation inside, a thin runner around it."""
