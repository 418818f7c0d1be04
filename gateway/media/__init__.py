"""The media plane: what stands between the phone's 20 ms packets and Python.

Four words:

- *Plane*: the clock of a process. It ticks every 20 ms for all calls together and wakes asyncio once a tick.
- *Port*: one call's audio, both ways: a playout queue towards the phone, a ring of what the caller said.
- *Item*: a small positive number for a stretch of agent audio, so that a flush can say what was heard of it.
- *Mark*: a place in the outgoing audio that reports when the phone side has pulled everything before it.

The media thread must never wait for the interpreter: with ports in Python, one busy thread stretched the
20 ms between packets to 50-330 ms for every call of the process; with ports in C++ it stayed 20 ms. So
the real port is `_port` (C++, see `port.cpp`); `portable` keeps the same contract in Python for trying out.
`port` holds the contract of both, `plane` chooses one.
"""
