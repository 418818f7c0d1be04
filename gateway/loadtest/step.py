"""One step of a load test: so many calls, captured, then listened to."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import numpy as np

from gateway.loadtest import listening, packets, processes, said, signalling
from gateway.loadtest.capture import Capture
from gateway.loadtest.dialplan import tone_hz
from gateway.loadtest.listening import HeardCall
from gateway.loadtest.meters import Meters, load_average
from gateway.loadtest.outcome import Evidence, Outcome, judge
from gateway.loadtest.packets import Packets
from gateway.loadtest.said import ModelTimes
from gateway.loadtest.settings import LoadSettings
from gateway.loadtest.signalling import CapturedCall
from gateway.loadtest.sipp import Counts, Sipp
from gateway.loadtest.target import Rig

LOOK_S = 0.5
"""Between two samples of the meters."""
SETTLE_MS = 1000
"""Left out at both ends of the time in which all calls are up."""
MOST_HEARD = 400
"""Of many short calls, so many are listened to, evenly chosen; all are counted and timed."""

MOST_NOTES = 5
"""Of one kind."""

Watch = Callable[[Counts, Meters], None]


def run(settings: LoadSettings, rig: Rig, calls: int, folder: Path, watch: Watch) -> Outcome:
    """Ring, capture, listen. `watch` is told twice a second how it goes."""
    own_port, media_port = processes.free_port(), processes.free_port()
    ports = ((rig.sip[1], rig.sip[1]), rig.rtp) if rig.rtp else ()
    with Capture(folder / "packets", ports) as capture:
        sipp = Sipp(settings, rig.sip, calls, folder, own_port, media_port)
        meters = Meters({**rig.pids, "sipp": sipp.pid, "load test": os.getpid()}, rig.idle_mb)
        with sipp:
            meters.look(0)
            processes.pause(LOOK_S)
            while sipp.ended() is None:
                counts = sipp.counts()
                meters.look(counts.up)
                watch(counts, meters)
                processes.pause(LOOK_S)
            counts = sipp.finish()
        processes.pause(1.0)  # what the gateway still sends, and lets go of, after the last BYE
        meters.look(0)
        load = load_average()
    found = packets.read(capture)
    return _outcome(settings, rig, calls, counts, meters, found, said.told(rig), capture.dropped, load)


def _outcome(
    settings: LoadSettings,
    rig: Rig,
    calls: int,
    counts: Counts,
    meters: Meters,
    captured: Packets,
    told: ModelTimes,
    dropped: int,
    load: float,
) -> Outcome:
    scenario = settings.behaviour
    sip = (captured.source == rig.sip[1]) | (captured.target == rig.sip[1])
    found = signalling.calls(captured.take(sip))
    up = [call for call in found if call.answered]
    refused = [call for call in found if call.refused] if settings.refuse else None
    window, notes = _window(up, calls, meters, short=scenario.short)
    if len(up) > MOST_HEARD:
        notes.append(f"{MOST_HEARD} of {len(up)} calls were listened to")
        up = up[:: -(-len(up) // MOST_HEARD)]
    heard = _listen(captured.take(~sip), up, window, told, scenario.short, rig.rtp is not None)
    notes += _wrong_tones(up, heard)
    evidence = Evidence(
        calls,
        max(counts.failed, sum(not call.answered for call in found)) - len(refused or ()),
        sum(call.repeated for call in found),
        up,
        heard,
        meters,
        window,
        dropped,
        scenario.plays != "" or scenario.speaks_first,
        scenario.speaks_first,
        scenario.short,
        scenario.keys,
        refused,
        None if scenario.short else said.unheard(told, _spoken(found, window)),
    )
    figures, distributions = judge(evidence)
    return Outcome(calls, window, figures, distributions, meters, load, notes)


def _spoken(found: list[CapturedCall], window: tuple[int, int]) -> dict[str, tuple[int, int]]:
    """Return from when to when the model is to hear each call's caller; of a failed call all the time."""
    settle = SETTLE_MS * listening.MS
    times = {
        call.sip_call_id: (
            max(window[0], call.answered + settle),
            min(window[1], call.ended - settle) if call.ended else window[1],
        )
        for call in found
        if not call.refused
    }
    return {name: (start, end) for name, (start, end) in times.items() if start < end}


def _window(
    up: list[CapturedCall], calls: int, meters: Meters, *, short: bool
) -> tuple[tuple[int, int], list[str]]:
    """Return the time that is judged, in the kernel's nanoseconds, and what there is to say about it."""
    whole = (meters.samples[0].at, meters.samples[-2].at)
    if short:
        return whole, []
    notes = []
    start, end = signalling.up_at_once(up)
    if len(up) < calls or not start:
        notes.append(f"only {len(up)} of {calls} calls were answered; never all at once")
        start, end = whole
    return (start + SETTLE_MS * listening.MS, end - SETTLE_MS * listening.MS), notes


def _wrong_tones(up: list[CapturedCall], heard: list[HeardCall]) -> list[str]:
    notes = [
        f"{call.sip_call_id} heard {ears.wrong[0]:.0f} Hz instead of its own tone"
        for call, ears in zip(up, heard, strict=True)
        if ears.wrong
    ]
    return notes[:MOST_NOTES]


def _listen(
    audio: Packets,
    up: list[CapturedCall],
    window: tuple[int, int],
    told: ModelTimes,
    one_tone: bool,
    judged: bool,
) -> list[HeardCall]:
    """Return what each of the calls heard."""
    flow = audio.source << 16 | audio.target
    order = np.argsort(flow, kind="stable")
    ranked = flow[order]

    def one(source: int, target: int, call: CapturedCall) -> listening.Stream:
        key = source << 16 | target
        rows = order[np.searchsorted(ranked, key) : np.searchsorted(ranked, key, side="right")]
        life = audio.at[rows]
        last = call.ended or 2**62
        return listening.stream(audio.take(rows[(life >= call.invited) & (life <= last)]))

    heard = []
    for call in up:
        caller = one(call.caller_port, call.gateway_port, call)
        agent = one(call.gateway_port, call.caller_port, call)
        own = tone_hz(1 if one_tone else call.number) if judged else None
        # A greeting may have come from the model before anybody could hear it.
        life = (max(window[0], call.answered), min(window[1], call.ended or window[1]))
        name = call.sip_call_id
        when = told.speech_started.get(name, []), told.first_sound.get(name, [])
        heard.append(listening.listen(caller, agent, life, own, *when))
    return heard
