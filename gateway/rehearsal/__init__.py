"""Conversation tests that a dialplan's author writes: who rings, what is said, what has to be heard."""
