"""Whether the settings do for several workers."""

from __future__ import annotations

from collections.abc import Iterator

from gateway.dialplan.source import Path_
from gateway.errors import BadInput
from gateway.node.settings import Settings
from gateway.node.workers.share import share

Finding = tuple[Path_, object, str, bool]
"""Key, value, cure, and whether it is a warning only."""


def findings(settings: Settings) -> Iterator[Finding]:
    """Yield what is wrong where several workers share these settings."""
    count = settings.workers_count
    if count == 1:
        return
    try:
        for number in range(count):
            share(settings, number, count)
    except BadInput as error:
        yield (error.key,), error.value, error.cure, False
        return
    for name, trunk in settings.trunks.items():
        if trunk.register_ is not None:
            cure = (
                "one worker registers it and gets all of its calls: have them sent to the edge, with the"
                " carrier's addresses under peers, and they are divided"
            )
            yield ("trunks", name, "register"), None, cure, True
    if settings.sip_messages is not None:
        cure = "all workers write to the same files: lines of one message never mix, but their order may"
        yield ("sip_messages",), str(settings.sip_messages), cure, True
