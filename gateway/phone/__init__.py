"""A SIP phone for the command line: rings, speaks, listens, interrupts, and measures what a caller feels."""
