"""What can be seen to be wrong with a webhook of an agent before it is called. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from gateway.dialplan.model import Agent, Plan
from gateway.dialplan.model.webhook import Webhook
from gateway.dialplan.problems import did_you_mean
from gateway.dialplan.source import Path_
from gateway.dialplan.variables import available, named
from gateway.http_client.addresses import odd_number

Fault = tuple[Path_, str, str]
"""Key under the agent, value, cure."""


def webhook_faults(plan: Plan, agent: Agent) -> Iterator[Fault]:
    """Yield what is wrong with an agent's webhooks."""
    variables = available(plan)
    for name, hook in agent.webhooks.items():
        path = ("webhooks", name)
        for argument in hook.arguments:
            if argument in variables:
                yield (*path, "arguments", argument), argument, "a variable has this name: choose another"
        yield from _address(hook, path)
        known = variables | hook.arguments.keys()
        for place, text in texts_of(hook):
            here = variables if place[0] == "headers" else known
            for used in named(text):
                if used not in here:
                    cure = f"neither an argument nor a variable; {did_you_mean(used, here)}"
                    if used in known:
                        cure = "an argument comes from the model, and goes into url or body only"
                    yield (*path, *place), "{" + used + "}", cure


def _address(hook: Webhook, path: Path_) -> Iterator[Fault]:
    host, rest = split_address(hook.url.bare)
    if any(named(host)):
        yield (*path, "url"), hook.url.text, "a host is written out: neither a caller nor a model chooses it"
    elif odd_number(host.rpartition("@")[2].partition("://")[2].partition(":")[0]):
        yield (*path, "url"), hook.url.text, "write an address as four numbers, such as 192.0.2.1"
    for used in named(rest.partition("?")[0]):
        argument = hook.arguments.get(used)
        if argument is not None and not argument.required:
            cure = "the address has no end without it: leave required: out, or put it behind a ?"
            yield (*path, "arguments", used, "required"), "false", cure


def split_address(url: str) -> tuple[str, str]:
    """Return a URL's scheme and host (with user and port), and all that follows."""
    start = url.find("://") + 3 if "://" in url else 0
    end = min((at for at in (url.find(mark, start) for mark in "/?#") if at >= 0), default=len(url))
    return url[:end], url[end:]


def texts_of(hook: Webhook) -> Iterator[tuple[Path_, str]]:
    """Yield each text of a webhook in which something is filled in, with its place."""
    yield ("url",), split_address(hook.url.bare)[1]
    for name, value in hook.headers.items():
        yield ("headers", name), value.bare
    if hook.body is not None:
        yield from _texts_in(hook.body, ("body",))


def _texts_in(value: Any, path: Path_) -> Iterator[tuple[Path_, str]]:
    match value:
        case str():
            yield path, value
        case Mapping():
            for key, item in value.items():
                yield from _texts_in(item, (*path, str(key)))
        case Sequence():
            for index, item in enumerate(value):
                yield from _texts_in(item, (*path, index))
