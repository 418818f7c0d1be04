"""A gateway that records every call from its beginning, whatever its plan says: for the benchmark `recorded`.

Nobody is asked or told, so that callers hear the same as without. `python -m tests.bench.recording_gateway
serve ...` is `gateway serve ...`.
"""

from __future__ import annotations

from gateway.calls.flow import CallFlow
from gateway.cli import main
from gateway.dialplan import Plan


async def _record(flow: CallFlow, _plan: Plan) -> None:
    recording = flow._call.recording
    assert recording is not None
    if not recording.start("announce"):
        raise RuntimeError("this gateway cannot record")


if __name__ == "__main__":
    CallFlow._open = _record  # type: ignore[method-assign]
    main()
