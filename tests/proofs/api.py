"""Whatever the control API is asked, it does not break: `python -m tests.proofs.api [EXAMPLES]`.

schemathesis asks every route, as each role, with what its OpenAPI description allows and what it does not.
Every answer has a status, a type and a shape that are promised there; none is a 500.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

import hypothesis

from tests.equipment.fuzzed_api import FuzzedApi, fuzz

EXAMPLES = 60
"""Of each route and kind."""


def prove(examples: int) -> bool:
    """Ask, and say what broke."""
    settings = hypothesis.settings(
        max_examples=examples,
        deadline=None,
        database=None,
        suppress_health_check=list(hypothesis.HealthCheck),
    )
    with tempfile.TemporaryDirectory() as folder, FuzzedApi(Path(folder)) as api:
        for role in ("read", "operate", "admin"):
            before = api.asked
            fuzz(api, role, settings)
            sys.stdout.write(f"{role}: {api.asked - before} requests, {len(api.broke)} broke so far\n")
            sys.stdout.flush()
        sys.stdout.write("".join(f"{one}\n" for one in api.broke[:5]))
        return not api.broke and api.asked > examples * 10


if __name__ == "__main__":
    sys.exit(0 if prove(int(sys.argv[1]) if sys.argv[1:] else EXAMPLES) else 1)
