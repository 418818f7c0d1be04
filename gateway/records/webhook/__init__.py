"""Telling somebody else's server of each call that is over: signed, and tried again until it is taken."""
