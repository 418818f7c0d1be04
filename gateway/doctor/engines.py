"""The embedded agent's engines: whether they are installed. None is loaded."""

from __future__ import annotations

from importlib.util import find_spec

from gateway.doctor.finding import Finding, fine, wrong

ENGINES = {"moonshine_voice": "recognition", "hibari": "speech", "onnxruntime": "their runtime"}


def look_at_engines() -> Finding:
    """Tell which is missing."""
    missing = [f"{package} ({what})" for package, what in ENGINES.items() if find_spec(package) is None]
    if missing:
        cure = "pip install 'sip-voice-gateway[local]', or give the plans another provider"
        return wrong("embedded agent", f"not installed: {', '.join(missing)}", cure)
    return fine("embedded agent", "its engines are installed")
