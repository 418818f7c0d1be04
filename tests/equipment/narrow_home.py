"""`gateway serve` to which 127.0.0.1 alone is its own machine: other loopback addresses are strangers.

python -m tests.equipment.narrow_home serve ...
"""

from __future__ import annotations

from dataclasses import replace

from gateway.cli import main
from gateway.node import serve

HOME = ("127.0.0.1/32", "::1/128")

if __name__ == "__main__":
    made = serve.sip_settings
    serve.sip_settings = lambda *given: replace(made(*given), home=HOME)
    main()
