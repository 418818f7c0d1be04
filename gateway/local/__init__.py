"""The embedded realtime server: a voice agent that needs no key and no network.

It speaks the Realtime GA protocol at `/v1/realtime` as the hosted service does, with engines of its own.
 Six words, each with its file:

- a *connection* carries the frames of one client; what it sends is bounded (`connection`)
- a *session* does what the client's events say (`session`), within what the protocol allows (`schema`,
  `limits`, `config`), and keeps the conversation's *items* (`items`)
- *turns* say who is speaking: probabilities of voice in, orders out, no clock (`turns`)
- an *engine* hears and answers: `agent` (speech recognition, rules, synthesis), `tone`, `echo`, `script`
- a *response* turns the pieces an engine gives into events (`response`)
- the *pool* shares the heavy engines between calls fairly (`pool`)
"""

from gateway.local.settings import LocalSettings

__all__ = ["LocalSettings"]
