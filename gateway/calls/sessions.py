"""From a plan to a session: which provider, which model, what it is told, how its turns work."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace

import structlog

from gateway.arrays import load_soon
from gateway.audio_cache import AudioCache
from gateway.call import CostUpdated, SessionFact
from gateway.calls.account_news import AccountNews
from gateway.calls.account_slots import AccountSlots
from gateway.calls.agent_check import UNPRICED, UNTOLD, AgentChecks
from gateway.calls.policy_of_plan import greeting, session_settings
from gateway.calls.read_aloud import ReadAloud
from gateway.calls.shared_state import SharedState
from gateway.dialplan import Agent, Dialplan, Plan
from gateway.dialplan.model import ModelRoute
from gateway.dialplan.problems import Remark
from gateway.dialplan.spoken import SpokenText
from gateway.errors import BadInput, GatewayError, SessionError
from gateway.media.tls import MakeTlsContext
from gateway.realtime.bounded_dict import BoundedDict
from gateway.realtime.configure import converts
from gateway.realtime.continuity.route import Route
from gateway.realtime.continuity.session import LastingSession
from gateway.realtime.custom_provider import CustomProvider
from gateway.realtime.greeting import KEPT_BYTES, Greeting, GreetingSession
from gateway.realtime.linked_transport import MakeLink
from gateway.realtime.meter import Place
from gateway.realtime.native_tls import NativeTls
from gateway.realtime.pool import Pool
from gateway.realtime.price_book import PriceBook
from gateway.realtime.prices import Prices
from gateway.realtime.providers import COMPATIBLE, SHIPPED, Provider
from gateway.realtime.resolve_provider import choose
from gateway.realtime.session import Session
from gateway.realtime.settings import SessionSettings
from gateway.realtime.shared import Shared
from gateway.tasks import until_next_look
from gateway.tools.registry import Toolbox

log = structlog.get_logger(__name__)


NOTICE_CHANGES_S = 1.0
"""Seconds after a reload within which other connections are kept warm."""
MOST_PLACES = 256
"""Providers, each at an address, that are kept for the next call: a plan may fill in the address."""
READ_OUT = "You read texts out on the telephone, word for word, in their language. You never add anything."
"""What a model is told that is to speak a plan's own words."""


