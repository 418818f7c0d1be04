"""One gateway process: its settings, what it is composed of, and the embedded server beside it."""
