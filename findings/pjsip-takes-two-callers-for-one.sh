#!/bin/sh
# Surprise: PJSIP finds the transaction of a request by its branch and method alone. RFC 3261 section 17.2.3 wants the
# sent-by of the top Via to match as well, so that two callers who made the same branch are told apart. An INVITE
# whose branch another caller uses is taken for that one's, sent again: its sender never gets an answer, and the
# other one gets his own answer twice.
#
# Seen with pjsua2-python 2.15.1.post1 (PJSIP 2.15.1), Python 3.11, Debian 12; the code is the same in 2.17:
#   another branch: answered answered
#   the same branch: answered silence
# Exits with 1 when that changes. Loopback only; takes a few seconds.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check pjsua2-python==2.15.1.post1

cat >"$folder/called.py" <<'PYTHON'
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

account_config = pj.AccountConfig()
account_config.idUri = "sip:called@127.0.0.1"


class Account(pj.Account):
    calls = []

    def onIncomingCall(self, prm):
        call = pj.Call(self, prm.callId)
        self.calls.append(call)
        answer = pj.CallOpParam()
        answer.statusCode = 180
        call.answer(answer)


account = Account()
account.create(account_config, True)


def ring(name, branch):
    caller = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    caller.bind(("127.0.0.1", 0))
    here = caller.getsockname()[1]
    sdp = f"v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\nm=audio {here} RTP/AVP 0\r\n"
    lines = [
        "INVITE sip:called@127.0.0.1 SIP/2.0",
        f"Via: SIP/2.0/UDP 127.0.0.1:{here};rport;branch={branch}",
        "Max-Forwards: 70",
        f"From: <sip:{name}@127.0.0.1>;tag={name}",
        "To: <sip:called@127.0.0.1>",
        f"Call-ID: {name}",
        "CSeq: 1 INVITE",
        f"Contact: <sip:{name}@127.0.0.1:{here}>",
        "Content-Type: application/sdp",
        f"Content-Length: {len(sdp)}",
    ]
    caller.sendto(("\r\n".join([*lines, "", ""]) + sdp).encode(), ("127.0.0.1", port))
    return caller


callers = [ring("first", "z9hG4bKone"), ring("second", sys.argv[1])]
answered = [False, False]
end = time.monotonic() + 3
while time.monotonic() < end:
    endpoint.libHandleEvents(20)
    for number, caller in enumerate(callers):
        while select.select([caller], [], [], 0)[0]:
            caller.recv(65536)
            answered[number] = True
print(" ".join("answered" if one else "silence" for one in answered))
sys.stdout.flush()
account.calls.clear()
del account
endpoint.libDestroy()
PYTHON

other=$("$folder/venv/bin/python" "$folder/called.py" z9hG4bKtwo 2>/dev/null | tail -n 1)
same=$("$folder/venv/bin/python" "$folder/called.py" z9hG4bKone 2>/dev/null | tail -n 1)
echo "another branch: $other"
echo "the same branch: $same"
[ "$other" = "answered answered" ] && [ "$same" = "answered silence" ]
