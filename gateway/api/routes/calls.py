"""Calls that are up: seen, spoken into, moved, ended."""

from __future__ import annotations

import secrets
from typing import Any

from fastapi import APIRouter, Request, Response
from fastapi.responses import StreamingResponse

from gateway.api.asking import CallId, Link, Told, Until, Who, json, needs, refusals
from gateway.api.caller_keys import DigitsPressed, DigitsWanted, KeysPressed
from gateway.api.live_audio import LiveAudio
from gateway.api.shapes import (
    CallerMuted,
    CallMade,
    CallShown,
    CallsShown,
    CallWanted,
    ImageShown,
    Instructions,
    ItemShown,
    PlanNamed,
    RecordingSwitched,
    TransferAsked,
    WordsSaid,
    WordsTold,
)
from gateway.node.api_tokens import Role

WAV: dict[int | str, dict[str, Any]] = {200: {"content": {"audio/wav": {}}, "description": "sound"}}

seen = APIRouter(prefix="/v1/calls", tags=["calls"], dependencies=[needs(Role.READ)], responses=refusals())
made = APIRouter(
    prefix="/v1/calls",
    tags=["calls"],
    dependencies=[needs(Role.OPERATE)],
    responses=refusals(400, 403),
)
ordered = APIRouter(
    prefix="/v1/calls/{call}",
    tags=["calls"],
    dependencies=[needs(Role.OPERATE)],
    responses=refusals(400, 404, 409),
)


@made.post("", status_code=202, response_model=CallMade)
async def originate_call(wanted: CallWanted, gateway: Link, who: Who) -> Any:
    """Call somebody, and have a plan lead the call; the events tell what becomes of it."""
    asked = wanted.model_dump()
    asked["call_id"] = wanted.call_id or secrets.token_hex(4)  # the link may have to ask a second time
    return {"call": await gateway.order("originate", who.name, **asked)}


@seen.get("", response_model=CallsShown)
async def list_calls(gateway: Link, told: Told) -> Response:
    """List the calls that are up, the oldest first; half a second old at most."""
    last = told.last_id
    return json({"calls": await gateway.ask_or_recall("calls"), "last_event_id": last})


@seen.get("/{call}", response_model=CallShown, responses=refusals(404))
async def show_call(call: CallId, gateway: Link) -> Response:
    """Show one call as it is now."""
    return json(await gateway.ask("look", call=call))


@seen.get("/{call}/audio", response_class=StreamingResponse, responses={**refusals(404, 409), **WAV})
async def listen_in(call: CallId, request: Request, who: Who, until: Until) -> Response:
    """Listen in: a WAV file that goes on as the call does, the caller left, what he is sent right.

    Listeners of the call's events hear of it (`OutsideOrder`). Eight may listen at once.
    """
    live: LiveAudio = request.app.state.live_audio
    return StreamingResponse(await live.listen(call, who.name, until), media_type="audio/wav")


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


@ordered.post("/instruct", status_code=204)
async def instruct_agent(call: CallId, given: Instructions, gateway: Link, who: Who) -> None:
    """Give the agent other instructions for the rest of its part in this call, in place of the plan's."""
    await gateway.order("instruct", who.name, call=call, text=given.text, answer=given.answer)


@ordered.post("/show", status_code=204)
async def show_agent(call: CallId, shown: ImageShown, gateway: Link, who: Who) -> None:
    """Show the agent an image."""
    about = {"image": shown.image, "text": shown.text, "answer": shown.answer}
    await gateway.order("show", who.name, call=call, **about)


@ordered.post("/keys", status_code=204)
async def press_keys(call: CallId, keys: KeysPressed, gateway: Link, who: Who) -> None:
    """Press keys, as for a machine at the other end."""
    await gateway.order("keys", who.name, call=call, digits=keys.digits)


@ordered.post("/collect", response_model=DigitsPressed)
async def collect_digits(call: CallId, wanted: DigitsWanted, gateway: Link, who: Who) -> Any:
    """Have the caller press keys, and answer with them when they have: nobody else is told of them."""
    return {"digits": await gateway.order("collect", who.name, call=call, **wanted.model_dump())}


@ordered.post("/message", status_code=202)
async def take_message(call: CallId, gateway: Link, who: Who) -> None:
    """Have the caller leave a message after a beep, where the plan keeps them (`messages`)."""
    await gateway.order("message", who.name, call=call)


@ordered.post("/mute", status_code=204)
async def mute_caller(call: CallId, asked: CallerMuted, gateway: Link, who: Who) -> None:
    """Let nobody hear the caller, or again."""
    await gateway.order("mute", who.name, call=call, on=asked.on)


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
