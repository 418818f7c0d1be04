"""What all processes have had of a plan's day, in Redis: what each says of itself, side by side.

A hash a day, a field a process: the field is that process' own sum, written again whenever it changes. Nobody
adds to what others wrote, so nothing is counted twice; and what a process had that has died stays counted:
those calls were made.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import Any

from gateway.calls.shared_state import DayCount
from gateway.records.store.records_store import CallTotals

KEPT_MS = 50 * 3600 * 1000
"""A day is kept until it is over in all time zones."""
NO_LIMIT = -1

# KEYS: hashes; ARGV: our field, ms for which they are kept, then for each hash our calls, seconds, dollars,
# and the bounds of all together (-1: none). Returns 1 or 0, then for each hash the others' calls, seconds,
# dollars.
_COUNT = """
local answer, fits = {1}, true
for k = 1, #KEYS do
  local calls, seconds, usd = 0, 0, 0
  local had = redis.call('HGETALL', KEYS[k])
  for i = 1, #had, 2 do
    if had[i] ~= ARGV[1] then
      local c, s, u = string.match(had[i + 1], '^(%S+) (%S+) (%S+)$')
      calls, seconds, usd = calls + tonumber(c), seconds + tonumber(s), usd + tonumber(u)
    end
  end
  local at = 3 + (k - 1) * 6
  local most = {tonumber(ARGV[at + 3]), tonumber(ARGV[at + 4]), tonumber(ARGV[at + 5])}
  if most[1] >= 0 and calls + ARGV[at] > most[1] then fits = false end
  if most[2] >= 0 and seconds + ARGV[at + 1] >= most[2] then fits = false end
  if most[3] >= 0 and usd + ARGV[at + 2] >= most[3] then fits = false end
  for _, sum in ipairs({calls, seconds, usd}) do answer[#answer + 1] = string.format('%.17g', sum) end
end
if not fits then
  answer[1] = 0
  return answer
end
for k = 1, #KEYS do
  local at = 3 + (k - 1) * 6
  redis.call('HSET', KEYS[k], ARGV[1], ARGV[at] .. ' ' .. ARGV[at + 1] .. ' ' .. ARGV[at + 2])
  redis.call('PEXPIRE', KEYS[k], ARGV[2])
end
return answer
"""


class DayTotals:
    """What is asked of Redis, and nothing else. Raises `redis.RedisError` and OSError."""

    def __init__(self, client: Any, name: str) -> None:
        self._name = name
        self._count = client.register_script(_COUNT)

    async def count(self, who: str, counts: Sequence[DayCount]) -> tuple[bool, list[CallTotals]]:
        """See `SharedState.count_days`; `who`: this process in this life of its."""
        keys = [self._key(one) for one in counts]
        told: list[object] = [who, KEPT_MS]
        for one in counts:
            told += [one.own.calls, f"{one.own.seconds:.3f}", f"{one.own.usd:.6f}", *_bounds(one)]
        fits, *sums = await self._count(keys=keys, args=told)
        numbers = [float(one) for one in sums]
        others = [
            CallTotals(int(numbers[at]), numbers[at + 1], numbers[at + 2]) for at in range(0, len(numbers), 3)
        ]
        return bool(fits), others

    def _key(self, one: DayCount) -> str:
        # Nobody reads off a key who has called.
        caller = hashlib.blake2b(one.caller.encode(), digest_size=12).hexdigest() if one.caller else "all"
        return f"{{{self._name}}}:day:{one.day}:{caller}:{one.plan}"


def _bounds(one: DayCount) -> tuple[float, float, float]:
    limits = one.limits
    if limits is None:
        return NO_LIMIT, NO_LIMIT, NO_LIMIT
    return (
        NO_LIMIT if limits.calls is None else limits.calls,
        NO_LIMIT if limits.minutes is None else limits.minutes * 60,
        NO_LIMIT if limits.cost_usd is None else float(limits.cost_usd),
    )
