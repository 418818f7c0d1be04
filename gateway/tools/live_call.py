"""A call that is up, as a function of the plan sees it: what is known of it, and what may be asked of it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

import structlog

from gateway.call import AddText, CallInfo, Respond, SessionOrder
from gateway.errors import OrderRefused

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class CallFacts:
    """What does not change while a function runs, but for the transcript."""

    info: CallInfo
    plan: str
    variables: Mapping[str, str] = field(default_factory=dict)
    """What the plan's look-up has found."""
    transcript: Callable[[], Sequence[tuple[str, str]]] = tuple
    """Who has said what so far, as it was heard: `caller` or `agent`, and the words."""
    order: Callable[[SessionOrder, str], None] = lambda _order, _by: None
    """Order something of the call, and say by whom, on the event loop's thread. Raises OrderRefused."""


class LiveCall:
    """What is handed to a function's parameter `call`; its methods may be called from any thread."""

    def __init__(self, facts: CallFacts, tool: str) -> None:
        self._facts = facts
        self._by = f"tool {tool}"
        self._loop = asyncio.get_running_loop()
        self.hangs_up = False
        """The function has asked for the call's end."""

    @property
    def id(self) -> str:
        """The call's id, as it stands in each line of the log."""
        return self._facts.info.id

    @property
    def caller(self) -> str:
        """The number that the call comes from, as the network says; it may be withheld ("") or forged."""
        return self._facts.info.caller.user

    @property
    def called(self) -> str:
        """What was dialled."""
        return self._facts.info.called.user

    @property
    def plan(self) -> str:
        """The name of the plan that the call is in."""
        return self._facts.plan

    @property
    def variables(self) -> dict[str, str]:
        """What the plan's look-up has found."""
        return dict(self._facts.variables)

    @property
    def transcript(self) -> list[tuple[str, str]]:
        """Who has said what so far, as it was heard: `("caller", "Hello.")`, `("agent", "Good morning")`."""
        return list(self._facts.transcript())

    def add_context(self, text: str) -> None:
        """Let the model know something that nobody has said."""
        self._order(AddText("system", text))

    def say(self, text: str) -> None:
        """Have the agent say these words, as soon as it can."""
        words = text.replace('"', "'")
        self._order(Respond(f'Say exactly these words and nothing else: "{words}"'))

    def hang_up(self) -> None:
        """End the call when the function has returned and the agent's last words were heard."""
        self.hangs_up = True

    def _order(self, order: SessionOrder) -> None:
        self._loop.call_soon_threadsafe(self._try, order)

    def _try(self, order: SessionOrder) -> None:
        try:
            self._facts.order(order, self._by)
        except OrderRefused as refused:  # the caller has left meanwhile
            log.info("tool.order_refused", tool=self._by, why=refused.why)
