"""asyncio's task group, without the reference cycles that it leaves when it raises (Python before 3.14).

Its frame keeps the exception whose traceback keeps the frame, and with it everything around: a finished call
would stay in memory until a full collection, which then halts all calls for a fifth of a second.
"""

from __future__ import annotations

import asyncio
import traceback
from types import TracebackType


class TaskGroup(asyncio.TaskGroup):
    """See `asyncio.TaskGroup`."""

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Leave the group; the frames of what is raised are emptied, their lines stay."""
        try:
            await super().__aexit__(kind, error, trace)
        except BaseException as raised:
            traceback.clear_frames(raised.__traceback__)
            raise
        finally:
            del kind, error, trace
