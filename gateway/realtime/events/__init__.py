"""The vocabulary of the Realtime wire (GA), one for client and embedded server, so that they cannot drift.

`codec` turns bytes into events and back; `client` and `server` name the events, `session`, `items` and
`response` what they carry; `wire` has the two hot frames; `flat` the older shape of the session. No I/O,
no clock. Unknown events and unknown fields pass through; a frame that is no event raises `BadEvent`.
"""

from gateway.realtime.events.client import ClientEvent
from gateway.realtime.events.codec import Unknown, dump, parse_client, parse_server, plain
from gateway.realtime.events.model import BadEvent
from gateway.realtime.events.server import ServerEvent

__all__ = [
    "BadEvent",
    "ClientEvent",
    "ServerEvent",
    "Unknown",
    "dump",
    "parse_client",
    "parse_server",
    "plain",
]
