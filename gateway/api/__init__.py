"""The control API: HTTP for programs and for people, in a process of its own beside the gateway's.

| module | does |
|---|---|
| `link` | asks the gateway over its control socket |
| `news` | hears what happens there once, and tells everybody who listens |
| `gate` | lets in who may ask, and nobody else |
| `routes` | what may be asked |
| `app`, `server` | all of it together, and the process around it |

Nothing here is imported by the process that answers calls.
"""
