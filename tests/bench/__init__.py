"""Benchmarks: the figures that the README promises, measured on the wire. `python -m tests.bench` runs them.

They are no tests: a busy machine makes them worse without anything being broken. Each benchmark returns
`Figure`s; one that has a bar says whether it holds.
"""
