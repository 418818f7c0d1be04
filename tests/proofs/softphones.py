"""Softphones of the same machine hear the agent and are heard: `python -m tests.proofs.softphones`.

Real ones, baresip and linphonec (Debian: baresip-core, linphone-cli; 160 MB with what they need), in a
network namespace with an interface: they announce its address and send their audio from 127.0.0.1. Each says
a tone to an agent that echoes, and keeps what it hears.
"""

from __future__ import annotations

import contextlib
import shutil
import subprocess
import sys
import tempfile
import time
import wave
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np

from tests.equipment import ports, tone
from tests.equipment.programs import Gateway, LocalServer, Plan, agent
from tests.equipment.tone import Pcm
from tests.proofs import NOT_HERE

HERTZ = 440
SAYS_MS, WAITS_MS = 1500, 3500
CALL_S = (SAYS_MS + WAITS_MS) / 1000
HEARS_MS = 1000
"""At the least, of what it said: a softphone begins at leisure."""
INTERFACE = "10.9.0.1"
INSIDE = "inside"

BARESIP = """
poll_method epoll
sip_listen 0.0.0.0:0
audio_source aufile,{said}
audio_player aubridge,nobody
audio_channels 1-1
module_path {modules}
module g711.so
module aufile.so
module aubridge.so
module sndfile.so
snd_path {folder}
module_app account.so
module_app menu.so
"""

LINPHONE = """
[sip]
sip_udp_port=5070
sip_tcp_port=0
sip_tls_port=0
use_ipv6=0
"""


def baresip(target: str, said: Path, folder: Path) -> Path:
    """Call with baresip; return what it heard. It hangs up at the end of the file."""
    modules = next(Path("/usr/lib").glob("**/baresip/modules"))
    (folder / "config").write_text(BARESIP.format(said=said, modules=modules, folder=folder))
    (folder / "accounts").write_text(f"<sip:me@{INTERFACE}>;regint=0\n")
    (folder / "contacts").touch()
    command = ["baresip", "-f", str(folder), "-e", f"/dial {target}", "-t", str(round(CALL_S + 3))]
    subprocess.run(command, capture_output=True, check=False, timeout=CALL_S + 20)
    return next(folder.glob("dump-*-dec.wav"))


def linphonec(target: str, said: Path, folder: Path) -> Path:
    """Call with linphonec; return what it heard."""
    (folder / "rc").write_text(LINPHONE)
    (folder / ".local/share/linphone").mkdir(parents=True)
    heard = folder / "heard.wav"
    command = ["env", f"HOME={folder}", "linphonec", "-c", str(folder / "rc")]
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    with subprocess.Popen(command, stdin=subprocess.PIPE, text=True, **quiet) as phone:
        assert phone.stdin
        for wait, line in (
            (3, "soundcard use files"),
            (0.3, f"play {said}"),
            (0.3, f"record {heard}"),
            (0.3, f"call {target}"),
            (CALL_S + 1, "terminate"),
            (1, "quit"),
        ):
            time.sleep(wait)  # noqa: TID251 - it has no other way to be told when
            phone.stdin.write(line + "\n")
            phone.stdin.flush()
    return heard


PHONES: dict[str, Callable[[str, Path, Path], Path]] = {"baresip": baresip, "linphonec": linphonec}


def missing() -> str:
    """Say what this machine lacks; "" if nothing."""
    lacking = [program for program in (*PHONES, "unshare", "ip") if not shutil.which(program)]
    return f"missing: {', '.join(lacking)} (Debian: baresip-core, linphone-cli, iproute2)" if lacking else ""


@contextlib.contextmanager
def said() -> Iterator[Path]:
    """A file with what the phones say."""
    with tempfile.TemporaryDirectory(prefix="softphone-") as folder:
        path = Path(folder, "said.wav")
        with wave.open(str(path), "wb") as file:
            file.setparams((1, 2, 8000, 0, "NONE", ""))
            file.writeframes(tone.sine(HERTZ, SAYS_MS, level_db=-10).tobytes())
            file.writeframes(tone.silence(WAITS_MS).tobytes())
        yield path


def heard_ms(path: Path) -> float:
    """Return for how long the tone is in a recording of any rate."""
    with wave.open(str(path)) as file:
        pcm: Pcm = np.frombuffer(file.readframes(1 << 30), "<i2")[:: file.getnchannels()]
        rate = file.getframerate()
    tones = tone.tones(pcm, rate=rate)
    return sum(found.ms for found in tones if abs(found.frequency - HERTZ) < 20)


def interface() -> None:
    """Give the namespace an interface, as every machine has, that leads nowhere."""
    for command in (
        "link set lo up",
        "link add home type veth peer name away",
        f"addr add {INTERFACE}/24 brd + dev home",
        "link set home up",
        "link set away up",
        "route add default dev home",
    ):
        subprocess.run(["ip", *command.split()], check=True)


def inside() -> int:
    """Call with each phone, a gateway at the loopback and one at all interfaces."""
    interface()
    failed = 0
    with said() as file, LocalServer() as server:
        plan = agent("101", server.url, model="echo", answer={"speaks_first": "caller"})
        for host, dialled in (("127.0.0.1", "127.0.0.1"), ("0.0.0.0", "127.0.0.1"), ("0.0.0.0", INTERFACE)):
            for name in PHONES:
                failed += not echoes(name, file, plan, host, dialled)
    return int(failed > 0)


def echoes(name: str, file: Path, plan: Plan, host: str, dialled: str) -> bool:
    """Have one phone call; print for how long it heard itself, and tell whether that is all right."""
    port = ports.free_port()
    at = ("--no-local", "--sip", f"{host}:{port}")
    with tempfile.TemporaryDirectory(prefix=f"{name}-") as folder, Gateway({"echo": plan}, *at) as gateway:
        ms = heard_ms(PHONES[name](f"sip:101@{dialled}:{port}", file, Path(folder)))
        complaints = [line for line in gateway.log if "audio" in str(line.get("event"))]
    sys.stdout.write(f"{name:10} --sip {host:10} dialled {dialled:10} heard its echo for {ms:4.0f} ms\n")
    sys.stdout.writelines(f"  {line}\n" for line in complaints)
    return ms >= HEARS_MS and not complaints


def main() -> int:
    """Run in a namespace of its own."""
    if why := missing():
        sys.stdout.write(f"{why}\n")
        return NOT_HERE
    own = ["unshare", "--net", sys.executable, "-m", "tests.proofs.softphones", INSIDE]
    done = subprocess.run(own, check=False)
    return done.returncode


if __name__ == "__main__":
    sys.exit(inside() if sys.argv[1:] == [INSIDE] else main())
