"""Until when accounts at models have no room for new calls, in Redis: what any process was told, all know.

A sorted set an account, its members the limits ("tokens", "requests", "refused"), their scores the moments by
Redis' own clock at which they are whole again. Whoever was told last is right: the account is the same.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from gateway.node.cluster.leases import NOW

# KEYS: the account's set; ARGV: limit, ms, ...
_TELL = (
    NOW
    + """
for index = 1, #ARGV, 2 do
  local ms = tonumber(ARGV[index + 1])
  if ms > 0 then redis.call('ZADD', KEYS[1], now + ms, ARGV[index])
  else redis.call('ZREM', KEYS[1], ARGV[index]) end
end
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', now)
local top = redis.call('ZREVRANGE', KEYS[1], 0, 0, 'WITHSCORES')
if top[2] then redis.call('PEXPIRE', KEYS[1], math.max(1, top[2] - now)) end
return 1
"""
)

# KEYS: sets; returns the ms until the last limit of each is whole.
_ASK = (
    NOW
    + """
local waits = {}
for index = 1, #KEYS do
  local top = redis.call('ZREVRANGE', KEYS[index], 0, 0, 'WITHSCORES')
  waits[index] = top[2] and math.max(0, math.floor(top[2] - now)) or 0
end
return waits
"""
)


class ScarceAccounts:
    """What is asked of Redis, and nothing else. Raises `redis.RedisError` and OSError."""

    def __init__(self, client: Any, name: str) -> None:
        self._name = name
        self._tell = client.register_script(_TELL)
        self._ask = client.register_script(_ASK)

    async def tell(self, account: str, limits: Mapping[str, float]) -> None:
        """See `SharedState.tell_scarce`."""
        told = [part for limit, seconds in limits.items() for part in (limit, round(seconds * 1000))]
        await self._tell(keys=[self._key(account)], args=told)

    async def ask(self, accounts: Sequence[str]) -> dict[str, float]:
        """See `SharedState.scarce`."""
        waits = await self._ask(keys=[self._key(account) for account in accounts], args=[])
        return {account: int(ms) / 1000 for account, ms in zip(accounts, waits, strict=True)}

    def _key(self, account: str) -> str:
        return f"{{{self._name}}}:scarce:{account}"
