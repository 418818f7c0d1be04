from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from gateway.errors import SpeechError
from gateway.local.engines.weights import find_weights, onnx_session


def test_found_in_the_first_package_that_has_them() -> None:
    """Packages are looked into without being imported."""
    places = [("no_such_package", "x"), ("gateway", "no_such_file"), ("gateway", "errors.py")]
    assert find_weights("weights", places).name == "errors.py"


def test_missing() -> None:
    """What is missing is named with the line that installs it."""
    with pytest.raises(
        SpeechError, match=r"the ears is not installed: pip install 'sip-voice-gateway\[local\]'"
    ):
        find_weights("the ears", [("no_such_package", "x")])


@pytest.mark.speech
def test_a_model_that_is_none(tmp_path: Path) -> None:
    """A broken file is a broken file."""
    (tmp_path / "x.onnx").write_bytes(b"no model")
    with pytest.raises(Exception, match=r"(?i)protobuf|parse|load"):
        onnx_session(tmp_path / "x.onnx")


@pytest.mark.speech
def test_nobody_is_told_that_it_runs(tmp_path: Path) -> None:
    """The library has its makers told, of whom and where, out of a database in the user's folder."""
    program = "from gateway.local.engines.vad import SileroVad; SileroVad()"
    kept = {"ORT_DISABLE_TELEMETRY"}
    env = {key: value for key, value in os.environ.items() if key not in kept}
    own = {"HOME": str(tmp_path), "XDG_CACHE_HOME": str(tmp_path / "cache")}
    subprocess.run([sys.executable, "-c", program], env=env | own, check=True)
    assert list(tmp_path.iterdir()) == []
