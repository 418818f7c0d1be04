"""A capture sees what leaves, once, and tells RTP from the rest."""

from __future__ import annotations

import socket
import struct

from tests.equipment.wire_capture import Capture


def test_each_packet_is_seen_once() -> None:
    """On the loopback, too, where it goes and comes; RTCP and what is neither, do not count as RTP."""
    rtp = struct.pack("!BBHII", 0x80, 0, 1, 160, 0xBAD) + bytes(160)
    rtcp = struct.pack("!BBHI", 0x80, 200, 6, 0xBAD) + bytes(20)
    with Capture() as capture, socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
        sender.bind(("127.0.0.1", 0))
        target = ("127.0.0.5", sender.getsockname()[1])
        for data in (rtp, rtcp, b"OPTIONS sip:a@b SIP/2.0\r\n\r\n"):
            sender.sendto(data, target)
        assert [packet.data for packet in capture.rtp_to(*target)] == [rtp]
        assert len(capture.udp_to(*target)) == 3
        assert capture.udp_to("127.0.0.6") == []
