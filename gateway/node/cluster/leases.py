"""Calls by plan in Redis, each with a lease: what a process held that died is free again by itself.

A sorted set a plan, its members `node/call`, their scores the moments when they run out by Redis' own clock,
so that no two machines have to agree on the time. A set and not a number: one that has counted wrong once, as
of a process that was killed between two steps, would stay wrong.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

LEASE_S = 15.0
"""Seconds for which a call counts unless that is said again."""

NOW = "local t = redis.call('TIME'); local now = t[1] * 1000 + math.floor(t[2] / 1000) "
"""How a script knows the time, in ms: by Redis' clock."""

# KEYS: the plan's set, that of the plan before; ARGV: member, ms of the lease, the plan's bound.
_TAKE = (
    NOW
    + """
if KEYS[2] ~= KEYS[1] then redis.call('ZREM', KEYS[2], ARGV[1]) end
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', now)
if not redis.call('ZSCORE', KEYS[1], ARGV[1]) and redis.call('ZCARD', KEYS[1]) >= tonumber(ARGV[3]) then
  return 0
end
redis.call('ZADD', KEYS[1], now + ARGV[2], ARGV[1])
redis.call('PEXPIRE', KEYS[1], ARGV[2] * 2)
return 1
"""
)

# KEYS: a set; ARGV: ms of the lease, members. Returns how many it has now.
_HOLD = (
    NOW
    + """
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', now)
for index = 2, #ARGV do redis.call('ZADD', KEYS[1], now + ARGV[1], ARGV[index]) end
redis.call('PEXPIRE', KEYS[1], ARGV[1] * 2)
return redis.call('ZCARD', KEYS[1])
"""
)


# KEYS: a bucket; ARGV: how many come into it a second, how many it holds. Returns whether there was one left.
_ADMIT = (
    NOW
    + """
local had = redis.call('HMGET', KEYS[1], 'left', 'at')
local rate, most = tonumber(ARGV[1]), tonumber(ARGV[2])
local passed = math.max(0, now - tonumber(had[2] or now))
local left = math.min(most, tonumber(had[1] or most) + passed * rate / 1000)
if left < 1 then return 0 end
redis.call('HSET', KEYS[1], 'left', string.format('%.17g', left - 1), 'at', string.format('%.0f', now))
redis.call('PEXPIRE', KEYS[1], math.ceil(most * 1000 / rate) + 1000)
return 1
"""
)


class Leases:
    """What is asked of Redis, and nothing else. Raises `redis.RedisError` and OSError."""

    def __init__(self, client: Any, name: str, lease_s: float = LEASE_S) -> None:
        self._client = client
        self._name = name
        self._lease_ms = round(lease_s * 1000)
        self._take = client.register_script(_TAKE)
        self._hold = client.register_script(_HOLD)
        self._admit = client.register_script(_ADMIT)

    def _of_plan(self, plan: str) -> str:
        return f"{{{self._name}}}:calls:{plan}"  # the braces: one slot of a Redis cluster for all of it

    async def take(self, member: str, plan: str, before: str | None, most: int) -> bool:
        """Count a call in a plan, and no longer in the one before; False if there is no room."""
        keys = [self._of_plan(plan), self._of_plan(plan if before is None else before)]
        return bool(await self._take(keys=keys, args=[member, self._lease_ms, most]))

    async def leave(self, member: str, plan: str) -> None:
        """Count a call in this plan no more."""
        await self._client.zrem(self._of_plan(plan), member)

    async def hold(self, members: Mapping[str, Iterable[str]]) -> None:
        """Say again that these calls count, by plan; also what Redis has forgotten meanwhile."""
        for plan, calls in members.items():
            await self._hold(keys=[self._of_plan(plan)], args=[self._lease_ms, *calls])

    async def admit(self, name: str, per_second: float) -> bool:
        """Return whether one more of what comes at most so often may come now, by Redis' clock; count it."""
        key = f"{{{self._name}}}:pace:{name}"
        return bool(await self._admit(keys=[key], args=[per_second, max(1.0, per_second)]))

    async def own(self, member: str, name: str) -> bool:
        """Return whether a process is the one that has this; it has to ask again within the lease."""
        key = f"{{{self._name}}}:owned:{name}"
        return bool(await self._take(keys=[key, key], args=[member, self._lease_ms, 1]))

    async def disown(self, member: str, name: str) -> None:
        """Leave it to another."""
        await self._client.zrem(f"{{{self._name}}}:owned:{name}", member)

    async def here(self, node: str) -> int:
        """Say that this process is there; return how many are."""
        return int(await self._hold(keys=[f"{{{self._name}}}:nodes"], args=[self._lease_ms, node]))

    async def gone(self, node: str) -> None:
        """Say that this process is there no more."""
        await self._client.zrem(f"{{{self._name}}}:nodes", node)
