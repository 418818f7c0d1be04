#!/bin/sh
# Surprise: PJMEDIA tells one key from the next (RFC 4733) by its event and its duration alone: a packet that names the
# same key and has not lasted shorter than the one before belongs to the same press. Marker and timestamp, which
# section 2.5 has say where an event begins, are not looked at. A gateway that learns of a key only when it is over
# sends all packets with one duration: of the same key pressed three times the application hears of one.
#
# Seen with pjsua2-python 2.15.1.post1 (PJSIP 2.15.1), Python 3.11, Debian 12; the code is the same in 2.17:
#   5 three times, as it lasts: 555
#   5 three times, when it is over: 5
# Exits with 1 when that changes. Loopback only; takes a few seconds.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check pjsua2-python==2.15.1.post1

cat >"$folder/keys.py" <<'PYTHON'
import re
import socket
import struct
import sys
import time

import pjsua2 as pj

endpoint = pj.Endpoint()
endpoint.libCreate()
config = pj.EpConfig()
config.uaConfig.threadCnt = 0
config.logConfig.level = config.logConfig.consoleLevel = 0
endpoint.libInit(config)
endpoint.audDevManager().setNullDev()
transport = pj.TransportConfig()
transport.boundAddress = "127.0.0.1"
udp = endpoint.transportCreate(pj.PJSIP_TRANSPORT_UDP, transport)
endpoint.libStart()
port = int(endpoint.transportGetInfo(udp).localName.rpartition(":")[2])
heard = []


class Call(pj.Call):
    def onDtmfDigit(self, prm):
        heard.append(prm.digit)


class Account(pj.Account):
    calls = []

    def onIncomingCall(self, prm):
        call = Call(self, prm.callId)
        self.calls.append(call)
        answer = pj.CallOpParam()
        answer.statusCode = 200
        call.answer(answer)


account_config = pj.AccountConfig()
account_config.idUri = "sip:called@127.0.0.1"
account_config.mediaConfig.transportConfig.boundAddress = "127.0.0.1"
account = Account()
account.create(account_config, True)

caller = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
caller.bind(("127.0.0.1", 0))
caller.setblocking(False)
here = caller.getsockname()[1]
media = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
media.bind(("127.0.0.1", 0))


def message(method, number, tag, body):
    lines = [
        f"{method} sip:called@127.0.0.1:{port} SIP/2.0",
        f"Via: SIP/2.0/UDP 127.0.0.1:{here};branch=z9hG4bK{method}{number}",
        "Max-Forwards: 70",
        f"From: <sip:caller@127.0.0.1>;tag={number}",
        f"To: <sip:called@127.0.0.1>{tag}",
        f"Call-ID: {number}",
        f"CSeq: 1 {method}",
        f"Contact: <sip:caller@127.0.0.1:{here}>",
        "Content-Type: application/sdp",
        f"Content-Length: {len(body)}",
    ]
    return "\r\n".join([*lines, "", body]).encode()


def answered(number):
    """Ring, acknowledge the answer, and return the port of RTP in it."""
    local = media.getsockname()[1]
    offer = (
        "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\n"
        f"m=audio {local} RTP/AVP 0 101\r\na=rtpmap:101 telephone-event/8000\r\n"
    )
    caller.sendto(message("INVITE", number, "", offer), ("127.0.0.1", port))
    until = time.monotonic() + 5
    while time.monotonic() < until:
        endpoint.libHandleEvents(10)
        try:
            text = caller.recv(65535).decode()
        except BlockingIOError:
            continue
        if text.startswith("SIP/2.0 200"):
            tag = re.search(r"^To:.*(;tag=\S+)", text, re.M)[1]
            caller.sendto(message("ACK", number, tag, ""), ("127.0.0.1", port))
            return int(re.search(r"m=audio (\d+)", text)[1])
    sys.exit("no answer")


def keys(number, durations):
    """Press 5 three times, in packets of such durations; return what is heard."""
    target = ("127.0.0.1", answered(number))
    heard.clear()
    sent = 0
    for press in range(3):
        for packet, duration in enumerate(durations):
            sent += 1
            first = 0x80 if packet == 0 else 0
            header = struct.pack("!BBHII", 0x80, 101 | first, sent, 8000 * (press + 1), number)
            end = 0x80 if duration == durations[-1] else 0
            media.sendto(header + struct.pack("!BBH", 5, end | 10, duration), target)
            endpoint.libHandleEvents(20)
    for _ in range(20):
        endpoint.libHandleEvents(10)
    return "".join(heard)


lasting = keys(1, [160, 320, 480, 800, 800, 800])
over = keys(2, [800, 800, 800])
print("5 three times, as it lasts:", lasting)
print("5 three times, when it is over:", over)
account.calls.clear()
endpoint.libDestroy()
PYTHON

told=$("$folder/venv/bin/python" "$folder/keys.py" | tail -n 2)
echo "$told"
[ "$told" = "5 three times, as it lasts: 555
5 three times, when it is over: 5" ]
