#!/bin/sh
# Surprise: pjsua answers a hold by the address 0.0.0.0 (RFC 2543; RFC 3264 section 8.4) with 0.0.0.0 of its own and
# a=sendrecv. Who held asked that nothing be sent to him; he is told that nothing can be sent to us either, so that a
# PBX may take its music on hold elsewhere, or the call for held by both. A hold by a=sendonly is answered as it should
# be.
#
# Seen with pjsua2-python 2.15.1.post1 (PJSIP 2.15.1), Python 3.11, Debian 12; the code is the same in 2.17:
#   a=sendonly: c=IN IP4 127.0.0.1 a=recvonly
#   0.0.0.0: c=IN IP4 0.0.0.0 a=sendrecv
# Exits with 1 when that changes. Loopback only; takes a few seconds.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check pjsua2-python==2.15.1.post1

cat >"$folder/held.py" <<'PYTHON'
import re
import select
import socket
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


class Account(pj.Account):
    calls = []

    def onIncomingCall(self, prm):
        call = pj.Call(self, prm.callId)
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
here = caller.getsockname()[1]


def send(method, cseq, to, sdp=""):
    lines = [
        f"{method} sip:called@127.0.0.1 SIP/2.0",
        f"Via: SIP/2.0/UDP 127.0.0.1:{here};rport;branch=z9hG4bK{method}{cseq}",
        "Max-Forwards: 70",
        "From: <sip:holder@127.0.0.1>;tag=holder",
        f"To: {to}",
        "Call-ID: hold",
        f"CSeq: {cseq} {method}",
        f"Contact: <sip:holder@127.0.0.1:{here}>",
        "Content-Type: application/sdp",
        f"Content-Length: {len(sdp)}",
    ]
    caller.sendto(("\r\n".join([*lines, "", ""]) + sdp).encode(), ("127.0.0.1", port))


def offer(cseq, to, address, direction):
    media = f"m=audio {here} RTP/AVP 0\r\na={direction}\r\n"
    send("INVITE", cseq, to, f"v=0\r\no=- 1 {cseq} IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 {address}\r\nt=0 0\r\n{media}")
    end = time.monotonic() + 5
    while time.monotonic() < end:
        endpoint.libHandleEvents(20)
        while select.select([caller], [], [], 0)[0]:
            answer = caller.recv(65536).decode()
            if answer.startswith("SIP/2.0 200") and f"CSeq: {cseq} INVITE" in answer:
                to = re.search(r"^To: (.*)\r$", answer, re.M)[1]
                send("ACK", cseq, to)
                return to, answer
    sys.exit("no answer")


to, _ = offer(1, "<sip:called@127.0.0.1>", "127.0.0.1", "sendrecv")
address, direction = ("0.0.0.0", "sendrecv") if sys.argv[1] == "0.0.0.0" else ("127.0.0.1", "sendonly")
_, answer = offer(2, to, address, direction)
print(re.search(r"^c=.*(?=\r)", answer, re.M)[0], re.search(r"^a=(send|recv|inactive).*(?=\r)", answer, re.M)[0])
sys.stdout.flush()
account.calls.clear()
del account
endpoint.libDestroy()
PYTHON

sendonly=$("$folder/venv/bin/python" "$folder/held.py" sendonly 2>/dev/null | tail -n 1)
zeros=$("$folder/venv/bin/python" "$folder/held.py" 0.0.0.0 2>/dev/null | tail -n 1)
echo "a=sendonly: $sendonly"
echo "0.0.0.0: $zeros"
[ "$sendonly" = "c=IN IP4 127.0.0.1 a=recvonly" ] && [ "$zeros" = "c=IN IP4 0.0.0.0 a=sendrecv" ]
