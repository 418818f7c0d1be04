"""An endpoint that answers every call with a port and says what it hears, one item, a tick later.

Run as a program: `python -m tests.media.echo native|portable [srtp] [learn] [call=sip:...]`. The audio is the
media plane's; the SIP around it is as little as pjsua2 allows. Writes `{"event": "listening", "port": ...}`,
then each port's counters and the clock's every 50 ms as `{"event": "counters", "slot": ..., ...}`.
"""

from __future__ import annotations

import json
import sys
import time
from dataclasses import asdict
from typing import Any

import pjsua2 as pj

from gateway.media.media_port import MediaPort
from gateway.media.plane import media_plane


class EchoCall(pj.Call):
    """A call whose audio is joined to a port."""

    def __init__(self, account: EchoAccount, number: int = pj.PJSUA_INVALID_ID) -> None:
        super().__init__(account, number)
        self.port: MediaPort = account.plane.port(24_000)
        self.slot = -1

    def onCallMediaState(self, _: Any) -> None:  # noqa: N802 - pjsua2's name
        """Join where there is audio; on hold, leave."""
        info = self.getInfo()  # to be kept: its media are views into it
        media = [m for m in info.media if m.status == pj.PJSUA_CALL_MEDIA_ACTIVE]
        if media:
            self.slot = media[0].audioConfSlot
            self.port.connect(self.slot)
        else:
            self.port.disconnect()

    def turn(self) -> None:
        """Say what was heard since the last turn."""
        self.port.events()
        if heard := self.port.read():
            self.port.play(1, heard)


class EchoAccount(pj.Account):
    """Answers everybody."""

    def __init__(self, native: bool) -> None:
        super().__init__()
        self.plane = media_plane(native=native)
        self.calls: list[EchoCall] = []

    def onIncomingCall(self, prm: Any) -> None:  # noqa: N802 - pjsua2's name
        """200 OK."""
        call = EchoCall(self, prm.callId)
        self.calls.append(call)
        answer = pj.CallOpParam()
        answer.statusCode = 200
        call.answer(answer)

    def sweep(self) -> None:
        """Close the ports of calls that are over."""
        for call in [call for call in self.calls if not call.isActive()]:
            call.port.close()
            self.calls.remove(call)


def say(**fields: object) -> None:
    """Write a line that the test reads."""
    print(json.dumps(fields), flush=True)  # noqa: T201 - its only way to speak


def endpoint_config() -> Any:
    """8 kHz, mono, 20 ms: what a plane asks for."""
    config = pj.EpConfig()
    config.uaConfig.threadCnt = 0
    config.uaConfig.mainThreadOnly = True
    config.uaConfig.maxCalls = 4
    config.logConfig.level = config.logConfig.consoleLevel = 1
    config.medConfig.clockRate = config.medConfig.sndClockRate = 8000
    config.medConfig.audioFramePtime = config.medConfig.ptime = 20
    config.medConfig.noVad = True
    return config


def serve(native: bool, srtp: bool, learn: bool, target: str) -> None:
    """Answer, and call `target` if there is one, until stopped."""
    endpoint = pj.Endpoint()
    endpoint.libCreate()
    endpoint.libInit(endpoint_config())
    transport = pj.TransportConfig()
    transport.boundAddress = "127.0.0.1"
    number = endpoint.transportCreate(pj.PJSIP_TRANSPORT_UDP, transport)
    endpoint.libStart()
    port = int(endpoint.transportGetInfo(number).localName.rpartition(":")[2])
    for codec in endpoint.codecEnum2():  # two of us would agree on another one
        endpoint.codecSetPriority(codec.codecId, 255 if codec.codecId.startswith("PCM") else 0)
    account = EchoAccount(native)
    account.plane.start(learn)
    config = pj.AccountConfig()
    config.idUri = f"sip:echo@127.0.0.1:{port}"
    config.mediaConfig.transportConfig.boundAddress = "127.0.0.1"
    if srtp:
        config.mediaConfig.srtpUse = pj.PJMEDIA_SRTP_MANDATORY
        config.mediaConfig.srtpSecureSignaling = 0
    account.create(config, True)
    say(event="listening", port=port)
    if target:
        account.calls.append(EchoCall(account))
        account.calls[0].makeCall(target, pj.CallOpParam(True))
        account.calls[0].port.play(1, (b"\x00\x10" * 24 + b"\x00\xf0" * 24) * 5000)  # 500 Hz, to be echoed
    turn(endpoint, account)


def turn(endpoint: Any, account: EchoAccount) -> None:
    """Serve SIP, echo, report."""
    reported = 0.0
    while True:
        endpoint.libHandleEvents(5)
        account.sweep()
        for call in account.calls:
            call.turn()
        if time.monotonic() - reported > 0.05:
            reported = time.monotonic()
            for call in account.calls:
                strangers = call.port.strangers()
                last = strangers.address if strangers else None
                say(event="counters", slot=call.slot, stranger=last, **asdict(call.port.counters()))
            say(event="clock", **asdict(account.plane.clock()))


if __name__ == "__main__":
    calls = [argument.removeprefix("call=") for argument in sys.argv[2:] if argument.startswith("call=")]
    serve(sys.argv[1] == "native", "srtp" in sys.argv[2:], "learn" in sys.argv[2:], calls[0] if calls else "")
