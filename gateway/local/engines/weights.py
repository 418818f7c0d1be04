"""Where the speech engines' weights are: inside installed packages, never on a hub."""

from __future__ import annotations

import importlib.util
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from gateway.errors import SpeechError

HINT = "pip install 'sip-voice-gateway[local]'"


def find_weights(what: str, places: Sequence[tuple[str, str]], hint: str = HINT) -> Path:
    """Find the first of some `(package, path inside it)` that is installed; no package is imported."""
    for package, inside in places:
        spec = importlib.util.find_spec(package)
        for folder in spec.submodule_search_locations or () if spec else ():
            if (Path(folder) / inside).exists():
                return Path(folder) / inside
    raise SpeechError(f"{what} is not installed: {hint}")


def onnx_session(model: Path) -> Any:
    """Open a model for one thread that does not spin: many small runs share few cores."""
    try:
        import onnxruntime  # noqa: PLC0415 - `tone` and `echo` do without it
    except ImportError:
        raise SpeechError(f"onnxruntime is not installed: {HINT}") from None
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.log_severity_level = 3
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    return onnxruntime.InferenceSession(str(model), options, providers=["CPUExecutionProvider"])
