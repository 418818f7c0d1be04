"""Calls that we make, through a running gateway: one, or a list of them."""
