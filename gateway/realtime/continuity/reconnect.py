"""When and where to connect next, and when to give up.

An outage begins with a loss and ends with the next session that is ready. But a session that is ready proves
little: one that connects, fails to answer and is lost again would go round for ever. So losses are forgiven
only by a response that came to a good end. Attempts in an outage have their time instead, however many are
refused in it: a server that starts anew refuses quickly.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from math import inf

from gateway.call import Tick
from gateway.realtime.continuity.vocabulary import AskAgain, ReplaceSession
from gateway.realtime.error_policy import Reaction


@dataclass(frozen=True, slots=True)
class ReconnectPolicy:
    """How hard a session is kept alive. Times in seconds."""

    first_patience: float = 10.0
    """From the first attempt to the first session: a caller hears it ring meanwhile."""
    outage_patience: float = 15.0
    """In the middle of a call: silence longer than that is a broken call to whoever holds the phone."""
    back_off: tuple[float, ...] = (0.0, 0.25, 0.5, 1.0, 2.0)
    """Before each attempt in a row; the first follows at once, as most losses are single ones. The last is
    how long a caller waits at most for a server that is back.
    """
    limit_back_off: tuple[float, ...] = (1.0, 2.0, 4.0)
    """Before asking again after a rate limit; after the last, another provider or the end."""
    jitter: float = 0.5
    """The share of a pause that is left to chance: a thousand calls lose their sessions together."""
    tries: int = 2
    """Attempts at one provider in an outage before the next one of the plan is tried."""
    most_losses: int = 6
    """Of sessions that were ready, without a successful response between; or of attempts at the first one."""


# --- facts -------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Begin:
    """The call wants a session."""


@dataclass(frozen=True, slots=True)
class Ready:
    """A session is configured."""


@dataclass(frozen=True, slots=True)
class Lost:
    """The session, or the attempt at one, is lost."""

    code: str
    message: str
    fatal: bool = False
    limited: bool = False
    """The account's limit was the reason: it is no use to hurry."""
    full: bool = False
    """The account has all sessions that it may have: who still rings is refused, and may try elsewhere."""


@dataclass(frozen=True, slots=True)
class Succeeded:
    """A response came to a good end."""


@dataclass(frozen=True, slots=True)
class Failed:
    """A response failed; the session is still there."""

    code: str
    reaction: Reaction


Fact = Begin | Ready | Lost | Succeeded | Failed | Tick

# --- orders ------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Open:
    """Connect to this provider of the plan, the first being 0."""

    route: int


@dataclass(frozen=True, slots=True)
class NoSession:
    """No session can be had any more."""

    code: str
    message: str
    fatal: bool


Order = Open | AskAgain | ReplaceSession | NoSession


class Reconnect:
    """The machine. `routes` is the number of providers in the plan; `chance` gives numbers from 0 to 1."""

    def __init__(self, routes: int, policy: ReconnectPolicy, chance: Callable[[], float]) -> None:
        self.route = 0
        self._policy = policy
        self._chance = chance
        self._alive = list(range(routes))
        self._since: float | None = None  # the outage's beginning
        self._was_ready = False
        self._losses = 0
        self._counted = 0  # of these, against `most_losses`
        self._tries = 0
        self._tried: set[int] = set()  # routes tried in this outage
        self._failures = 0
        self._open_at = self._ask_at = inf
        self._last = Lost("no_session", "no session was ever had")

    @property
    def in_outage(self) -> bool:
        """Return whether there is no session now."""
        return self._since is not None

    @property
    def wake_at(self) -> float:
        """Return the time at which a tick is wanted; inf: none is."""
        if self._since is None:
            return min(self._open_at, self._ask_at)
        return min(self._open_at, self._ask_at, self._deadline())

    def step(self, fact: Fact, now: float) -> list[Order]:
        """Take in one fact."""
        match fact:
            case Begin():
                self._since = now
                return self._open()
            case Ready():
                self._since, self._was_ready = None, True
                self._tried.clear()
            case Succeeded():
                self._losses = self._counted = self._tries = self._failures = 0
            case Lost():
                return self._lost(fact, now)
            case Failed():
                return self._failed(fact, now)
            case Tick():
                return self._tick(now)
        return []

    def _lost(self, lost: Lost, now: float) -> list[Order]:
        self._last = lost
        self._ask_at = inf
        if self._since is None or not self._was_ready:
            self._counted += 1
        self._since = now if self._since is None else self._since
        self._losses += 1
        self._tries += 1
        if lost.fatal or (lost.full and not self._was_ready):
            self._alive.remove(self.route)
            return self._go_to(self._alive[0], now) if self._alive else self._give_up()
        if self._counted > self._policy.most_losses:
            return self._give_up()
        if self._tries >= (self._policy.tries if self._was_ready else 1) and len(self._alive) > 1:
            following = self._alive[(self._alive.index(self.route) + 1) % len(self._alive)]
            # Once round, everybody has refused: then the pauses count for all of them.
            return self._go_to(following, now, pause=following in self._tried)
        return self._go_to(self.route, now, pause=True, limited=lost.limited)

    def _go_to(self, route: int, now: float, *, pause: bool = False, limited: bool = False) -> list[Order]:
        if route != self.route:
            self.route, self._tries = route, 0
        pauses = self._policy.limit_back_off if limited else self._policy.back_off
        delay = self._jittered(pauses[min(self._losses, len(pauses)) - 1]) if pause else 0.0
        if not self._was_ready and now + delay >= self._deadline():
            return self._give_up()  # a caller who hears it ring can be sent elsewhere sooner
        if delay <= 0:
            return self._open()
        self._open_at = now + delay
        return []

    def _open(self) -> list[Order]:
        self._tried.add(self.route)
        return [Open(self.route)]

    def _failed(self, failed: Failed, now: float) -> list[Order]:
        self._failures += 1
        pauses = self._policy.limit_back_off
        if failed.reaction is Reaction.BACK_OFF and self._failures <= len(pauses):
            self._ask_at = now + self._jittered(pauses[self._failures - 1])
            return []
        if self._failures == 1:
            return [AskAgain()]
        return [ReplaceSession(failed.code)]

    def _tick(self, now: float) -> list[Order]:
        if now >= self._deadline():
            return self._give_up()
        if now >= self._open_at:
            self._open_at = inf
            return self._open()
        if now >= self._ask_at:
            self._ask_at = inf
            return [AskAgain()]
        return []

    def _deadline(self) -> float:
        if self._since is None:
            return inf
        policy = self._policy
        return self._since + (policy.outage_patience if self._was_ready else policy.first_patience)

    def _jittered(self, pause: float) -> float:
        return pause * (1 - self._policy.jitter * self._chance())

    def _give_up(self) -> list[Order]:
        self._since, self._open_at, self._ask_at = None, inf, inf
        return [NoSession(self._last.code, self._last.message, self._last.fatal)]
