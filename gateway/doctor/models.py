"""The models: whether each provider of the plans really lets us in, and until when its models are there."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime
from email.utils import parsedate_to_datetime
from typing import Any

import orjson
from websockets.exceptions import WebSocketException

from gateway.dialplan import Dialplan
from gateway.dialplan.model import ModelRoute
from gateway.doctor.finding import Finding, fine, look, wrong
from gateway.errors import BadInput
from gateway.realtime.connect import open_connection
from gateway.realtime.connect_failure import of_connect
from gateway.realtime.provider_check import stages
from gateway.realtime.providers import LOCAL, Provider
from gateway.realtime.settings import ConnectTimeouts
from gateway.tasks import within

FIRST_FRAME_S = 5.0
CLOCK_OFF_S = 60.0
"""Seconds that our clock and a provider's may differ."""
AT_ONCE = 4
SHUT_DOWN = {
    "gpt-realtime-mini-2025-10-06": date(2026, 7, 23),
    "gpt-4o-realtime-preview": date(2026, 5, 12),
    "gpt-4o-mini-realtime-preview": date(2026, 5, 12),
    "gpt-realtime": date(2027, 1, 20),
    "gpt-realtime-2025-08-28": date(2027, 1, 20),
    "gpt-realtime-mini": date(2027, 1, 20),
    "gpt-realtime-mini-2025-12-15": date(2027, 1, 20),
    "whisper-1": date(2027, 2, 26),
    "gpt-4o-transcribe": date(2027, 2, 26),
    "gpt-4o-mini-transcribe": date(2027, 2, 26),
}
"""When OpenAI shuts models down, as it said on 2026-11-22; other snapshots go with their name."""
NEWER = "write gpt-realtime-2.1 (or -2.1-mini) as `model`; gpt-transcribe for transcription"
SOON_DAYS = 120


@dataclass(frozen=True, slots=True)
class Place:
    """A model at a provider, and the plans whose calls go there."""

    provider: Provider
    model: str
    plans: tuple[str, ...]
    transcriber: str = ""


def places(plans: Dialplan, provider_of: Callable[[ModelRoute], Provider]) -> Iterator[Place]:
    """Return each place that some plan names, once; those that lack a key are told with the plans."""
    found: dict[tuple[str, str, str], list[str]] = {}
    known: dict[tuple[str, str, str], Place] = {}
    for plan in plans.plans.values():
        if plan.agent is None or plan.template:
            continue
        for _path, stage in stages(plan.agent):
            try:
                provider = provider_of(stage)
            except BadInput:
                continue
            model = stage.model or provider.model
            transcription = getattr(plan.agent, "transcription", None)
            heard = getattr(transcription, "model", None) or provider.transcription_model or ""
            key = (provider.name, provider.address(model), heard)
            found.setdefault(key, []).append(plan.name)
            known[key] = Place(provider, model, (), heard)
    for key, place in known.items():
        yield Place(place.provider, place.model, tuple(found[key]), place.transcriber)


async def look_at_models(
    wanted: list[Place], today: date, now: Callable[[], float] = time.time
) -> AsyncIterator[Finding]:
    """Connect to each once, as a call would, and leave; no answer is asked for, so nothing is paid."""
    turns = asyncio.Semaphore(AT_ONCE)

    async def tried(place: Place) -> list[Finding]:
        async with turns:
            return await _try(place, now)

    async with asyncio.TaskGroup() as tasks:
        trying = [tasks.create_task(tried(place)) for place in wanted if place.provider.name != LOCAL.name]
    for task in trying:
        for finding in task.result():
            yield finding
    for place in wanted:
        for model in (place.provider.meant(place.model), place.transcriber):
            if (dated := _dated(model, place, today)) is not None:
                yield dated


async def _try(place: Place, now: Callable[[], float]) -> list[Finding]:
    provider = place.provider
    what = f"provider {provider.name}"
    try:
        connection = await open_connection(provider, place.model, ConnectTimeouts())
    except (OSError, WebSocketException, BadInput, TimeoutError) as error:
        told = of_connect(error, provider)
        return [wrong(what, told.message, _cure(told.code, told.message))]
    answered = connection.response
    try:
        async with within(FIRST_FRAME_S):
            first = orjson.loads(await connection.recv())
        finding = _first(what, place, first)
    except TimeoutError:
        finding = fine(what, f"{provider.host} lets us in, {place.model or 'its own model'}")
    except (WebSocketException, ValueError) as error:
        told_error = type(error).__name__
        finding = wrong(
            what, f"{provider.host} lets us in and hangs up ({told_error})", "ask the provider why"
        )
    finally:
        await connection.close()
    date_header = answered.headers.get("Date") if answered is not None else None
    return [finding, *_clock(provider, date_header, now())]


def _first(what: str, place: Place, first: Any) -> Finding:
    if not isinstance(first, dict) or first.get("type") != "error":
        return fine(what, f"{place.provider.host} lets us in, {place.model or 'its own model'}")
    error = first.get("error") or {}
    code, message = error.get("code") or error.get("type") or "", str(error.get("message", ""))[:200]
    return wrong(what, f"{place.provider.host}: {code}: {message}", _cure(str(code), message))


def _cure(code: str, message: str) -> str:
    if "401" in code or "401" in message or "key" in code:
        return "make a new key at the provider, and put it where the plans look for it"
    if "model" in code or "404" in message:
        return "write another `model`: this one is not there, or not for this account"
    if "quota" in code or "429" in message:
        return "look at the account: it is used up"
    if code.startswith("tls"):
        return "see `tls` of the provider in docs/providers.md"
    return "look at `url`, at the network and the firewall of this machine, at its name server"


def _clock(provider: Provider, header: str | None, now: float) -> Iterator[Finding]:
    """Compare our clock with that of the provider, by the Date of its answer (RFC 9110 section 6.6.1)."""
    if header is None:
        return
    try:
        theirs = parsedate_to_datetime(header).timestamp()
    except ValueError:
        return
    if abs(off := now - theirs) > CLOCK_OFF_S:
        way = "fast" if off > 0 else "slow"
        cure = "set it by NTP: opening hours, certificates and webhooks go by it"
        yield wrong("clock", f"{abs(off):.0f} s {way}, by the clock of {provider.host}", cure)


def _dated(model: str, place: Place, today: date) -> Finding | None:
    end = next((SHUT_DOWN[name] for name in (model, _family(model)) if name in SHUT_DOWN), None)
    if end is None:
        return None
    plans = f"in {', '.join(place.plans[:3])}" + (" and others" if len(place.plans) > 3 else "")
    if end <= today:
        return wrong("model", f"{model} ({plans}) was shut down on {end}", NEWER)
    if (end - today).days <= SOON_DAYS:
        return look("model", f"{model} ({plans}) is shut down on {end}", NEWER)
    return None


def _family(model: str) -> str:
    """Return the name without the date of a snapshot: NAME-2026-05-01."""
    head, _, tail = model.rpartition("-20")
    return head if len(tail) == len("26-05-01") else model


def today() -> date:
    """Return the date, UTC."""
    return datetime.now(UTC).date()
