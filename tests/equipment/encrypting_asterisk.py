"""Asterisk as a registrar, and as a far end with SRTP; `tests.equipment.asterisk` installs it.

Each account (`ACCOUNTS`) is registered at by a password, and has its own transport and keys. It runs on the
loopback of the network namespace that the test is in.
"""

from __future__ import annotations

import shutil
import subprocess
import time
import wave
from typing import Self

import numpy as np

from tests.equipment.asterisk import CONFIG, ROOT
from tests.equipment.certificates import Authority
from tests.equipment.tone import Pcm

PASSWORD = "asterisk-secret"
ACCOUNTS = {"udp": ("udp", "no"), "tcp": ("tcp", "no"), "sdes": ("tls", "sdes"), "dtls": ("udp", "dtls")}
"""Transport and keys of each."""
READY_S = 90.0
SHARED = ROOT / "tmp/gateway"

TRANSPORTS = """
[udp]
type=transport
protocol=udp
bind=127.0.0.1:{port}
[tcp]
type=transport
protocol=tcp
bind=127.0.0.1:{port}
[tls]
type=transport
protocol=tls
bind=127.0.0.1:{tls_port}
cert_file=/tmp/gateway/{certificate}
priv_key_file=/tmp/gateway/{key}
ca_list_file=/tmp/gateway/{authority}
verify_server=no
method=tlsv1_2
"""
ACCOUNT = """
[{name}]
type=endpoint
transport={transport}
context=answer
disallow=all
allow=ulaw
aors={name}
auth={name}
direct_media=no
media_encryption={keys}
{more}
[{name}]
type=aor
max_contacts=1
remove_existing=yes
{aor}
[{name}]
type=auth
auth_type=userpass
username={name}
password={password}
"""
DTLS = "dtls_auto_generate_cert=yes\ndtls_verify=fingerprint\ndtls_setup=actpass\n"
DIALPLAN = """
[answer]
exten => _X.,1,Answer()
same => n,Echo()
[say]
exten => _.,1,MixMonitor(/tmp/gateway/mix-${EXTEN}.wav,r(/tmp/gateway/heard-${EXTEN}.wav))
same => n,Playtones(440)
same => n,Wait(3)
same => n,Hangup()
"""


class EncryptingAsterisk:
    """Runs as long as the block; `port` is that of UDP and TCP, `aor` more lines of each account's aor."""

    def __init__(self, authority: Authority, port: int, tls_port: int, *, aor: str = "") -> None:
        self.port, self.tls_port, self._aor = port, tls_port, aor
        self._authority = authority
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        shutil.rmtree(SHARED, ignore_errors=True)
        SHARED.mkdir(parents=True)
        us = self._authority.gives("asterisk")
        for file in (us.certificate, us.key, self._authority.file):
            shutil.copy(file, SHARED)
        files = {"pjsip.conf": self._accounts(us.certificate.name, us.key.name), "extensions.conf": DIALPLAN}
        for name, text in (CONFIG | files).items():
            (ROOT / "etc/asterisk" / name).write_text(text)
        with (ROOT / "var/log/asterisk-console").open("wb") as log:
            self._process = subprocess.Popen(
                ["chroot", str(ROOT), "/usr/sbin/asterisk", "-f"],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )
        until = time.monotonic() + READY_S
        while "fully booted" not in self.asks("core waitfullybooted"):
            if time.monotonic() > until or self._process.poll() is not None:
                raise AssertionError("Asterisk did not start")
        return self

    def __exit__(self, *_: object) -> None:
        assert self._process is not None
        self._process.kill()
        self._process.wait()

    def asks(self, command: str) -> str:
        """Have it do something, and return what it says."""
        asked = ["chroot", str(ROOT), "/usr/sbin/asterisk", "-rx", command]
        return subprocess.run(asked, capture_output=True, text=True, check=False, timeout=30).stdout

    def rings(self, account: str, name: str) -> None:
        """Have it ring whoever has registered at an account, say a tone for 3 s, and keep what it hears."""
        self.asks(f"channel originate PJSIP/{account} extension {name}@say")

    def heard(self, name: str) -> Pcm:
        """Return what it has kept; nothing before there is any."""
        file = SHARED / f"heard-{name}.wav"
        if not file.exists() or file.stat().st_size <= 44:
            return np.zeros(0, np.int16)
        with wave.open(str(file)) as kept:
            return np.frombuffer(kept.readframes(1 << 24), "<i2")

    def _accounts(self, certificate: str, key: str) -> str:
        names = {"certificate": certificate, "key": key, "authority": self._authority.file.name}
        accounts = (
            ACCOUNT.format(
                name=name,
                transport=transport,
                keys=keys,
                password=PASSWORD,
                aor=self._aor,
                more=DTLS if keys == "dtls" else "",
            )
            for name, (transport, keys) in ACCOUNTS.items()
        )
        return TRANSPORTS.format(port=self.port, tls_port=self.tls_port, **names) + "".join(accounts)
