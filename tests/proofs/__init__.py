"""Proofs: what takes too long for `make test`, shown on the running whole. `make proofs` runs them all.

Each module is one proof, run alone by `python -m tests.proofs.NAME`. It prints the figures it measured, ends
by itself, and exits with 0 if what it proves holds, with `NOT_HERE` if this machine lacks something it needs
(which it says), and with anything else if it does not hold. Its traffic stays on loopback or in a network
namespace of its own, and is bounded in count and time.
"""

from __future__ import annotations

NOT_HERE = 77
"""The exit code of a proof that cannot be run on this machine, as automake's test driver has it."""
