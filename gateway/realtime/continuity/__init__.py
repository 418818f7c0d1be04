"""Continuity above one connection: a call goes on when its session does not.

| module | what it knows |
|---|---|
| `reconnect` | when and where to connect next, and when to give up |
| `response_timeout` | when an answer is overdue |
| `liveness` | whether a session that owes no answer still listens |
| `rollover` | when a session that will expire is replaced by its successor |
| `vocabulary` | the facts and orders that several of these four know |
| `history` | what was said, as the next session is to remember it |
| `unanswered_audio` | the caller's audio that no session has answered yet |
| `pending_response` | whose word it is |
| `attached_session` | one session, and what it was told of the time before it |
| `handover` | the last four together: what one session leaves to the next |
| `supervision` | the first four together: what sessions tell, in the terms of each |
| `session` | the I/O that joins them, in the shape of a single session |

The first four are machines: facts in, orders out, the time an argument; `wake_at` says when they want to be
told the time. Nothing but `session` knows of tasks or clocks.
"""
