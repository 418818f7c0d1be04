"""The settings of a gateway that only rehearses: those of the one it stands for, without the outside."""

from __future__ import annotations

from pathlib import Path

from gateway.node.settings import Settings
from gateway.records.settings import RecordingSettings, RecordSettings

NOBODY = "192.0.2.1"
"""Who sends no calls (RFC 5737), for a trunk that is known by its account alone."""
CONTROL = "control"
"""Where whoever rehearses has it make calls, in the folder."""


def apart(settings: Settings, folder: Path) -> Settings:
    """Return settings that register nowhere, tell nobody, and keep nothing but in `folder`.

    Providers, prices, codecs, limits and the names of trunks stay: plans are made for them.
    """
    trunks = {
        name: keys.model_copy(update={"register_": None, "keepalive": None, "peers": keys.peers or (NOBODY,)})
        for name, keys in settings.trunks.items()
    }
    return settings.model_copy(
        update={
            "trunks": trunks,
            "sip_tls": "",
            "tls": None,
            "encryption": "off",
            "public_address": "",
            "workers": "1",
            "edge": None,
            "cluster": None,
            "log_level": "info",  # whoever rehearses reads the log
            "log_numbers": "whole",
            "sip_messages": None,
            "api": None,
            "control": folder / CONTROL,
            "webhook": None,
            "hep": None,
            "traces": None,
            "records": RecordSettings(database=None),
            "recording": RecordingSettings(folder=folder),
        }
    )
