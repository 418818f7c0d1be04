"""Kamailio of Debian as a registrar and edge, on a loopback of the network namespace that the test is in.

Accounts register at it by a password; whoever rings one of them is led there. It stays on the way
(Record-Route), over UDP, TCP and TLS, and never touches the audio.
"""

from __future__ import annotations

import shutil
import subprocess
import tempfile
import threading
import time
from pathlib import Path
from typing import Self

from tests.equipment.certificates import Authority

PASSWORD = "kamailio-secret"
PROGRAM = "/usr/sbin/kamailio"
MODULES = (
    "kex",
    "tm",
    "tmx",
    "sl",
    "rr",
    "pv",
    "maxfwd",
    "usrloc",
    "registrar",
    "textops",
    "siputils",
    "auth",
    "nathelper",
)
READY_S = 30.0

CONFIG = """
debug=2
log_stderror=yes
fork=yes
# One: two may change the order of an ACK and the INVITE after it.
children=1
tcp_children=2
auto_aliases=no
listen=udp:127.0.0.1:{port}
listen=tcp:127.0.0.1:{port}
listen=tls:127.0.0.1:{tls_port}
enable_tls=yes
tcp_accept_no_cl=yes
mpath="{modules}"
{loads}
loadmodule "tls.so"
modparam("tls", "config", "{folder}/tls.cfg")
modparam("usrloc", "db_mode", 0)
modparam("registrar", "max_expires", 600)
modparam("registrar", "method_filtering", 0)
modparam("rr", "enable_full_lr", 1)
modparam("nathelper", "received_avp", "$avp(RECEIVED)")
modparam("registrar", "received_avp", "$avp(RECEIVED)")

request_route {{
    if (!mf_process_maxfwd_header("10")) {{ sl_send_reply("483", "Too Many Hops"); exit; }}
    if (is_method("CANCEL")) {{ if (t_check_trans()) t_relay(); exit; }}
    if (has_totag()) {{
        if (loose_route()) {{ t_relay(); exit; }}
        if (is_method("ACK")) {{ if (t_check_trans()) t_relay(); exit; }}
        sl_send_reply("404", "Not here");
        exit;
    }}
    if (is_method("OPTIONS") && uri == myself && $rU == $null) {{ sl_send_reply("200", "Alive"); exit; }}
    if (is_method("REGISTER")) {{
        if (!pv_www_authenticate("edge.test", "{password}", "0")) {{ www_challenge("edge.test", "1"); exit; }}
        fix_nated_register();
        if (!save("location")) sl_reply_error();
        exit;
    }}
    record_route();
    {marks}
    if (!lookup("location")) {{ sl_send_reply("404", "Nobody registered"); exit; }}
    t_relay();
}}
"""

TLS = """
[server:default]
method = TLSv1.2+
verify_certificate = no
require_certificate = no
private_key = {key}
certificate = {certificate}
ca_list = {authority}
[client:default]
method = TLSv1.2+
verify_certificate = yes
require_certificate = yes
private_key = {key}
certificate = {certificate}
ca_list = {authority}
"""


def missing() -> str:
    """Return why there is none here; "" if there is."""
    if not Path(PROGRAM).exists():
        return "Kamailio is not installed: apt-get install kamailio kamailio-tls-modules"
    return "" if list(_modules().glob("tls.so")) else "apt-get install kamailio-tls-modules"


def _modules() -> Path:
    return next(Path("/usr/lib").glob("*/kamailio/modules"), Path("/usr/lib/kamailio/modules"))


class Kamailio:
    """Runs as long as the block; `port` is that of UDP and TCP.

    `marks`: calls are led on with their Call-ID in this header as well, for those who tell no other.
    """

    def __init__(self, authority: Authority, port: int, tls_port: int, marks: str = "") -> None:
        self.port, self.tls_port = port, tls_port
        self._folder = tempfile.TemporaryDirectory(prefix="kamailio-")
        us = authority.gives("edge")
        names = {"key": us.key, "certificate": us.certificate, "authority": authority.file}
        folder = Path(self._folder.name)
        (folder / "tls.cfg").write_text(TLS.format(**names))
        loads = "\n".join(f'loadmodule "{name}.so"' for name in MODULES)
        config = {"port": port, "tls_port": tls_port, "modules": _modules(), "loads": loads}
        config["marks"] = f'append_hf("{marks}: $ci\\r\\n");' if marks else ""
        (folder / "kamailio.cfg").write_text(CONFIG.format(folder=folder, password=PASSWORD, **config))
        self.log = folder / "log"

    def __enter__(self) -> Self:
        folder = self._folder.name
        command = [
            PROGRAM,
            "-DD",
            "-f",
            f"{folder}/kamailio.cfg",
            "-Y",
            folder,
            "-m",
            "64",
            "-M",
            "8",
            "-w",
            folder,
        ]
        with self.log.open("wb") as log:
            self._process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        until = time.monotonic() + READY_S
        while not _listens(self.tls_port):
            if self._process.poll() is not None or time.monotonic() > until:
                raise AssertionError(
                    f"Kamailio did not start:\n{self.log.read_text(errors='replace')[-3000:]}"
                )
            threading.Event().wait(0.1)
        return self

    def __exit__(self, *_: object) -> None:
        self._process.terminate()
        try:
            self._process.wait(10)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        shutil.rmtree(self._folder.name, ignore_errors=True)


def _listens(port: int) -> bool:
    table = Path("/proc/self/net/tcp").read_text(encoding="ascii")
    return any(f":{port:04X} 00000000:0000 0A" in line for line in table.splitlines())
