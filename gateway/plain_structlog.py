"""structlog without rich: it would import it to draw tracebacks, which are ours (`log_console`).

A gateway has no other use of it, and it would take 30 ms of each start and 5 MB for as long as it runs.
"""

import sys

if "structlog" not in sys.modules and "rich" not in sys.modules:
    sys.modules["rich"] = None  # type: ignore[assignment]  # to import it fails
    try:
        import structlog
    finally:
        del sys.modules["rich"]
else:
    import structlog

__all__ = ["structlog"]
