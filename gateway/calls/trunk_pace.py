"""New calls a second on trunks that several processes share: `calls_per_second` holds for all together.

In one process the trunk itself counts, on the SIP thread, before anybody hears of a call; with several that
is the first of two bounds.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping

from gateway.calls.shared_answers import SharedAnswers
from gateway.calls.shared_state import SharedState
from gateway.sip.call_rate import CallRate


class TrunkPace:
    """Of one process. `rates`: the bounds of those trunks that have one; without `shared` nobody asks."""

    def __init__(
        self,
        rates: Mapping[str, float] | None = None,
        shared: SharedState | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._rates = dict(rates or {})
        self._shared = shared
        self._clock = clock
        self._answers = SharedAnswers()
        self._own: dict[str, tuple[float, CallRate]] = {}

    def bounds(self, trunk: str) -> bool:
        """Return whether new calls on this trunk are counted."""
        return self._shared is not None and trunk in self._rates

    async def admits(self, trunk: str) -> bool:
        """Return whether one more call may come now, and count it. Each has its share while none answers."""
        if self._shared is None or (rate := self._rates.get(trunk)) is None:
            return True
        asked = self._shared.admit(f"trunk/{trunk}", rate)
        answer = await self._answers.ask(asked, otherwise=None)
        return self._in_share(trunk, rate / self._shared.processes) if answer is None else answer

    def _in_share(self, trunk: str, part: float) -> bool:
        known, bucket = self._own.get(trunk, (0.0, CallRate(part)))
        if known != part:  # there are more of us, or fewer
            bucket = CallRate(part)
        self._own[trunk] = (part, bucket)
        return bucket.admits(self._clock())
