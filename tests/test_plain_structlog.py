"""A gateway's log is drawn without rich."""

from __future__ import annotations

import subprocess

from tests.equipment.process import ROOT, python

CODE = """
import sys
from gateway import log
print("rich" in sys.modules, log.structlog.dev.rich)
import rich.console
try:
    raise ValueError("told")
except ValueError:
    log.configure("info")
    log.structlog.get_logger().exception("call.broke")
    log.flush()
"""


def test_rich_is_not_loaded_for_the_log() -> None:
    """It can be later, by who draws tables; what went wrong is told all the same."""
    ran = subprocess.run(python("-c", CODE), cwd=ROOT, capture_output=True, text=True, check=True)
    assert ran.stdout.split("\n")[0] == "False None"
    assert "ValueError: told" in ran.stdout + ran.stderr
