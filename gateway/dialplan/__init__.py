"""Dialplans: what happens when a number is dialled is a file that a person can read, check and change.

A folder of YAML files becomes an immutable snapshot (`load`), which chooses a `Plan` for each call
(`Dialplan.route`). What a plan may say is in `gateway.dialplan.model`, how numbers match in
`gateway.dialplan.numbers`, how plans build on each other in `gateway.dialplan.inherit`.
"""

from gateway.dialplan.loader import LoadReport, check, load
from gateway.dialplan.model import Agent, Announce, Inline, Menu, Plan, Prompt, Redirect, Reject
from gateway.dialplan.problems import BadDialplan, Problem
from gateway.dialplan.snapshot import Dialplan, NoPlan, Routed

__all__ = [
    "Agent",
    "Announce",
    "BadDialplan",
    "Dialplan",
    "Inline",
    "LoadReport",
    "Menu",
    "NoPlan",
    "Plan",
    "Problem",
    "Prompt",
    "Redirect",
    "Reject",
    "Routed",
    "check",
    "load",
]
