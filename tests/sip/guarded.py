"""An endpoint with nothing but the guard, run as a program.

    python -m tests.sip.guarded RETRY_AFTER [BEATS [TRANSPORT]]

Writes `{"event": "listening", "port": ...}` and serves until it is stopped. BEATS is how often the event
loop, which there is not, seems to give a sign of life. TRANSPORT is udp or tcp.
"""

from __future__ import annotations

import itertools
import json
import sys

import pjsua2 as pj

from gateway.sip import _guard


def serve(retry_after: int, beats: int, kind: int) -> None:
    """Answer on a free port of the loopback."""
    endpoint = pj.Endpoint()
    endpoint.libCreate()
    config = pj.EpConfig()
    config.uaConfig.threadCnt = 0
    config.logConfig.level = config.logConfig.consoleLevel = 0
    endpoint.libInit(config)
    _guard.install()
    _guard.install()  # harmless
    _guard.set_unavailable(retry_after)
    transport = pj.TransportConfig()
    transport.boundAddress = "127.0.0.1"
    number = endpoint.transportCreate(kind, transport)
    endpoint.libStart()
    port = int(endpoint.transportGetInfo(number).localName.rpartition(":")[2])
    print(json.dumps({"event": "listening", "port": port}), flush=True)  # noqa: T201 - its only way to speak
    for beat in itertools.count():
        if beat < beats:
            _guard.beat()
        endpoint.libHandleEvents(50)


if __name__ == "__main__":
    transports = {"udp": pj.PJSIP_TRANSPORT_UDP, "tcp": pj.PJSIP_TRANSPORT_TCP}
    given = [*sys.argv[1:], *("0", "0", "udp")[len(sys.argv) - 1 :]]
    serve(int(given[0]), int(given[1]), transports[given[2]])
