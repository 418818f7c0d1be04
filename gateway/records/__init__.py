"""Listeners on facts and orders that cannot talk back: what happened, for people and machines to read."""
