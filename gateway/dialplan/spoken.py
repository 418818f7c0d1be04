"""The texts that the gateway itself speaks in calls, and whose voice speaks them. Pure.

English is spoken by the embedded voice, which knows nothing else; another language by a provider of the
plan's agent, once. The words that hold where a plan says nothing are recorded.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from gateway.dialplan.language import is_english, language_of
from gateway.dialplan.model import Action, Agent, Announce, Inline, Limits, Menu, ModelRoute, OnFailure, Plan
from gateway.dialplan.snapshot import Dialplan
from gateway.dialplan.source import Path_
from gateway.dialplan.variables import constant
from gateway.prepared import prepared

DEFAULT_WORDS = frozenset(
    filter(None, (OnFailure().say, OnFailure().hold, OnFailure().unanswered, Limits().notice))
)
"""What is said where a plan has no words of its own: recorded, so no voice is needed."""

_AS_WRITTEN = (("on_failure", "hold"), ("on_failure", "unanswered"))
"""Texts in which no variables are filled in."""


@dataclass(frozen=True, slots=True, eq=False)
class SpokenText:
    """A text, and who speaks it."""

    text: str
    speakers: tuple[ModelRoute, ...] = ()
    """Providers, the first that can; empty: the embedded voice."""
    stand_ins: tuple[ModelRoute, ...] = ()
    """Providers where the embedded voice cannot be had: its engines are not installed everywhere."""

    @property
    def key(self) -> str:
        """Tell this sound from others, also from the same words in another voice."""
        voices = (f"{one.provider} {one.url} {one.model} {one.voice}" for one in self.speakers)
        return "\0".join((self.text, *voices))

    def __eq__(self, other: object) -> bool:
        return isinstance(other, SpokenText) and self.key == other.key

    def __hash__(self) -> int:
        return hash(self.key)  # an agent may hold mappings, which have none

    @property
    def recorded(self) -> bool:
        """Whether it is one of the words that every plan has."""
        return self.text in DEFAULT_WORDS


@prepared()
def spoken_text(plan: Plan, text: str | None) -> SpokenText | None:
    """Return a text of this plan with who speaks it; None where there is none."""
    return _spoken(plan, text) if text else None


def _spoken(plan: Plan, text: str) -> SpokenText:
    if text in DEFAULT_WORDS or is_english(language(plan, text)):
        return SpokenText(text, stand_ins=hosted(plan))
    return SpokenText(text, hosted(plan))


def language(plan: Plan, text: str) -> str:
    """Return the language of a text of this plan: as it says, as its callers speak, or as the words are."""
    if plan.language is not None:
        return plan.language
    heard = [agent.transcription for agent in _agents(plan) if agent.transcription]
    callers = (code for one in heard for code in (one.language, *(one.languages or ())) if code)
    return next(callers, "") or language_of(text)


def hosted(plan: Plan) -> tuple[ModelRoute, ...]:
    """Return the providers of a plan's agents, the embedded one left out, in the order of asking."""
    stages = (stage for agent in _agents(plan) for stage in (agent, *agent.fallback))
    return tuple(stage for stage in stages if not is_embedded(stage))


def is_embedded(stage: ModelRoute) -> bool:
    """Return whether the embedded agent is meant."""
    return stage.provider == "local" and stage.url is None


def texts(dialplan: Dialplan) -> tuple[SpokenText, ...]:
    """Return what can be spoken before a call: each once, those of the plans that are asked first in front.

    Texts that need to know who calls are not among them, nor those that are recorded. Greetings of the
    embedded agent are: it remembers what it has said, so that the first caller waits no longer than others.
    """
    plans = [plan for plan in dialplan.plans.values() if not plan.template]
    greetings = (SpokenText(words) for plan in plans for words in _greetings(plan))
    found = (
        _spoken(plan, words)
        for plan in plans
        for path, text in told(plan)
        if (words := text if path in _AS_WRITTEN else constant(text, plan))
    )
    return tuple({one.key: one for one in (*greetings, *found) if not one.recorded}.values())


def needs_embedded_voice(dialplan: Dialplan) -> bool:
    """Return whether some plan has words that only the embedded voice can speak."""
    return any(
        not one.speakers and not one.recorded
        for plan in dialplan.plans.values()
        if not plan.template
        for one in (_spoken(plan, text) for _, text in told(plan))
    )


def told(plan: Plan) -> Iterator[tuple[Path_, str]]:
    """Yield each text that the gateway speaks in calls of this plan, as it is written, with its place."""
    actions = tuple(_actions(plan.action, (_name(plan.action),)))
    talks = any(isinstance(action, Agent) for _, action in actions)
    if talks and plan.on_failure.hold:
        yield ("on_failure", "hold"), plan.on_failure.hold
    if talks and plan.on_failure.unanswered:
        yield ("on_failure", "unanswered"), plan.on_failure.unanswered
    if talks and plan.on_tool.say:
        yield ("on_tool", "say"), plan.on_tool.say
    if plan.answer.disclosure:
        yield ("answer", "disclosure"), plan.answer.disclosure
    if plan.record is not None and plan.record.words:
        yield ("record", "say"), plan.record.words
    for path, action in actions:
        yield from _prompts(action, path)
    if talks and plan.limits.notice:
        yield ("limits", "notice"), plan.limits.notice
    fails = isinstance(plan.action, Agent | Announce | Menu)
    if fails and plan.on_failure.play is None and plan.on_failure.say:
        yield ("on_failure", "say"), plan.on_failure.say


def _greetings(plan: Plan) -> Iterator[str]:
    """Yield what the embedded agent of a plan says first, if that is the same in every call."""
    greeting = plan.answer.greeting
    if (
        greeting
        and any(is_embedded(agent) for agent in _agents(plan))
        and (words := constant(greeting, plan))
    ):
        yield words


def _agents(plan: Plan) -> Iterator[Agent]:
    return (action for _, action in _actions(plan.action, ()) if isinstance(action, Agent))


def _actions(action: Action, path: Path_) -> Iterator[tuple[Path_, Action]]:
    """Yield an action, and those that a menu has in place."""
    yield path, action
    if isinstance(action, Menu):
        for key, target in action.options.items():
            if isinstance(target, Inline):
                yield from _actions(target.action, (*path, "options", key, _name(target.action)))
        if isinstance(action.otherwise, Inline):
            yield from _actions(action.otherwise.action, (*path, "otherwise", _name(action.otherwise.action)))


def _name(action: Action) -> str:
    return type(action).__name__.lower()


def _prompts(action: Action, path: Path_) -> Iterator[tuple[Path_, str]]:
    match action:
        case Announce():
            if action.say:
                yield (*path, "say"), action.say
        case Menu():
            for name, prompt in (("prompt", action.prompt), ("invalid", action.invalid)):
                if prompt and prompt.say:
                    yield (*path, name, "say"), prompt.say
        case _:
            pass
