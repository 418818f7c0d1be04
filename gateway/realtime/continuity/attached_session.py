"""One session on the line, and what it was told of the time before it.

Items of an earlier session exist in a later one as text under names of ours. Orders about them are carried
out on those: the agent's words cannot be truncated as text, so they are told anew, shorter.
"""

from __future__ import annotations

from gateway.call import DeleteItem, ModelOrder, SubmitToolResult, Truncate
from gateway.realtime.continuity.history import History
from gateway.realtime.events.client import ItemCreate, ItemDelete
from gateway.realtime.events.session import TurnDetection
from gateway.realtime.session import Session


class AttachedSession:
    """A session that a route of the plan led to. `session` is set right after it was made."""

    session: Session

    def __init__(self, route: int, detection: TurnDetection | None = None) -> None:
        self.route = route
        self.detection = detection
        """How it finds the caller's turns; None: it is told where they end."""
        self.ready = False
        self._told: dict[str, str] = {}  # our name of an item, by the id of what it stands for
        self._corrections = 0

    @property
    def turns_are_ours(self) -> bool:
        """True if it does not look for the caller's turns, and hears nothing else."""
        return self.detection is None

    @property
    def answers_by_itself(self) -> bool:
        """True if a turn is answered without being asked."""
        return self.detection is not None and self.detection.create_response is not False

    @property
    def can_be_asked(self) -> bool:
        """True if a question whether it listens makes sense; where turns are ours, answers are waited for."""
        return not self.turns_are_ours and self.session.provider.capabilities.retrieve

    @property
    def interrupts(self) -> bool:
        """True if it stops its response when the caller speaks."""
        return self.detection is not None and self.detection.interrupt_response is not False

    @property
    def silence_ms(self) -> int:
        """The silence by which it knows that a turn is over; 0 where it goes by something else."""
        return (self.detection.silence_duration_ms or 0) if self.detection is not None else 0

    def life(self, wall_now: float) -> float | None:
        """Return the seconds that the session has left, as it says or as its provider is known for."""
        in_force = self.session.protocol.in_force
        if in_force is not None and in_force.expires_at:
            return in_force.expires_at - wall_now
        minutes = self.session.provider.capabilities.max_session_minutes
        return None if minutes is None else minutes * 60

    def tell(self, history: History) -> None:
        """Tell the session what was said before it."""
        for number, (stands_for, item) in enumerate(history.items()):
            name = f"told_{number}"
            self._told[stands_for] = name
            self.session.send(ItemCreate(item=item.model_copy(update={"id": name})))

    def recall(self, item_id: str, history: History) -> None:
        """Tell the session of one item that it has not made, after all others."""
        if (item := history.heard(item_id)) is not None:
            self._told[item_id] = f"recalled_{len(self._told)}"
            self.session.send(ItemCreate(item=item.model_copy(update={"id": self._told[item_id]})))

    def execute(self, order: ModelOrder, history: History) -> None:
        """Do one order, also about what happened before this session. `history` has followed it already."""
        interpreter = self.session.protocol.interpreter
        match order:
            case SubmitToolResult() if not interpreter.made_call(order.call_id):
                call = history.call(order.call_id)
                if call is not None:
                    self.session.send(ItemCreate(item=call))
            case Truncate() | DeleteItem() if order.item_id in self._told:
                self._correct(order.item_id, history)
                return
            case Truncate() | DeleteItem() if interpreter.received_ms(order.item_id) is None:
                return  # an item of a session before, of which this one was told nothing
            case _:
                pass
        self.session.execute(order)

    def _correct(self, item_id: str, history: History) -> None:
        name = self._told.pop(item_id)
        heard = history.heard(item_id)
        if heard is not None:  # put behind the item before that goes, it takes its place among all others
            self._corrections += 1
            self._told[item_id] = f"heard_{self._corrections}"
            item = heard.model_copy(update={"id": self._told[item_id]})
            self.session.send(ItemCreate(previous_item_id=name, item=item))
        self.session.send(ItemDelete(item_id=name))
