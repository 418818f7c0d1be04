"""The thread that sends HEP packets by UDP: whoever has one never waits, neither for a name nor for a wire.

What does not fit into the queue, and what the network does not take, is lost and counted; it is said once a
minute at most.
"""

from __future__ import annotations

import queue
import socket
import threading
import time
from collections.abc import Callable
from contextlib import suppress

import structlog

from gateway.records.hep.packet import HepPacket, encode

log = structlog.get_logger(__name__)

MOST_WAITING = 10_000
LOOK_UP_EVERY_S = 60.0
"""A name may lead elsewhere after a while."""
SAY_EVERY_S = 60.0
CLOSE_WITHIN_S = 1.0
WAKE_S = 0.5
SEND_WITHIN_S = 1.0
"""Seconds for a packet to find room in the socket's buffer."""


class HepSender:
    """Sends until `close`. `node` is the number by which Homer knows us, `password` what it may ask for."""

    def __init__(self, host: str, port: int, node: int, password: str = "") -> None:
        self._host, self._port = host, port
        self._node, self._password = node, password
        self._waiting: queue.Queue[HepPacket | Callable[[], HepPacket]] = queue.Queue(MOST_WAITING)
        self._full = 0  # lost for want of room, since it was said
        self._closing = threading.Event()
        self._lost = 0
        self._why = ""
        self._said = float("-inf")
        self._thread = threading.Thread(target=self._work, name="hep", daemon=True)
        self._thread.start()

    def send(self, packet: HepPacket | Callable[[], HepPacket]) -> None:
        """Take a packet, or what makes one in this thread; any thread, returns at once."""
        try:
            self._waiting.put_nowait(packet)
        except queue.Full:
            self._full += 1

    def close(self) -> None:
        """Send what is left if that is done in time, and end. Idempotent."""
        self._closing.set()
        self._thread.join(CLOSE_WITHIN_S)

    # --- the thread ----------------------------------------------------------------------------------

    def _work(self) -> None:
        way, looked = None, float("-inf")
        while True:
            try:
                packet = self._waiting.get(timeout=WAKE_S)
            except queue.Empty:
                if self._closing.is_set():
                    break
                self._say()
                continue
            if time.monotonic() - looked > LOOK_UP_EVERY_S:
                way, looked = self._renewed(way), time.monotonic()
            self._send(way, packet)
            if self._closing.is_set() and self._waiting.empty():
                break
        self._say(at_last=True)
        if way is not None:
            way.close()

    def _renewed(self, way: socket.socket | None) -> socket.socket | None:
        """Return a socket that leads to where the name leads now; the one before, where nobody says so."""
        try:
            found = socket.getaddrinfo(self._host, self._port, type=socket.SOCK_DGRAM)
            family, kind, protocol, _, address = found[0]
            own = socket.socket(family, kind, protocol)
            own.settimeout(SEND_WITHIN_S)
            own.connect(address)
        except OSError as error:
            self._why = f"{self._host}: {error.strerror or error}"
            return way
        if way is not None:
            way.close()
        return own

    def _send(self, way: socket.socket | None, packet: HepPacket | Callable[[], HepPacket]) -> None:
        if way is None:
            self._lost += 1
            return
        try:
            made = packet if isinstance(packet, HepPacket) else packet()
            sent = encode(made, self._node, self._password)
            with suppress(ConnectionRefusedError):  # of a packet before this one (ICMP)
                way.send(sent)
                return
            way.send(sent)
        except ConnectionRefusedError:
            self._lost += 1
            self._why = f"nobody listens on {self._host}:{self._port}"
        except (OSError, ValueError) as error:
            self._lost += 1
            self._why = str(error)

    def _say(self, *, at_last: bool = False) -> None:
        now = time.monotonic()
        if not self._lost + self._full or (now - self._said < SAY_EVERY_S and not at_last):
            return
        full, self._full = self._full, 0
        lost, self._lost = self._lost + full, 0
        self._said = now
        log.warning("hep.packets_lost", packets=lost, error=self._why or "too many at once")
        self._why = ""
