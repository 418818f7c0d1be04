"""The command line: the only place that knows everything. It parses, composes and runs.

Each command has a file, and imports what it needs when it runs: `gateway check` needs no SIP stack, `gateway
local` no dialplan, and a missing part is named in one line where it is missed.
"""

from gateway.cli.main import main

__all__ = ["main"]
