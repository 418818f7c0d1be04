"""A real exchange: Asterisk of Debian's unstable release, as its stable one has none, in a root of its own.

It is installed once, below the user's cache (some 600 MB, a minute or two, needs root, debootstrap and
Debian's packages), by `python -m tests.equipment.asterisk`, and started per test on a loopback address of its
own:

    exchange 127.0.0.21, a phone that calls 127.0.0.11, a phone that is called 127.0.0.12, the gateway
    127.0.0.1

100 rings the gateway; 200 and 201 ring the second phone; 102 rings the gateway and then asks it, by REFER, to
go on with 200. Every phone may call everybody.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from deploy.pjsip.mirror import debian_mirrors

ROOT = Path(os.environ.get("XDG_CACHE_HOME", Path.home() / ".cache"), "sip-voice-gateway", "asterisk")
RELEASE = "sid"
KEYRING = Path("/usr/share/keyrings/debian-archive-keyring.gpg")
HOST, CALLER, DESK = "127.0.0.21", "127.0.0.11", "127.0.0.12"
PORT = 5060
LONGEST_S = 900

CONFIG = {
    "asterisk.conf": "[directories]\nastetcdir => /etc/asterisk\n[options]\nverbose = 3\n",
    "logger.conf": "[logfiles]\nconsole => notice,warning,error,verbose\n",
    "modules.conf": "[modules]\nautoload=yes\nnoload=>chan_iax2.so\nnoload=>res_hep.so\n",
    "rtp.conf": "[general]\nrtpstart=30000\nrtpend=30200\n",
}
PJSIP = """
[udp]
type=transport
protocol=udp
bind={host}:{port}
[phone](!)
type=endpoint
context=in
disallow=all
allow=ulaw
direct_media=no
[caller](phone)
[caller]
type=identify
endpoint=caller
match={caller}
[desk](phone)
aors=desk
[desk]
type=aor
contact=sip:desk@{desk}:{desk_port}
[desk]
type=identify
endpoint=desk
match={desk}
[gateway](phone)
aors=gateway
[gateway]
type=aor
contact=sip:{gateway}:{gateway_port}
[gateway]
type=identify
endpoint=gateway
match={gateway}
"""
EXTENSIONS = """
[in]
exten => 100,1,Dial(PJSIP/gateway/sip:100@{gateway}:{gateway_port},30)
exten => 102,1,Dial(PJSIP/gateway/sip:100@{gateway}:{gateway_port},30,U(onward))
exten => 200,1,Dial(PJSIP/desk/sip:200@{desk}:{desk_port},30)
exten => 201,1,Dial(PJSIP/desk/sip:201@{desk}:{desk_port},30)
[onward]
exten => s,1,Wait(0.5)
 same => n,Transfer(PJSIP/sip:200@{host}:{port})
 same => n,Verbose(1,transfer: ${{TRANSFERSTATUS}})
 same => n,Return()
"""


def missing() -> str:
    """Return why there is no such exchange here; "" if there is one."""
    if os.geteuid() != 0:
        return "only root may start it in a root of its own"
    if not (ROOT / "usr" / "sbin" / "asterisk").exists():
        return f"not installed below {ROOT}: run `python -m tests.equipment.asterisk`"
    return ""


def install() -> None:
    """Install it, unless that was done. Raises CalledProcessError, or OSError without debootstrap."""
    if not missing():
        return
    if not (ROOT / "usr/sbin/policy-rc.d").exists():  # half a system is none
        shutil.rmtree(ROOT, ignore_errors=True)
        ROOT.mkdir(parents=True)
        mirrors = debian_mirrors(Path("/etc/apt"), RELEASE)
        _run(["debootstrap", "--variant=minbase", f"--keyring={KEYRING}", RELEASE, str(ROOT), *mirrors[:1]])
        (ROOT / "usr/sbin/policy-rc.d").write_text("#!/bin/sh\nexit 101\n")
        (ROOT / "usr/sbin/policy-rc.d").chmod(0o755)
    apt = "apt-get -q -o Acquire::Check-Valid-Until=false"  # a mirror may be a picture of some day
    _run(_inside(f"{apt} update && {apt} install -y --no-install-recommends asterisk"))


def _inside(line: str) -> list[str]:
    enter = (
        f"mount --rbind /dev {ROOT}/dev; mount -t proc proc {ROOT}/proc; exec chroot {ROOT} sh -c '{line}'"
    )
    return ["unshare", "--mount", "--pid", "--fork", "--kill-child", "sh", "-c", enter]


def _run(command: list[str]) -> None:
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive", "LC_ALL": "C.UTF-8"}
    subprocess.run(command, check=True, stdin=subprocess.DEVNULL, env=environment, timeout=LONGEST_S)


@contextlib.contextmanager
def running(gateway: tuple[str, int], desk_port: int) -> Iterator[tuple[str, int]]:
    """Run it as long as the block lasts; gives where it is called, which may take some seconds to answer."""
    names = {
        "host": HOST,
        "port": PORT,
        "caller": CALLER,
        "desk": DESK,
        "desk_port": desk_port,
        "gateway": gateway[0],
        "gateway_port": gateway[1],
    }
    files = {**CONFIG, "pjsip.conf": PJSIP.format(**names), "extensions.conf": EXTENSIONS.format(**names)}
    for name, text in files.items():
        (ROOT / "etc/asterisk" / name).write_text(text)
    log = (ROOT / "var/log/asterisk-console").open("wb")
    process = subprocess.Popen(_inside("exec asterisk -f"), stdin=subprocess.DEVNULL, stdout=log, stderr=log)
    try:
        yield HOST, PORT
    finally:
        process.kill()  # and with it, by --kill-child, everything in its namespace
        process.wait()
        log.close()


if __name__ == "__main__":
    install()
    sys.stdout.write(f"{missing() or f'installed below {ROOT}'}\n")