class Sessions:
    """Makes the sessions of a process. `custom` are the settings' own providers by name.

    `state`: what is shared with other processes.
    """

    def __init__(
        self,
        local_url: str,
        custom: Mapping[str, CustomProvider],
        prices: Prices | None = None,
        state: SharedState | None = None,
    ) -> None:
        self._local_url = local_url
        self._custom = custom
        self._book = PriceBook(prices, custom) if prices is not None else None
        self._unpriced: frozenset[Place] = frozenset()
        self._state = state
        self._pool = Pool()
        slots = AccountSlots(state)
        self._pool.room = slots.warm
        self._shared = Shared(pool=self._pool, room=slots.session)
        self._greetings = AudioCache(KEPT_BYTES)
        self._chosen: BoundedDict[Provider] = BoundedDict(MOST_PLACES)

    def use_links(self, link: MakeLink, make_tls: MakeTlsContext | None) -> None:
        """Have callers' audio go to the models without Python from now on: see `MediaPlane.link`.

        Through TLS as well with what makes its contexts: see `native_tls`.
        """
        self._shared.link = link
        self._shared.native_tls = self._pool.native_tls = None if make_tls is None else NativeTls(make_tls)

    def make(
        self,
        plan: Plan,
        agent: Agent,
        tools: Toolbox,
        on_fact: Callable[[SessionFact], None],
    ) -> LastingSession | GreetingSession:
        """Make the session of one call: it goes on with the plan's next provider when one is lost.

        Raises BadInput when none of them can be had for lack of a key or an address.
        """
        routes = self._routes(plan, agent, tools)
        if any(converts(route.provider, route.settings) for route in routes):
            load_soon()

        def lasting(told: Callable[[SessionFact], None]) -> LastingSession:
            return LastingSession(routes, told, shared=self._shared)

        words, asked = plan.answer.greeting, greeting(plan)
        if not plan.answer.greeting_cached or words is None or asked is None:
            return lasting(on_fact)
        return GreetingSession(Greeting(words, asked), self._greetings, lasting, on_fact)

    async def keep_warm(self, plans: Callable[[], Dialplan]) -> None:
        """Keep the connections that the plans in force want, until cancelled: one task a process."""
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._pool.run())
            if self._state is not None:
                tasks.create_task(AccountNews(self._state, self._shared.limits).keep())
            known: Dialplan | None = None
            while True:
                if (current := plans()) is not known:
                    self._want(current)
                    known = current
                await until_next_look(NOTICE_CHANGES_S)

    def _want(self, plans: Dialplan) -> None:
        for plan in plans.plans.values():
            if plan.agent is not None and plan.agent.warm_sessions:
                with contextlib.suppress(BadInput):  # its calls will say what is missing
                    provider = self.provider(plan.agent)
                    self._pool.want(provider, plan.agent.model or provider.model, plan.agent.warm_sessions)

    def wait(self, agent: Agent) -> float:
        """Seconds until an account has room for one more call, by its rate limits; 0 for now.

        With several providers, those of the one that has room first.
        """
        now = asyncio.get_running_loop().time()
        waits = []
        for stage in (agent, *agent.fallback):
            with contextlib.suppress(BadInput):
                waits.append(self._shared.limits_of(self.provider(stage)).wait(now))
        return min(waits, default=0.0)

    def cost(self, session: object) -> CostUpdated:
        """What a session that we made has cost so far. What has no price is said once a process."""
        if not isinstance(session, LastingSession | GreetingSession):
            return CostUpdated(None)
        used = session.meter.used
        if self._book is None:
            return CostUpdated(None, tokens_in=used.tokens_in, tokens_out=used.tokens_out)
        cost = session.meter.cost(self._book)
        for place in cost.unknown - self._unpriced:
            cure = UNPRICED if session.meter.was_told(place) else UNTOLD
            log.warning("cost.unknown", provider=place[0], model=place[1], cure=cure)
        self._unpriced |= cost.unknown
        return CostUpdated(cost.usd, not cost.unknown, used.tokens_in, used.tokens_out)

    def _routes(self, plan: Plan, agent: Agent, tools: Toolbox) -> list[Route]:
        routes: list[Route] = []
        faults: list[BadInput] = []
        for stage in (agent, *agent.fallback):
            try:
                routes.append(Route(self.provider(stage), session_settings(plan, agent, stage, tools)))
            except BadInput as error:
                faults.append(error)
                log.warning(
                    "session.provider_left_out", plan=plan.name, provider=stage.provider, error=str(error)
                )
        if not routes:
            raise faults[0]
        return routes

    def provider(self, stage: ModelRoute) -> Provider:
        """Find the provider of an agent or a fallback. Raises BadInput naming what is missing."""
        chosen = choose(
            stage.provider,
            url=stage.url.reveal() if stage.url else None,
            api_key=stage.api_key.reveal() if stage.api_key else None,
            custom=self._custom,
            local_url=self._local_url,
        )
        place = f"{chosen.name} {chosen.url}"
        if (before := self._chosen.get(place)) == chosen:
            return before  # the same for all calls, for whoever keeps something for it
        self._chosen[place] = chosen
        return chosen

    def catalog(self) -> dict[str, frozenset[str] | None]:
        """The providers that a plan may name, each with its voices; None where they are not known."""
        own = {
            name: one.voices
            if one.voices is not None
            else SHIPPED.get(one.like, COMPATIBLE).capabilities.voices
            for name, one in self._custom.items()
        }
        return {name: one.capabilities.voices for name, one in SHIPPED.items()} | {"compatible": None} | own

    def check(self, plan: Plan, agent: Agent) -> Iterator[Remark]:
        """Tell what an agent's calls would lack. Reads files: not for the event loop."""
        yield from AgentChecks(self._custom, self._book)(plan, agent)

    async def speak(self, spoken: SpokenText) -> bytes:
        """Have a text spoken by the first that can: PCM16LE 24 kHz. Raises SessionError when nobody can."""
        fault: GatewayError = SessionError("nobody", "no provider speaks it")
        if not spoken.speakers:
            embedded = choose("local", local_url=self._local_url)
            try:
                return await self._speak(ReadAloud(spoken.text, is_trusted=True), embedded, SessionSettings())
            except SessionError as error:
                fault = error
        for stage in spoken.speakers or spoken.stand_ins:
            settings = SessionSettings(instructions=READ_OUT, model=stage.model, voice=stage.voice)
            try:
                return await self._speak(ReadAloud(spoken.text), self.provider(stage), settings)
            except (BadInput, SessionError) as error:
                fault = error
        raise fault

    async def _speak(self, reading: ReadAloud, provider: Provider, settings: SessionSettings) -> bytes:
        """Have one provider read a text out. Raises SessionError when it says something else, or nothing."""
        silent = replace(settings, turn_detection=None, transcription=None)
        shared = Shared(causes=self._shared.causes, room=self._shared.room)
        session = Session(provider, silent, reading, shared=shared)
        reading.ask = session.execute
        async with asyncio.TaskGroup() as tasks:
            line = tasks.create_task(session.run())
            await reading.done.wait()
            await session.close()
            line.cancel()
        return reading.sound()
