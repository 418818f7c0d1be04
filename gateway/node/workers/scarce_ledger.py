"""Until when accounts at models have no room for new calls: what any worker of a machine was told. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence


class ScarceLedger:
    """Times in seconds of any one clock."""

    def __init__(self) -> None:
        self._until: dict[str, dict[str, float]] = {}

    def tell(self, account: str, limits: Mapping[str, float], now: float) -> None:
        """Take for how many seconds limits of an account keep new calls out; 0: no longer."""
        known = self._until.setdefault(account, {})
        for limit, seconds in limits.items():
            known[limit] = now + seconds

    def waits(self, accounts: Sequence[str], now: float) -> dict[str, float]:
        """Return for how many seconds new calls are kept out of each account."""
        return {
            account: max(0.0, max(self._until.get(account, {}).values(), default=0.0) - now)
            for account in accounts
        }
