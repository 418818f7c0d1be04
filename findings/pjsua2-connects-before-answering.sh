#!/bin/sh
# Surprise: a pjsua2 endpoint that is called over UDP connects to the caller's Contact over TCP, if that says
# ;transport=tcp, before it sends a final response. To fill in its own Contact it wants a source port of TCP
# (AccountNatConfig.contactUseSrcPort, on by default); a host name there is looked up on the SIP thread.
# Turned off, nobody is connected to.
#
# Seen with pjsua2-python 2.15.1.post1 (PJSIP 2.15.1), Python 3.11, Debian 12:
#   contactUseSrcPort=1: connected before the answer
#   contactUseSrcPort=0: not connected
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
endpoint.transportCreate(pj.PJSIP_TRANSPORT_TCP, transport)
endpoint.libStart()
port = int(endpoint.transportGetInfo(udp).localName.rpartition(":")[2])

account_config = pj.AccountConfig()
account_config.idUri = "sip:called@127.0.0.1"
account_config.natConfig.contactUseSrcPort = int(sys.argv[1])


class Account(pj.Account):
    calls = []

    def onIncomingCall(self, prm):
        self.calls.append(pj.Call(self, prm.callId))  # rings, and is not answered


account = Account()
account.create(account_config, True)

contact = socket.create_server(("127.0.0.1", 0))
caller = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
caller.bind(("127.0.0.1", 0))
here = caller.getsockname()[1]
sdp = f"v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\nm=audio {here} RTP/AVP 0\r\n"
lines = [
    "INVITE sip:called@127.0.0.1 SIP/2.0",
    f"Via: SIP/2.0/UDP 127.0.0.1:{here};rport;branch=z9hG4bK1",
    "From: <sip:caller@127.0.0.1>;tag=1",
    "To: <sip:called@127.0.0.1>",
    "Call-ID: 1@127.0.0.1",
    "CSeq: 1 INVITE",
    "Max-Forwards: 70",
    f"Contact: <sip:caller@127.0.0.1:{contact.getsockname()[1]};transport=tcp>",
    "Content-Type: application/sdp",
    f"Content-Length: {len(sdp)}",
    "",
    sdp,
]
caller.sendto("\r\n".join(lines).encode(), ("127.0.0.1", port))
final = connected = False
for _ in range(100):
    endpoint.libHandleEvents(20)
    connected = connected or bool(select.select([contact], [], [], 0)[0])
    while select.select([caller], [], [], 0)[0]:
        final = final or int(caller.recv(9000).split()[1]) >= 200
assert Account.calls and not final, "it was to ring"
print("connected before the answer" if connected else "not connected", flush=True)
Account.calls.clear()
del account
endpoint.libDestroy()
PYTHON

seen=$(for use in 1 0; do
  echo "contactUseSrcPort=$use: $("$folder/venv/bin/python" "$folder/called.py" "$use" 2>/dev/null | tail -n 1)"
done)
echo "$seen"
[ "$seen" = "contactUseSrcPort=1: connected before the answer
contactUseSrcPort=0: not connected" ]
