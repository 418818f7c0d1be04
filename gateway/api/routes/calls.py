"""Calls that are up: seen, spoken into, moved, ended."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Response

from gateway.api.asking import CallId, Link, Told, Who, json, needs, refusals
from gateway.api.shapes import (
    CallShown,
    CallsShown,
    ImageShown,
    ItemShown,
    KeysPressed,
    PlanNamed,
    RecordingSwitched,
    TransferAsked,
    WordsSaid,
    WordsTold,
)
from gateway.node.api_tokens import Role

seen = APIRouter(prefix="/v1/calls", tags=["calls"], dependencies=[needs(Role.READ)], responses=refusals())
ordered = APIRouter(
    prefix="/v1/calls/{call}",
    tags=["calls"],
    dependencies=[needs(Role.OPERATE)],
    responses=refusals(400, 404, 409),
)


@seen.get("", response_model=CallsShown)
async def list_calls(gateway: Link, told: Told) -> Response:
    """List the calls that are up, the oldest first; half a second old at most."""
    last = told.last_id
    return json({"calls": await gateway.ask_or_recall("calls"), "last_event_id": last})


@seen.get("/{call}", response_model=CallShown, responses=refusals(404))
async def show_call(call: CallId, gateway: Link) -> Response:
    """Show one call as it is now."""
    return json(await gateway.ask("look", call=call))


@ordered.post("/end", status_code=204)
async def end_call(call: CallId, gateway: Link, who: Who) -> None:
    """End it: with BYE, or with 480 while it rings."""
    await gateway.order("end", who.name, call=call)


@ordered.post("/say", response_model=ItemShown)
async def say(call: CallId, words: WordsSaid, gateway: Link, who: Who) -> Any:
    """Say something to the caller in the gateway's own voice, behind what is being said."""
    return {"item": await gateway.order("say", who.name, call=call, text=words.text)}


@ordered.post("/tell", status_code=204)
async def tell_agent(call: CallId, words: WordsTold, gateway: Link, who: Who) -> None:
    """Tell the agent something, which the caller does not hear."""
    await gateway.order("tell", who.name, call=call, text=words.text, answer=words.answer)


@ordered.post("/show", status_code=204)
async def show_agent(call: CallId, shown: ImageShown, gateway: Link, who: Who) -> None:
    """Show the agent an image."""
    about = {"image": shown.image, "text": shown.text, "answer": shown.answer}
    await gateway.order("show", who.name, call=call, **about)


@ordered.post("/keys", status_code=204)
async def press_keys(call: CallId, keys: KeysPressed, gateway: Link, who: Who) -> None:
    """Press keys, as for a machine at the other end."""
    await gateway.order("keys", who.name, call=call, digits=keys.digits)


@ordered.post("/record", status_code=204)
async def switch_recording(call: CallId, asked: RecordingSwitched, gateway: Link, who: Who) -> None:
    """Pause the recording of a call, as while a card number is told, or take it up again."""
    await gateway.order("record", who.name, call=call, on=asked.on)


@ordered.post("/hold", status_code=204)
async def hold_call(call: CallId, gateway: Link, who: Who) -> None:
    """Put the caller on hold."""
    await gateway.order("hold", who.name, call=call)


@ordered.post("/resume", status_code=204)
async def resume_call(call: CallId, gateway: Link, who: Who) -> None:
    """Take the caller back from hold."""
    await gateway.order("resume", who.name, call=call)


@ordered.post("/transfer", status_code=202)
async def transfer_call(call: CallId, to: TransferAsked, gateway: Link, who: Who) -> None:
    """Put the caller through; the events tell what became of it."""
    await gateway.order("transfer", who.name, call=call, **to.model_dump())


@ordered.post("/move", status_code=204)
async def move_call(call: CallId, to: PlanNamed, gateway: Link, who: Who) -> None:
    """Move it on to another plan at once."""
    await gateway.order("move", who.name, call=call, plan=to.plan)
