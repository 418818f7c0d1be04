"""Recordings of calls: what a leg's tap has heard, written to a file beside everybody who serves the call."""
