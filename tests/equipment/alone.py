"""A network of one's own with nothing but a loopback (network_namespaces(7)): what leaves reaches nobody.

A process enters it with all that it starts from then on. It takes root, or the right to a user namespace.
"""

from __future__ import annotations

import ctypes
import fcntl
import os
import socket
import struct

CLONE_NEWNET, CLONE_NEWUSER = 0x40000000, 0x10000000
SIOCGIFFLAGS, SIOCSIFFLAGS, IFF_UP = 0x8913, 0x8914, 0x1


def refusal() -> str:
    """Return why it cannot be had here, or nothing."""
    pid = os.fork()
    if pid == 0:  # what is tried must not change this process
        try:
            enter()
        except OSError:
            os._exit(1)
        os._exit(0)
    return "" if os.waitpid(pid, 0)[1] == 0 else "needs a network namespace, which takes root"


def enter() -> None:
    """Leave the network that everybody is in. Before there are threads or sockets. Raises OSError."""
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.unshare(CLONE_NEWNET | (0 if os.geteuid() == 0 else CLONE_NEWUSER)) != 0:
        error = ctypes.get_errno()
        raise OSError(error, os.strerror(error))
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as any_socket:
        request = struct.pack("16sH22x", b"lo", 0)
        flags = struct.unpack("16sH22x", fcntl.ioctl(any_socket, SIOCGIFFLAGS, request))[1]
        fcntl.ioctl(any_socket, SIOCSIFFLAGS, struct.pack("16sH22x", b"lo", flags | IFF_UP))
