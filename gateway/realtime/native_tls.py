"""Contexts for TLS in C++ that trust and show what Python's own do: `gateway.media.tls`."""

from __future__ import annotations

import asyncio
import ssl
from collections import OrderedDict

from gateway.media.tls import MakeTlsContext, TlsContext
from gateway.realtime.providers import TlsFiles
from gateway.realtime.tls import MOST_CONTEXTS


class NativeTls:
    """Keeps the contexts of a process, one for each of Python's."""

    def __init__(self, make: MakeTlsContext) -> None:
        self._make = make
        self._made: OrderedDict[ssl.SSLContext, TlsContext | None] = OrderedDict()

    async def context(self, files: TlsFiles | None, alike: ssl.SSLContext) -> TlsContext | None:
        """Return the context with these files, None: the usual ones, that verifies as `alike` does.

        None where Python's has to be used: files that only that can read, keys that are to be logged.
        """
        if alike not in self._made:
            # Two at once make two: the second is kept.
            self._made[alike] = await asyncio.to_thread(self._load, files, alike)
            if len(self._made) > MOST_CONTEXTS:
                self._made.popitem(last=False)
        return self._made[alike]

    def _load(self, files: TlsFiles | None, alike: ssl.SSLContext) -> TlsContext | None:
        if alike.keylog_filename:  # SSLKEYLOGFILE: somebody looks for a fault
            return None
        own, usual = files or TlsFiles(), ssl.get_default_verify_paths()
        authorities, folder = (own.ca, None) if own.ca is not None else (usual.cafile, usual.capath)
        named = (authorities, folder, own.certificate, own.key)
        try:
            return self._make(*(str(one or "") for one in named), int(alike.verify_flags))
        except RuntimeError:
            return None
