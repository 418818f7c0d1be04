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

Who answers is chosen by the model's name: `?model=local` (or `agent`), `tone`, `echo`, `script`; any other
name means the server's default engine. What one may agree on with them:

- `agent`: text within double quotes in a response's instructions is said word for word, as in
  `Greet the caller: "Thanks for calling Acme."`; facts, opening hours, a greeting, the company's name and a
  time zone (`Europe/London`) are taken from the session's instructions; it hangs up through a function tool
  `hang_up` and transfers through `transfer` or `transfer_call`; other tools it calls when a caller speaks of
  their subject.
- `tone`: the voice `tone-440-5s` is 440 Hz for five seconds, `tone-1250-800ms` what it says; the same in a
  response's instructions or its metadata (`{"tone": "tone-440-5s"}`) goes for that response.
- `script`: see `script` for what its YAML file may say; `scripted` does it. Where it is the server's
  engine, every other model name is a call of its own.
"""

from gateway.local.server.settings import LocalSettings

__all__ = ["LocalSettings"]
