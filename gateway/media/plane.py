"""Choosing the plane: C++ where it was built, otherwise Python, said plainly."""

from __future__ import annotations

import importlib.util

from gateway.errors import MediaError
from gateway.media.media_port import MediaPlane

PORTABLE_CALLS = 4
"""Calls a portable plane carries: PyPI's prebuilt PJSIP has no room for more (PJSUA_MAX_CALLS)."""


def native_available() -> bool:
    """Return whether the C++ plane can be had, without loading PJSIP."""
    return importlib.util.find_spec("gateway.media._port") is not None


def is_native(asked: bool | None) -> bool:
    """Return whether a process will have the C++ plane, as it was asked for (None: the best there is)."""
    return native_available() if asked is None else asked


def media_plane(native: bool | None = None) -> MediaPlane:
    """Make the process's plane: the C++ one (True), the portable one (False), or the best there is (None).

    Both load PJSIP. Raises MediaError when the one asked for cannot be had.
    """
    return _native_plane() if is_native(native) else _portable_plane()


def _native_plane() -> MediaPlane:
    try:
        import pjsua2  # noqa: F401, PLC0415 - loads the PJSIP that `_port` is linked to; slow, so only on demand

        from gateway.media._port import Plane  # noqa: PLC0415
    except ImportError as error:
        raise MediaError(
            f"the native media plane cannot be had ({error}); build it with `make native`"
        ) from error
    return Plane()


def _portable_plane() -> MediaPlane:
    try:
        from gateway.media.portable import PortablePlane  # noqa: PLC0415 - as above
    except ImportError as error:
        raise MediaError(f"no portable media plane ({error}); install the extra `portable`") from error
    return PortablePlane()
