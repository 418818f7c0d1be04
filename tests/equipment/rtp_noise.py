"""A stranger who sends mutated RTP and RTCP to others: `python -m tests.equipment.rtp_noise PORT ...`.

Prints how many packets there were. A program of its own, so that whoever listens keeps his time.
"""

from __future__ import annotations

import argparse
import json
import socket
import sys
import threading
import time

from tests.equipment.process import Process, python
from tests.equipment.rtp_mutations import RtpMutator

HOSTS = ("127.0.0.71", "127.0.0.1")
"""His own address, and one that callers have: then his port is not theirs."""
AT_ONCE = 20
"""Packets between two looks at the clock."""


def rtp_noise(ports: list[int], packets: int, rate: int, seed: int) -> Process:
    """Start the program, which sends so many packets to each kind of these RTP ports; it ends by itself."""
    options = (f"--packets={packets}", f"--rate={rate}", f"--seed={seed}")
    return Process(python("-m", "tests.equipment.rtp_noise", *options, *map(str, ports)))


def send(ports: list[int], packets: int, rate: int, seed: int) -> int:
    """Send at an even pace; return how many left."""
    mutator = RtpMutator(seed)
    sockets = [socket.socket(socket.AF_INET, socket.SOCK_DGRAM) for _ in HOSTS]
    for one, host in zip(sockets, HOSTS, strict=True):
        one.bind((host, 0))
    began, idle, sent = time.monotonic(), threading.Event(), 0
    for number in range(packets):
        port = mutator.random.choice(ports)
        is_control = mutator.random.random() < 0.2
        packet = mutator.rtcp() if is_control else mutator.rtp()
        try:
            sockets[number % len(sockets)].sendto(packet, ("127.0.0.1", port + is_control))
            sent += 1
        except OSError:
            continue  # nobody is there any more: whether that is right is for others to say
        if number % AT_ONCE == 0 and (early := number / rate - (time.monotonic() - began)) > 0:
            idle.wait(early)
    return sent


def main() -> int:
    """Read the command line, and send."""
    parser = argparse.ArgumentParser()
    parser.add_argument("ports", type=int, nargs="+")
    parser.add_argument("--packets", type=int, default=3000)
    parser.add_argument("--rate", type=int, default=2000)
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    sent = send(given.ports, given.packets, given.rate, given.seed)
    sys.stdout.write(json.dumps({"event": "sent", "packets": sent}) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
