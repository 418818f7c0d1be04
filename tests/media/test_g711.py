"""G.711 as it is sent, against the standard library's."""

from __future__ import annotations

import shutil
import subprocess
import warnings
from pathlib import Path

import numpy as np
import pytest

from tests.equipment.test_tone import EVERY_SAMPLE

with warnings.catch_warnings():
    warnings.simplefilter("ignore", DeprecationWarning)  # audioop leaves the library in 3.13
    audioop = pytest.importorskip("audioop")

MEDIA = Path(__file__).parents[2] / "gateway/media"
PROGRAM = """
#include <cstdio>
#include <vector>
#include "g711.hpp"

// Every sample, in pieces of the length that is given.
int main(int, char** arguments) {
    std::vector<std::int16_t> samples(65536);
    for (int i = 0; i < 65536; ++i) samples[i] = static_cast<std::int16_t>(i - 32768);
    std::size_t length = 0;
    for (const char* digit = arguments[1]; *digit != 0; ++digit) length = 10 * length + (*digit - '0');
    for (unsigned type : {media::kPcmu, media::kPcma}) {
        std::vector<std::uint8_t> codes(samples.size());
        for (std::size_t at = 0; at < samples.size(); at += length) {
            const std::size_t left = samples.size() - at;
            media::encode(type, samples.data() + at, left < length ? left : length, codes.data() + at);
        }
        std::fwrite(codes.data(), 1, codes.size(), stdout);
    }
}
"""


@pytest.fixture(scope="module")
def encoder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What encodes every sample."""
    folder = tmp_path_factory.mktemp("g711")
    source = folder / "every_sample.cpp"
    source.write_text(PROGRAM)
    if shutil.which("g++") is None:
        pytest.skip("there is no g++")
    build = ["g++", "-std=c++17", "-O3", f"-I{MEDIA}", str(source), str(MEDIA / "g711.cpp")]
    subprocess.run([*build, "-o", str(folder / "every_sample")], check=True)
    return folder / "every_sample"


@pytest.mark.native
@pytest.mark.parametrize("length", [160, 480, 7])
def test_every_sample_has_the_code_of_the_standard(encoder: Path, length: int) -> None:
    """In both laws, in packets of any length."""
    codes = np.frombuffer(
        subprocess.run([encoder, str(length)], check=True, capture_output=True).stdout, np.uint8
    )
    for at, law in enumerate(("ulaw", "alaw")):
        theirs = np.frombuffer(getattr(audioop, f"lin2{law}")(EVERY_SAMPLE.tobytes(), 2), np.uint8)
        np.testing.assert_array_equal(codes[65_536 * at : 65_536 * (at + 1)], theirs, law)
