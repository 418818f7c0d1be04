"""A SIP gateway that lets people phone an AI agent.

Five words carry the whole package; each is defined once.

| word | meaning | where |
|---|---|---|
| Leg | the side of a call that a person is on | `gateway.call.Leg`, made by `gateway.sip` |
| Session | one connection to a realtime model | `gateway.realtime.session` |
| Fact | something that happened | `gateway.call` |
| Order | something to do | `gateway.call` |
| Conversation | the pure state machine between: facts in, orders out | `gateway.conversation.machine` |
"""

import os

# onnxruntime (1.32), by which the embedded agent hears and speaks, would tell its makers of each process that
# loads it. Nothing here speaks to anybody whom nobody has named.
os.environ.setdefault("ORT_DISABLE_TELEMETRY", "1")
